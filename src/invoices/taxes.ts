import { z } from 'zod';
import type { InvoiceLine, TaxLine } from './invoice.entity.js';

/** An invoice before it has a number. Amounts in minor units of the currency. */
export interface InvoiceDraft {
  operationId: string;
  userId: string;
  kind: string;
  planId: string | null;
  currency: string;
  /** What was due. */
  subtotal: number;
  /** The part of it that credit paid. */
  creditApplied: number;
  /** The part of it that the card was charged. */
  total: number;
  lines: readonly InvoiceLine[];
  period: { start: Date; end: Date } | null;
  chargedAt: Date;
}

/**
 * The port to whoever knows about taxes. Prices contain them: what it answers is shown on the invoice as a part of what was due, and never added to it.
 * It may be asked more than once about one charge and must book nothing. Where it throws, answers what is no tax, or takes longer than the signal,
 * that charge's invoice waits and it is asked again later.
 */
export abstract class Taxes {
  abstract of(draft: InvoiceDraft, signal: AbortSignal): TaxLine[] | Promise<TaxLine[]>;
}

/** Nothing is said about taxes. */
export class NoTax extends Taxes {
  of(): TaxLine[] {
    return [];
  }
}

const MAX_TAX_LINES = 20;
const MAX_NAME_CHARACTERS = 120;

const taxLines = z
  .array(
    z.object({
      // The database takes every character but this one.
      name: z
        .string()
        .min(1)
        .max(MAX_NAME_CHARACTERS)
        .regex(/^[^\0]*$/),
      ratePercent: z.number().min(0).max(100).nullable(),
      amount: z.int().min(0),
    }),
  )
  .max(MAX_TAX_LINES);

/** What a port answered, as an invoice bears it. Throws where it is no tax, or more than was due. */
export function taxOn({ subtotal }: InvoiceDraft, answer: unknown): TaxLine[] {
  const tax = taxLines.parse(answer);
  if (tax.reduce((sum, { amount }) => sum + amount, 0) > subtotal) throw new Error('the taxes are more than what was due');
  return tax;
}
