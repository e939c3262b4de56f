import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newUser } from '../kit/names.js';
import { endServers, newDataDir } from '../kit/processes.js';
import { Shop } from '../kit/shop.js';
import { counterfoil, environmentOf, READY_WITHIN_MS } from './counterfoil.js';

let shop: Shop;
let cli: (...args: string[]) => ReturnType<typeof counterfoil>;
beforeAll(async () => {
  const dataDir = await newDataDir();
  await counterfoil(dataDir, {}, '--help');
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
  cli = (...args) => counterfoil(dataDir, environmentOf(shop), ...args);
  await shop.as(newUser()).subscribe('studio-a');
}, READY_WITHIN_MS);
afterAll(async () => {
  await shop?.close();
  await endServers();
});

test('counterfoil seats recount says what is wrong and changes nothing; --repair sets it right', async () => {
  expect(await cli('seats', 'recount')).toMatchObject({ code: 0, stdout: 'Every seat is accounted for.\n' });
  await shop.sql(`update plans set seats_held = 2 where id = 'studio-a'`);
  const told = await cli('seats', 'recount');
  expect([told.code, told.stdout]).toEqual([
    1,
    'studio-a: held 2, should be 0; taken 1, should be 1\nNothing was changed; --repair --reason <text> sets it right.\n',
  ]);
  expect(await cli('seats', 'recount', '--repair')).toMatchObject({ code: 2, stdout: '' });
  expect(await cli('seats', 'recount', '--repair', '--reason', 'short')).toMatchObject({ code: 1, stdout: '' });
  const repaired = await cli('seats', 'recount', '--repair', '--reason', 'somebody edited the row', '--json');
  expect(repaired.code).toBe(0);
  expect(repaired.json()).toMatchObject({ repaired: true, drifts: [{ planId: 'studio-a' }] });
  expect((await cli('seats', 'recount', '--json')).json()).toEqual({ repaired: false, drifts: [] });
}, 120_000);
