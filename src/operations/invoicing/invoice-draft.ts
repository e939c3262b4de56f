import type { InvoiceLine } from '../../invoices/invoice.entity.js';
import type { InvoiceDraft } from '../../invoices/taxes.js';
import type { Line } from '../../subscriptions/proration.js';
import type { Operation } from '../operation.entity.js';

/** What a settled charge's invoice says. `nameOf` knows the plans by their ids. */
export function draftOf(operation: Operation, nameOf: (planId: string) => string): InvoiceDraft {
  const { id, userId, kind, toPlanId, money, creditApplied, settledAt } = operation;
  if (!settledAt) throw new Error(`operation ${id} has not settled`);
  return {
    operationId: id,
    userId,
    kind,
    planId: toPlanId,
    currency: money.currency,
    subtotal: money.amount + creditApplied,
    creditApplied,
    total: money.amount,
    lines: linesOf(operation).map((line) => described(line, operation, nameOf)),
    period: periodOf(operation),
    chargedAt: settledAt,
  };
}

/** Every plan that the lines of these operations name. */
export function plansIn(operations: readonly Operation[]): string[] {
  const named = operations.flatMap((operation) => linesOf(operation).map(({ planId }) => planId));
  return [...new Set(named.filter((planId) => planId !== null))];
}

/** As they were recorded; of an operation that was recorded without them, or with others than it was paid by, what is known for certain. */
function linesOf({ terms, toPlanId, amount, creditApplied }: Operation): Line[] {
  if (terms.lines && sumOf(terms.lines) === amount) return terms.lines;
  const applied: Line = { type: 'credit_applied', planId: null, amount: -creditApplied };
  return [{ type: 'plan', planId: toPlanId, amount: amount + creditApplied }, ...(creditApplied === 0 ? [] : [applied])];
}

function described({ type, planId, amount }: Line, { terms }: Operation, nameOf: (planId: string) => string): InvoiceLine {
  const name = planId === null ? (terms.description ?? 'Subscription') : nameOf(planId);
  const descriptions = {
    plan: name,
    unused_time: `Unused time of ${name}`,
    credit_granted: 'Left over, kept as credit',
    credit_applied: 'Credit applied',
  };
  return { type, description: descriptions[type], planId, amount };
}

function periodOf({ terms }: Operation): InvoiceDraft['period'] {
  if (!terms.period) return null;
  const [start, end] = [new Date(terms.period.start), new Date(terms.period.end)];
  return start < end ? { start, end } : null;
}

function sumOf(lines: readonly Line[]): number {
  return lines.reduce((sum, { amount }) => sum + amount, 0);
}
