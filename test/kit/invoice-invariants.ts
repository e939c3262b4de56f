import { deepEqual } from 'node:assert/strict';
import { grouped } from './grouped.js';

/** What a charge paid, and the invoices that it has. */
export interface InvoicedFact {
  id: string;
  due: boolean;
  amount: number;
  invoices: { total: number; lines: { amount: number }[] }[];
}

export interface NumberFact {
  year: number;
  sequence: number;
}

/**
 * I11: once all that settled is numbered, every operation that succeeded and was paid for has exactly one invoice over what its card was charged, whose lines sum to
 * it; nothing else has one; and the numbers of a year go from 1 to their count.
 */
export function invoicesAgree(charges: readonly InvoicedFact[], numbers: readonly NumberFact[]): string[] {
  return [
    ...charges.flatMap(({ id, due, amount, invoices }) => [
      ...(invoices.length === (due ? 1 : 0) ? [] : [`I11 ${id} has ${invoices.length} invoices`]),
      ...invoices
        .filter(({ total }) => total !== amount)
        .map(({ total }) => `I11 ${id} was charged ${amount} and its invoice says ${total}`),
      ...invoices
        .map(({ lines }) => sumOf(lines))
        .filter((sum) => sum !== amount)
        .map((sum) => `I11 the lines of ${id} sum to ${sum}, not to ${amount}`),
    ]),
    ...[...grouped(numbers, ({ year }) => String(year))].flatMap(([year, given]) => {
      const sequences = given.map(({ sequence }) => sequence).sort((a, b) => a - b);
      const wrong = sequences.findIndex((sequence, n) => sequence !== n + 1);
      return wrong < 0 ? [] : [`I11 invoice ${wrong + 1} of ${year} bears ${sequences[wrong]}`];
    }),
  ];
}

/** Fails with everything that is not so. Ask only where everything that settled is numbered. */
// oxlint-disable-next-line typescript/no-explicit-any -- rows of whatever was asked
export async function expectInvoices(sql: (text: string) => Promise<any[]>): Promise<void> {
  deepEqual(invoicesAgree(await sql(CHARGES), await sql('select year, sequence from invoices')), []);
}

function sumOf(lines: readonly { amount: number }[]): number {
  return lines.reduce((sum, { amount }) => sum + amount, 0);
}

const CHARGES = `
select o.id, o.amount::float8 as amount, o.status = 'succeeded' and o.kind <> 'refund' and o.amount + o.credit_applied > 0 as due,
  coalesce(jsonb_agg(jsonb_build_object('total', i.total, 'lines', i.lines)) filter (where i.id is not null), '[]') as invoices
from operations o left join invoices i on i.operation_id = o.id
group by o.id`;
