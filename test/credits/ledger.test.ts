import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { newId } from '../../src/platform/ids.js';
import { newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';
import { grant, userWith } from './purses.js';

let shop: Shop;
let user: string;
beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
  user = await userWith(shop, { USD: 100, EUR: 100 });
});
afterAll(() => shop?.close());

const entries = () => shop.sql('select * from credit_entries order by movement_id, user_id, account');

const UNDOING = [
  ['update credit_entries set amount = amount + 1'],
  ["update credit_entries set kind = 'grant'"],
  ['delete from credit_entries'],
  ['truncate credit_entries'],
  ['truncate credit_entries, operations cascade'],
];

describe('an entry', () => {
  test.each(UNDOING)('cannot be taken back by whoever the service is: %s', async (statement) => {
    const before = await entries();
    expect(before.length).toBeGreaterThan(0);
    await expect(shop.sql(statement)).rejects.toThrow('credit entries are append-only');
    expect(await entries()).toEqual(before);
  });

  describe('whose table belongs to somebody who is no superuser', () => {
    const owner = `owner_${newUser().slice(5).replaceAll('-', '')}`;
    beforeAll(async () => {
      await shop.sql(`create role ${owner}`);
      // An owner's privileges go with the table as they are, the revoked ones included.
      await shop.sql(`alter table credit_entries owner to ${owner}`);
    });
    afterAll(async () => {
      await shop.sql('alter table credit_entries owner to current_user');
      await shop.sql(`drop role ${owner}`);
    });

    test.each(UNDOING.slice(0, 4))('is refused before any trigger is asked: %s', async (statement) => {
      const client = new pg.Client({ connectionString: shop.databaseUrl });
      await client.connect();
      await client.query(`set role ${owner}`);
      expect((await client.query('select 1 from credit_entries limit 1')).rows).toHaveLength(1);
      await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' });
      await client.end();
    });
  });

  test('is one of a movement that sums to zero, or nothing of it is written', async () => {
    const before = await entries();
    await expect(move([['credit', 'USD', 50]])).rejects.toMatchObject({ code: '23514' });
    const unbalanced: Posting[] = [
      ['credit', 'USD', 50],
      ['promotion', 'USD', -49],
    ];
    await expect(move(unbalanced)).rejects.toThrow('do not sum to zero');
    const mixed: Posting[] = [
      ['credit', 'USD', 50],
      ['promotion', 'EUR', -50],
    ];
    await expect(move(mixed)).rejects.toThrow('do not sum to zero');
    expect(await entries()).toEqual(before);
  });

  test('that fits the others of its movement is written', async () => {
    const balanced: Posting[] = [
      ['credit', 'USD', 50],
      ['promotion', 'USD', -50],
    ];
    await expect(move(balanced)).resolves.toHaveLength(2);
    await shop.sql(`update credit_accounts set balance = balance + 50 where user_id = $1 and currency = 'USD'`, [user]);
  });

  test('of nothing, and of an account that nobody opened, is refused', async () => {
    await expect(move([['credit', 'USD', 0]])).rejects.toMatchObject({ code: '23514' });
    await expect(move([['credit', 'JPY', 1]])).rejects.toMatchObject({ code: '23503' });
  });
});

describe('an account', () => {
  test.each(['balance', 'reserved'])('never falls below zero, whoever writes it: %s', async (column) => {
    await expect(shop.sql(`update credit_accounts set ${column} = -1 where user_id = $1`, [user])).rejects.toThrow(
      'credit_never_below_zero',
    );
  });

  test('and its entries move together: where one is refused, the other is as it was', async () => {
    await shop.sql(
      `create function refuse_account() returns trigger language plpgsql as $$ begin raise exception 'the disk is full'; end $$`,
    );
    await shop.sql('create trigger refuse_account before update on credit_accounts for each row execute function refuse_account()');
    const before = await entries();
    expect((await grant(shop, user, 10)).status).toBe(500);
    await shop.sql('drop trigger refuse_account on credit_accounts');
    expect(await entries()).toEqual(before);
  });
});

type Posting = [account: string, currency: string, amount: number];

/** Written past every statement of ours. */
function move(postings: Posting[]) {
  const rows = postings.map(([account, currency, amount]) => ({ account, currency, amount }));
  return shop.sql(
    `insert into credit_entries (movement_id, user_id, account, currency, amount, kind)
     select $1, $2, p.account, p.currency, p.amount, 'grant' from jsonb_to_recordset($3) as p (account text, currency text, amount bigint)
     returning *`,
    [newId(), user, JSON.stringify(rows)],
  );
}
