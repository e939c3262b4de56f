import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { CreditCheck } from '../../src/operations/credit-check.js';
import { newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';
import { atOnce } from '../kit/waiting.js';
import { transfer, userWith } from './purses.js';

let shop: Shop;
let user: string;
const differences = () => shop.service.app.get(CreditCheck).differences();
beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
  user = await userWith(shop, { USD: 900 });
  await transfer(shop, user, newUser(), 300);
  expect((await shop.as(user).subscribe('pro', { paymentMethod: 'pm_sandbox_500_charged' })).body.status).toBe('unknown');
  expect((await shop.as(await userWith(shop, { USD: 300 })).subscribe('pro')).status).toBe(201);
  expect((await shop.as(await userWith(shop, { USD: 300 })).subscribe('pro', { paymentMethod: 'pm_card_chargeDeclined' })).status).toBe(
    402,
  );
  await shop.sql('create table kept_accounts as table credit_accounts');
  await shop.sql('create table kept_entries as table credit_entries');
});
afterAll(() => shop?.close());
afterEach(async () => {
  await tamper(
    'update credit_accounts a set balance = k.balance, reserved = k.reserved from kept_accounts k where (k.user_id, k.currency) = (a.user_id, a.currency)',
  );
  await tamper('delete from credit_entries');
  await tamper('insert into credit_entries select * from kept_entries');
});

/** What somebody can do who owns the tables. */
async function tamper(statement: string): Promise<void> {
  await shop.sql(
    `begin; alter table credit_entries disable trigger all; ${statement}; alter table credit_entries enable trigger all; commit`,
  );
}

describe('the check of the ledger', () => {
  test('finds nothing in a house in order, with credit that is free, reserved, spent, released and given away', async () => {
    expect(await differences()).toEqual([]);
  });

  test('finds nothing while credit moves', async () => {
    const [one, other] = [await userWith(shop, { USD: 100 }), await userWith(shop, { USD: 100 })];
    const [found] = await Promise.all([
      atOnce(10, differences),
      atOnce(30, (n) => transfer(shop, n % 2 ? one : other, n % 2 ? other : one, 1 + (n % 7))),
    ]);
    expect(found.flat()).toEqual([]);
    await shop.sql('drop table kept_accounts, kept_entries');
    await shop.sql('create table kept_accounts as table credit_accounts');
    await shop.sql('create table kept_entries as table credit_entries');
  });

  test('finds a balance that is not the sum of its entries', async () => {
    await tamper(`update credit_accounts set balance = 77 where user_id = '${user}'`);
    expect(await differences()).toEqual([{ what: 'balance', of: user, currency: 'USD', kept: '77', found: '0' }]);
  });

  test('finds reserved credit that neither its entries nor an open operation account for', async () => {
    await tamper(`update credit_accounts set reserved = 599 where user_id = '${user}'`);
    expect(await differences()).toEqual([
      { what: 'reserved', of: user, currency: 'USD', kept: '599', found: '600' },
      { what: 'open operations', of: user, currency: 'USD', kept: '599', found: '600' },
    ]);
  });

  test('finds an entry that is missing, though no balance shows it', async () => {
    await tamper(`delete from credit_entries where account = 'revenue'`);
    expect(await differences()).toEqual([{ what: 'movement', of: expect.any(String), currency: 'USD', kept: '0', found: '-300' }]);
  });

  test.each([1, 2, 3, 7])('misses nothing and tells nothing twice where it reads %d at a time', async (portion) => {
    await tamper('update credit_accounts set balance = balance + 1, reserved = reserved + 1');
    await tamper(`delete from credit_entries where account in ('revenue', 'promotion')`);
    const whole = await differences();
    const [{ accounts }] = await shop.sql('select count(*)::int as accounts from credit_accounts');
    const [{ movements }] = await shop.sql('select count(distinct movement_id)::int as movements from credit_entries where kind = $1', [
      'grant',
    ]);
    expect(whole.filter(({ what }) => what === 'balance')).toHaveLength(accounts);
    expect(whole.filter(({ what }) => what === 'movement').length).toBeGreaterThanOrEqual(movements);
    expect(await new CreditCheck(shop.service.app.get(DataSource), portion).differences()).toEqual(whole);
  });

  test('finds an entry that was changed', async () => {
    await tamper(`update credit_entries set amount = amount + 1 where user_id = '${user}' and kind = 'grant' and account = 'credit'`);
    expect((await differences()).map(({ what, kept, found }) => [what, kept, found])).toEqual([
      ['balance', '0', '1'],
      ['movement', '0', '1'],
    ]);
  });
});
