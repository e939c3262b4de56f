import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { sqlState } from '../../src/platform/database/named-statement.js';
import { Metrics } from '../../src/platform/telemetry/metrics.js';
import { consecutive, invoiceOf, invoicingOn, numbers, openBooks, secondsFrom, settled, type Books } from '../invoices/charges.js';
import { buildGate, whileGateIsClosed } from '../invoices/held.js';
import { expectInvoices } from '../kit/invoice-invariants.js';
import { atOnce, eventually } from '../kit/waiting.js';

let books: Books;
beforeEach(async () => {
  books = await openBooks();
});
afterEach(() => books.close());

const sql = (text: string, values?: unknown[]) => books.sql(text, values);

describe('a charge', () => {
  test('that has settled gets one invoice, however often it is looked for', async () => {
    const [id = ''] = await settled(sql, [{ amount: 1_400, creditApplied: 500 }]);
    const metrics = new Metrics();
    const invoicing = invoicingOn(books, { metrics });
    expect([await invoicing.sweep(), await invoicing.sweep(), await invoicingOn(books, { metrics }).sweep()]).toEqual([1, 0, 0]);
    expect((await metrics.alarms.get()).values).toEqual([]);
    expect(await invoiceOf(sql, id)).toMatchObject({
      number: '2027-000001',
      subtotal: '1900',
      credit_applied: '500',
      total: '1400',
      currency: 'USD',
      plan_id: 'pro',
      gateway_reference: `pi_${id}`,
      charged_at: new Date('2027-03-01T12:00:00Z'),
    });
    await expectInvoices(sql);
  });

  test('that credit paid for alone gets one too; what failed, was free, is open or gives money back gets none', async () => {
    const [paid = ''] = await settled(sql, [
      { amount: 0, creditApplied: 1_900 },
      { status: 'failed' },
      { status: 'canceled' },
      { status: 'needs_review' },
      { amount: 0, kind: 'cancel' },
      { amount: 0, kind: 'change_plan' },
    ]);
    await settled(sql, [{ kind: 'refund' }]);
    expect(await invoicingOn(books).sweep()).toBe(1);
    expect(await sql('select operation_id from invoices')).toEqual([{ operation_id: paid }]);
  });

  test('shows the lines that were recorded, with the names of the plans as they are then, and the period that was paid for', async () => {
    const lines = [
      { type: 'unused_time', planId: 'basic', amount: -450 },
      { type: 'plan', planId: 'pro', amount: 1_900 },
      { type: 'credit_applied', planId: null, amount: -50 },
    ];
    const period = { start: '2027-03-01T12:00:00.000Z', end: '2027-04-01T12:00:00.000Z' };
    const [id = ''] = await settled(sql, [{ kind: 'change_plan', amount: 1_400, creditApplied: 50, terms: { lines, period } }]);
    await invoicingOn(books).sweep();
    await sql(`update plans set name = 'Professional' where id = 'pro'`);
    const invoice = await invoiceOf(sql, id);
    expect(invoice.lines.map(({ description, amount }: { description: string; amount: number }) => [description, amount])).toEqual([
      ['Unused time of Basic', -450],
      ['Pro', 1_900],
      ['Credit applied', -50],
    ]);
    expect([invoice.period_start, invoice.period_end]).toEqual([new Date(period.start), new Date(period.end)]);
  });

  test.each([
    ['without lines', undefined],
    ['with lines that do not sum to what was paid', [{ type: 'plan', planId: 'pro', amount: 1_900 }]],
  ])('that was recorded %s gets those that are known for certain', async (_, lines) => {
    const [id = ''] = await settled(sql, [{ amount: 1_350, creditApplied: 50, terms: { lines, period: { start: 'never', end: '' } } }]);
    await invoicingOn(books).sweep();
    const invoice = await invoiceOf(sql, id);
    expect(invoice).toMatchObject({
      lines: [
        { type: 'plan', planId: 'pro', description: 'Pro', amount: 1_400 },
        { type: 'credit_applied', planId: null, description: 'Credit applied', amount: -50 },
      ],
      period_start: null,
      period_end: null,
    });
  });

  test('of a plan that has no name any more shows its id', async () => {
    const [id = ''] = await settled(sql, [{ toPlanId: 'gone' }]);
    await invoicingOn(books).sweep();
    expect((await invoiceOf(sql, id)).lines).toEqual([{ type: 'plan', planId: 'gone', description: 'gone', amount: 1_900 }]);
  });
});

test('a charge whose row somebody holds at this moment is left for later: numbering waits for nobody who works on charges', async () => {
  const [held = '', free = ''] = await settled(sql, secondsFrom('2027-03-01T00:00:00Z', 2));
  const somebody = new pg.Client({ connectionString: books.url });
  await somebody.connect();
  await somebody.query('begin');
  await somebody.query('update operations set refunded_to_card = 100 where id = $1', [held]);
  expect(await invoicingOn(books).sweep()).toBe(1);
  expect(await invoiceOf(sql, free)).toMatchObject({ sequence: 1 });
  await somebody.query('commit');
  await somebody.end();
  expect(await invoicingOn(books).sweep()).toBe(1);
  expect(await sql('select refunded_to_card, invoiced from operations where id = $1', [held])).toEqual([
    { refunded_to_card: '100', invoiced: true },
  ]);
  await expectInvoices(sql);
});

describe('numbers', () => {
  test('are given in the order in which charges settled, from 1 in each year of UTC, also beyond six digits', async () => {
    const last = await settled(sql, [{ settledAt: '2027-01-01T00:00:00Z' }, { settledAt: '2026-12-31T23:59:59.999999Z' }]);
    await settled(sql, [{ settledAt: '2027-01-01T01:00:00+02:00' }]);
    await invoicingOn(books).sweep();
    expect(await numbers(sql)).toEqual(['2026-000001', '2026-000002', '2027-000001']);
    expect(await invoiceOf(sql, last[0] as string)).toMatchObject({ number: '2027-000001' });
    await sql('update invoice_counters set last = 999999 where year = 2027');
    await settled(sql, secondsFrom('2027-05-01T00:00:00Z', 2));
    await invoicingOn(books).sweep();
    expect((await numbers(sql)).slice(-2)).toEqual(['2027-1000000', '2027-1000001']);
  });

  test('of a charge that settled last year and is found this year are last year’s next', async () => {
    await settled(sql, [{ settledAt: '2026-12-31T10:00:00Z' }, { settledAt: '2027-01-01T10:00:00Z' }]);
    await invoicingOn(books).sweep();
    const [late = ''] = await settled(sql, [{ settledAt: '2026-12-31T09:00:00Z' }]);
    await invoicingOn(books).sweep();
    expect(await invoiceOf(sql, late)).toMatchObject({ number: '2026-000002' });
    await expectInvoices(sql);
  });

  test('are given once each and without a gap by four that begin at one moment', async () => {
    await settled(sql, [...secondsFrom('2026-12-31T23:58:00Z', 240), ...secondsFrom('2027-01-01T00:00:00Z', 40)]);
    const relays = Array.from({ length: 4 }, () => invoicingOn(books, { portion: 7 }));
    const issued = await atOnce(4, (n) => relays[n]!.sweep());
    expect(issued.reduce((sum, count) => sum + count)).toBe(280);
    expect(await numbers(sql)).toEqual([...consecutive(2026, 120), ...consecutive(2027, 160)]);
    await expectInvoices(sql);
  });

  test('that one has taken and not committed are not given to another: it takes other charges, waits, and goes on behind it', async () => {
    await buildGate(sql);
    const [held = ''] = await settled(sql, secondsFrom('2027-03-01T00:00:00Z', 3));
    const under: Promise<number>[] = [];
    const found: string[] = [];
    await whileGateIsClosed(books.url, sql, async (waiting) => {
      under.push(invoicingOn(books).sweep());
      await waiting(1);
      found.push(...(await settled(sql, secondsFrom('2027-02-01T00:00:00Z', 2))));
      under.push(invoicingOn(books).sweep());
      expect((await waiting(2)).map(({ at }) => at).sort()).toEqual(['advisory', 'transactionid']);
      expect(await numbers(sql)).toEqual([]);
    });
    expect(await Promise.all(under)).toEqual([3, 2]);
    expect(await numbers(sql)).toEqual(consecutive(2027, 5));
    expect(await invoiceOf(sql, held)).toMatchObject({ sequence: 1 });
    expect(await invoiceOf(sql, found[0] as string)).toMatchObject({ sequence: 4 });
  });

  test('of a connection that dies between the counter and the commit are given to the next: nothing of them stays', async () => {
    await buildGate(sql);
    await settled(sql, secondsFrom('2027-03-01T00:00:00Z', 3));
    await invoicingOn(books).sweep();
    await settled(sql, secondsFrom('2027-03-02T00:00:00Z', 4));
    await whileGateIsClosed(books.url, sql, async (waiting) => {
      const dying = invoicingOn(books).sweep().catch(sqlState);
      const [session] = await waiting(1);
      await sql('select pg_terminate_backend($1)', [session!.pid]);
      expect(await dying).toBe('57P01');
      expect(await sql('select last from invoice_counters')).toEqual([{ last: 3 }]);
      expect(await sql('select count(*)::int as count from operations where invoiced')).toEqual([{ count: 3 }]);
    });
    expect(await invoicingOn(books).sweep()).toBe(4);
    expect(await numbers(sql)).toEqual(consecutive(2027, 7));
    await expectInvoices(sql);
  });
});

describe('a charge that the database refuses an invoice', () => {
  test('holds up nobody else, alarms, and leaves no gap', async () => {
    const ids = await settled(sql, secondsFrom('2027-03-01T00:00:00Z', 9));
    await sql(`alter table invoices add constraint not_this_one check (operation_id <> '${ids[4]}')`);
    const metrics = new Metrics();
    const invoicing = invoicingOn(books, { metrics });
    expect(await invoicing.sweep()).toBe(8);
    expect(await metrics.alarms.get()).toMatchObject({ values: [{ labels: { alarm: 'invoice_refused' }, value: 1 }] });
    expect(await numbers(sql)).toEqual(consecutive(2027, 8));
    await sql('alter table invoices drop constraint not_this_one');
    expect(await invoicing.sweep()).toBe(1);
    await expectInvoices(sql);
  });
});

test('it is done by itself from the start until it is stopped', async () => {
  const invoicing = invoicingOn(books);
  await settled(sql, [{}]);
  invoicing.start();
  await eventually(
    () => numbers(sql),
    (given) => given.length === 1,
  );
  await invoicing.stop();
});
