import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { userWith } from '../credits/purses.js';
import { endServers, newDataDir } from '../kit/processes.js';
import { Shop } from '../kit/shop.js';
import { counterfoil, environmentOf, READY_WITHIN_MS } from './counterfoil.js';

let shop: Shop;
let user: string;
let cli: (...args: string[]) => ReturnType<typeof counterfoil>;
beforeAll(async () => {
  const dataDir = await newDataDir();
  await counterfoil(dataDir, {}, '--help');
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
  cli = (...args) => counterfoil(dataDir, environmentOf(shop), ...args);
  user = await userWith(shop, { USD: 500 });
}, READY_WITHIN_MS);
afterAll(async () => {
  await shop?.close();
  await endServers();
});

test('counterfoil credits check says that the ledger is in order, or what differs, with exit code 1', async () => {
  expect(await cli('credits', 'check')).toMatchObject({ code: 0, stdout: 'Every balance is the sum of its entries.\n' });
  await shop.sql(`update credit_accounts set balance = 499, reserved = 2 where user_id = $1`, [user]);
  await shop.sql(`begin; alter table credit_entries disable trigger all; delete from credit_entries where account = 'promotion';
    alter table credit_entries enable trigger all; commit`);
  const [{ movement }] = await shop.sql('select movement_id as movement from credit_entries');
  const told = await cli('credits', 'check');
  expect([told.code, told.stdout.trimEnd().split('\n')]).toEqual([
    1,
    [
      `${user}: balance 499 USD, its entries sum to 500`,
      `${user}: reserved 2 USD, its entries sum to 0`,
      `${user}: reserved 2 USD, open operations hold 0`,
      `movement ${movement}: its entries sum to 500 USD, not to 0`,
    ],
  ]);
  const json = await cli('credits', 'check', '--json');
  expect(json.code).toBe(1);
  expect(json.json().differences).toHaveLength(4);
}, 120_000);
