import { toPublicId } from '../../platform/ids.js';
import type { Money } from '../../platform/money.js';
import { Problem } from '../../platform/problems/problem.js';
import type { Kind } from './kind.js';
import type { Operation } from '../operation.entity.js';

/**
 * Money is given back: by a person who decided so, or because it was charged after its operation had ended without it, or for a change that met no
 * live subscription. It takes no turn among the user's operations, blocks none of them, and is carried out by the runner like all others. A
 * gateway's refusal never ends it: the customer's money is still here, so a person decides.
 */
export const refund: Kind = {
  becomes: () => null,
};

export const REFUND_TARGETS = ['card', 'credit'] as const;
export type RefundTarget = (typeof REFUND_TARGETS)[number];

/** What a person wants to be given back. Without an amount it is all that is left. */
export interface RefundAsk {
  to: RefundTarget;
  amount?: Money | undefined;
}

/** What an operation was paid with, and how much of it is given back or is to be. Minor units. */
export type Paid = Pick<Operation, 'kind' | 'status' | 'amount' | 'creditApplied' | 'refundedToCard' | 'refundedToCredit'>;

/** Minor units that can still be given back: to the card no more than it was charged, in all no more than was paid. */
export function leftOf({ amount, creditApplied, refundedToCard, refundedToCredit }: Paid, to: RefundTarget): number {
  const left = amount + creditApplied - refundedToCard - refundedToCredit;
  return to === 'card' ? Math.min(amount - refundedToCard, left) : left;
}

/** Why nothing at all can be given back of an operation; null where something can. */
export function notRefundable(paid: Paid): string | null {
  if (paid.kind === 'refund') return 'A refund is not given back.';
  if (paid.amount + paid.creditApplied === 0) return 'Nothing was paid.';
  return paid.status === 'succeeded' ? null : 'Only what an operation that succeeded was paid with is given back.';
}

/** Why a person's refund was not recorded, read off the operation as it is now. */
export function refundRefusal(operation: Operation, { to }: RefundAsk): Problem {
  const about = { operationId: toPublicId('op', operation.id) };
  const detail = notRefundable(operation);
  if (detail) return new Problem('operation-not-refundable', { ...about, detail, embedded: { operation } });
  const money = (of: RefundTarget): Money => ({ amount: leftOf(operation, of), currency: operation.money.currency });
  const left = { toCard: money('card'), toCredit: money('credit') };
  const { amount, currency } = to === 'card' ? left.toCard : left.toCredit;
  const whatIsLeft = `Of this payment ${amount} minor units of ${currency} are left to be given back ${to === 'card' ? 'to the card' : 'as credit'}.`;
  return new Problem('refund-exceeds-payment', { ...about, detail: whatIsLeft, embedded: { left, operation } });
}
