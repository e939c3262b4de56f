import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { TaxLine } from '../../src/invoices/invoice.entity.js';
import { Taxes, type InvoiceDraft } from '../../src/invoices/taxes.js';
import { Metrics } from '../../src/platform/telemetry/metrics.js';
import { expectInvoices } from '../kit/invoice-invariants.js';
import { consecutive, invoiceOf, invoicingOn, numbers, openBooks, secondsFrom, settled, type Books } from './charges.js';

let books: Books;
beforeEach(async () => {
  books = await openBooks();
});
afterEach(() => books.close());

const sql = (text: string, values?: unknown[]) => books.sql(text, values);

/** Answers what it is told to. */
class ToldTaxes extends Taxes {
  readonly asked: InvoiceDraft[] = [];

  constructor(private readonly answer: (draft: InvoiceDraft, signal: AbortSignal) => TaxLine[] | Promise<TaxLine[]>) {
    super();
  }

  of(draft: InvoiceDraft, signal: AbortSignal): TaxLine[] | Promise<TaxLine[]> {
    this.asked.push(draft);
    return this.answer(draft, signal);
  }
}

const VAT = { name: 'VAT', ratePercent: 19, amount: 303 };

async function alarms(metrics: Metrics): Promise<number> {
  const { values } = await metrics.alarms.get();
  return values.find(({ labels }) => labels.alarm === 'invoice_tax')?.value ?? 0;
}

test('a tax is a part of what was due: it is shown beside the total and added to nothing', async () => {
  const [id = ''] = await settled(sql, [{ amount: 1_400, creditApplied: 500 }]);
  const taxes = new ToldTaxes(async () => [VAT]);
  await invoicingOn(books, { taxes }).sweep();
  expect(await invoiceOf(sql, id)).toMatchObject({ tax: [VAT], subtotal: '1900', total: '1400' });
  expect(taxes.asked).toMatchObject([
    {
      operationId: id,
      kind: 'subscribe',
      planId: 'pro',
      currency: 'USD',
      subtotal: 1_900,
      creditApplied: 500,
      total: 1_400,
      chargedAt: new Date('2027-03-01T12:00:00Z'),
    },
  ]);
});

test('who says nothing about taxes has none on the invoice', async () => {
  const [id = ''] = await settled(sql, [{}]);
  await invoicingOn(books).sweep();
  expect((await invoiceOf(sql, id)).tax).toEqual([]);
});

describe('where the taxes of a charge are not known', () => {
  const never = new Promise<TaxLine[]>(() => undefined);
  test.each<[string, (signal: AbortSignal) => TaxLine[] | Promise<TaxLine[]>]>([
    [
      'because the port throws',
      () => {
        throw new Error('a defect');
      },
    ],
    ['because it rejects', () => Promise.reject(new Error('the tax service is away'))],
    ['because it never answers', () => never],
    ['because it answers something else', () => ({ rate: 19 }) as unknown as TaxLine[]],
    ['because it answers half a cent', () => [{ ...VAT, amount: 0.5 }]],
    ['because it answers more than was due', () => [VAT, { ...VAT, amount: 1_598 }]],
    ['because its name is none that can be stored', () => [{ ...VAT, name: 'V\0T' }]],
  ])('%s, it waits for its invoice, an alarm tells, and nobody else waits', async (_, answer) => {
    const ids = await settled(sql, secondsFrom('2027-03-01T00:00:00Z', 5));
    let broken = true;
    const metrics = new Metrics();
    const taxes = new ToldTaxes(({ operationId }, signal) => (broken && operationId === ids[1] ? answer(signal) : [VAT]));
    const invoicing = invoicingOn(books, { taxes, metrics, portion: 2 });
    expect([await invoicing.sweep(), await alarms(metrics)]).toEqual([4, 1]);
    expect(await numbers(sql)).toEqual(consecutive(2027, 4));
    expect(await invoiceOf(sql, ids[1] as string)).toBeUndefined();
    broken = false;
    expect([await invoicing.sweep(), await alarms(metrics)]).toEqual([1, 1]);
    expect(await invoiceOf(sql, ids[1] as string)).toMatchObject({ number: '2027-000005', tax: [VAT] });
    await expectInvoices(sql);
  });
});

test('while a question about taxes is under way nothing is locked and no number is taken', async () => {
  const [id = ''] = await settled(sql, [{}]);
  let answer!: (tax: TaxLine[]) => void;
  let asked!: () => void;
  const question = new Promise<void>((resolve) => (asked = resolve));
  const taxes = new ToldTaxes(() => {
    asked();
    return new Promise((resolve) => (answer = resolve));
  });
  const slow = invoicingOn(books, { taxes }).sweep();
  await question;
  await sql('select 1 from operations where id = $1 for update nowait', [id]);
  const held = `select count(*)::int as count from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`;
  expect(await sql(held)).toEqual([{ count: 0 }]);
  const [other = ''] = await settled(sql, [{ settledAt: '2027-03-02T00:00:00Z' }]);
  expect(await invoicingOn(books).sweep()).toBe(2);
  expect(await invoiceOf(sql, other)).toMatchObject({ sequence: 2 });
  answer([VAT]);
  expect(await slow).toBe(0);
  expect(await numbers(sql)).toEqual(consecutive(2027, 2));
});

test('whoever stops waits for no answer about taxes', async () => {
  await settled(sql, [{}]);
  let asked!: () => void;
  const question = new Promise<void>((resolve) => (asked = resolve));
  const metrics = new Metrics();
  const invoicing = invoicingOn(books, { metrics, taxes: new ToldTaxes(() => (asked(), new Promise(() => undefined))) });
  invoicing.start();
  await question;
  await invoicing.stop();
  expect([await numbers(sql), await alarms(metrics)]).toEqual([[], 0]);
});
