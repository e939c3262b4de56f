import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { balancesOf } from '../credits/purses.js';
import { newKey, newUser } from '../kit/names.js';
import { endServers, newDataDir } from '../kit/processes.js';
import { Shop } from '../kit/shop.js';
import { counterfoil, environmentOf, READY_WITHIN_MS } from './counterfoil.js';

// Each starts programs, which takes seconds where the machine is busy.
jest.setTimeout(120_000);

const REASON = ['--reason', 'an apology for the outage'];

let shop: Shop;
let id: string;
const user = newUser();
let cli: (...args: string[]) => ReturnType<typeof counterfoil>;
beforeAll(async () => {
  const dataDir = await newDataDir();
  await counterfoil(dataDir, {}, '--help');
  shop = await Shop.open({ leases: 'redlock', env: { ROLES: 'api' } });
  cli = (...args) => counterfoil(dataDir, environmentOf(shop), ...args);
  id = (await shop.as(user).subscribe('pro')).body.id;
}, READY_WITHIN_MS);
afterAll(async () => {
  await shop?.close();
  await endServers();
});

test('counterfoil ops refund gives back a part, once for a key, then the rest as credit, and then says that nothing is left', async () => {
  const part = () => cli('ops', 'refund', id, '--amount', '400', '--key', key, '--json', ...REASON);
  const key = newKey();
  const [first, again] = [await part(), await part()];
  expect([first.code, again.code]).toEqual([0, 0]);
  expect(first.json()).toMatchObject({ kind: 'refund', status: 'succeeded', refundOf: id, amount: { amount: 400, currency: 'USD' } });
  expect(again.json().id).toBe(first.json().id);
  expect((await cli('ops', 'refund', id, '--to', 'credit', ...REASON)).code).toBe(0);
  expect(await balancesOf(shop, user)).toEqual({ USD: 1_500 });
  expect((await cli('ops', 'show', id)).stdout).toContain('given back: $4.00 to the card, $15.00 as credit');
  const late = await cli('ops', 'refund', id, ...REASON);
  expect([late.code, late.stdout]).toEqual([1, '']);
  expect(late.stderr).toContain('0 minor units of USD are left');
  const audit = await shop.sql('select actor, action from audit where object = $1', [id]);
  expect(audit).toEqual(Array(2).fill({ actor: expect.stringMatching(/^cli:/), action: 'operation.refund' }));
});

test('counterfoil ops refund is not understood without a reason, with an amount of nothing, or to nowhere', async () => {
  for (const args of [[], [...REASON, '--amount', '0'], [...REASON, '--to', 'iban']])
    expect((await cli('ops', 'refund', id, ...args)).code).toBe(2);
});
