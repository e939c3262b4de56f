import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Invoicing } from '../../src/operations/invoicing/invoicing.js';
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
}, READY_WITHIN_MS);
afterAll(async () => {
  await shop?.close();
  await endServers();
});

test('counterfoil invoices check says that every charge has its number, or what differs, with exit code 1', async () => {
  expect(await cli('invoices', 'check')).toMatchObject({ code: 0 });
  for (let n = 0; n < 4; n += 1) await shop.as(newUser()).subscribe('pro');
  await shop.service.app.get(Invoicing).sweep();
  await shop.as(newUser()).subscribe('pro');
  const inOrder = 'Every number is given once, and every charge has its invoice.\n';
  expect(await cli('invoices', 'check')).toMatchObject({ code: 0, stdout: inOrder });

  await shop.sql(`update operations set settled_at = now() - interval '61 minutes' where not invoiced`);
  const [{ year, since }] = await shop.sql(
    `select (select year from invoices limit 1) as year, settled_at as since from operations where not invoiced`,
  );
  await shop.sql(`begin; alter table invoices disable trigger all; alter table invoices drop constraint one_invoice_per_number;
    delete from invoices where sequence = 2; update invoices set sequence = 1 where sequence = 3;
    alter table invoices enable trigger all; commit`);
  const told = await cli('invoices', 'check');
  expect([told.code, told.stdout.trimEnd().split('\n')]).toEqual([
    1,
    [
      `${year}: of the numbers up to 4, missing: 2, given twice: 1`,
      `charges without an invoice: 1, the first of them since ${since.toISOString()}`,
    ],
  ]);
  const json = await cli('invoices', 'check', '--json');
  expect([json.code, json.json().differences]).toEqual([
    1,
    [
      { what: 'numbers', year, last: 4, missing: 2, duplicates: 1 },
      { what: 'charges', count: 1, since: since.toISOString() },
    ],
  ]);
}, 120_000);
