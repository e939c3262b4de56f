import { z } from 'zod';
import { cursorOf, money, paging, signedMoney, wholeNumber } from './schemas.js';

const time = z.iso.datetime({ offset: true });

export const invoice = z
  .object({
    object: z.literal('invoice'),
    id: z.string(),
    number: z.string().describe('without gaps within the UTC year of the charge'),
    status: z.literal('paid'),
    operationId: z.string().describe('the operation whose charge it is for'),
    userId: z.string(),
    planId: z.string().nullable(),
    lines: z
      .array(
        z.object({
          type: z.enum(['plan', 'unused_time', 'credit_granted', 'credit_applied']),
          description: z.string(),
          planId: z.string().nullable().describe('null where the line is about credit'),
          amount: signedMoney,
        }),
      )
      .describe('they sum to total'),
    subtotal: money.describe('what was due'),
    creditApplied: money.describe('the part of it that credit paid'),
    total: money.describe('the part of it that the card was charged'),
    tax: z
      .array(z.object({ name: z.string(), ratePercent: z.number().nullable(), amount: money }))
      .describe('contained in what was due, not added to it'),
    amountRefunded: money.describe('what was given back since, or is to be; the invoice itself never changes'),
    period: z.object({ startAt: time, endAt: time }).nullable().describe('what was paid for'),
    chargedAt: time,
    issuedAt: time,
    paymentReference: z.string().nullable().describe('the gateway’s id of the charge'),
  })
  .meta({ id: 'Invoice' });

const invoicePaging = { ...paging, cursor: cursorOf('inv') };
export const invoicesQuery = z.strictObject(invoicePaging);
export type InvoicesQueryInput = z.output<typeof invoicesQuery>;

const YEAR_DIGITS = 4;

export const adminInvoicesQuery = z.strictObject({
  userId: z.string().max(255).optional(),
  year: wholeNumber(YEAR_DIGITS).optional(),
  number: z
    .string()
    .regex(/^[0-9]{4}-[0-9]{6,9}$/, 'must be the number of an invoice, such as 2027-000042')
    .optional(),
  ...invoicePaging,
});
export type AdminInvoicesQueryInput = z.output<typeof adminInvoicesQuery>;
