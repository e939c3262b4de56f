import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { newUser } from '../kit/names.js';
import { invoicingOn, openBooks, secondsFrom, settled, type Books } from './charges.js';

let books: Books;
beforeAll(async () => {
  books = await openBooks();
  await settled(books.sql, secondsFrom('2027-03-01T00:00:00Z', 2));
  await invoicingOn(books).sweep();
});
afterAll(() => books?.close());

const invoices = () => books.sql('select * from invoices order by year, sequence');

const UNDOING = [
  ['update invoices set total = total + 1'],
  [`update invoices set user_id = 'somebody else'`],
  ['delete from invoices'],
  ['truncate invoices'],
  ['truncate operations cascade'],
];

describe('an invoice', () => {
  test('reads as it was written', async () => {
    expect((await invoices()).map(({ number, total }) => [number, total])).toEqual([
      ['2027-000001', '1900'],
      ['2027-000002', '1900'],
    ]);
  });

  test.each(UNDOING)('cannot be taken back by whoever the service is: %s', async (statement) => {
    const before = await invoices();
    expect(before).toHaveLength(2);
    await expect(books.sql(statement)).rejects.toThrow(/^(invoices|credit entries) are append-only/);
    expect(await invoices()).toEqual(before);
  });

  describe('whose table belongs to somebody who is no superuser', () => {
    const owner = `owner_${newUser().slice(5).replaceAll('-', '')}`;
    beforeAll(async () => {
      await books.sql(`create role ${owner}`);
      // An owner's privileges go with the table as they are, the revoked ones included.
      await books.sql(`alter table invoices owner to ${owner}`);
    });
    afterAll(async () => {
      await books.sql('alter table invoices owner to current_user');
      await books.sql(`drop role ${owner}`);
    });

    test.each(UNDOING.slice(0, 4))('is refused before any trigger is asked: %s', async (statement) => {
      const client = new pg.Client({ connectionString: books.url });
      await client.connect();
      await client.query(`set role ${owner}`);
      expect((await client.query('select 1 from invoices limit 1')).rows).toHaveLength(1);
      await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' });
      await client.end();
    });
  });
});

describe('an invoice that was written past the service', () => {
  test.each<[string, string, object]>([
    ['one_invoice_per_operation', 'for a charge that has one', { sequence: 9 }],
    ['one_invoice_per_number', 'under a number that is given', { operation_id: 'fresh' }],
    ['numbered_in_the_year_of_the_charge', 'in another year than that of its charge', { operation_id: 'fresh', year: 2026 }],
    ['totals_add_up', 'with a total that is not what was due less credit', { operation_id: 'fresh', sequence: 9, total: 1 }],
  ])('is refused by %s: %s', async (constraint, _, change) => {
    const wanted = 'operation_id' in change ? { ...change, operation_id: (await settled(books.sql, [{}]))[0] } : change;
    await expect(
      books.sql(
        `insert into invoices (id, year, sequence, user_id, operation_id, currency, subtotal, credit_applied, total, lines, tax, gateway, charged_at)
         select gen_random_uuid(), r.year, r.sequence, r.user_id, r.operation_id, r.currency, r.subtotal, r.credit_applied, r.total, r.lines, r.tax,
           r.gateway, r.charged_at
         from (select * from invoices order by sequence limit 1) i, jsonb_populate_record(null::invoices, to_jsonb(i) || $1::jsonb) r`,
        [JSON.stringify(wanted)],
      ),
    ).rejects.toMatchObject({ constraint });
  });
});
