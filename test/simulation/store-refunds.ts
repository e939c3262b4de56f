import { MAX_HOLDING_MINOR_UNITS } from '../../src/credits/credits.js';
import type { Late, Refunding, RefundWish } from '../../src/operations/store/operation-store.js';
import type { Operation } from '../../src/operations/operation.entity.js';
import { leftOf } from '../../src/operations/kinds/refund.js';
import { TIMELINE_MAX_ENTRIES, type Happening } from '../../src/operations/timeline.js';
import { stamped, type StoreState } from './store-state.js';

/** What the columns of a new operation hold by default. */
export const NEW = {
  version: 1,
  fence: 1,
  gatewayReference: null,
  checks: 0,
  requests: 1,
  nextAction: null,
  problem: null,
  refundedToCard: 0,
  refundedToCredit: 0,
  invoiced: false,
};

/** The statement that records the refund of late money. */
export function refundLate(state: StoreState, { operationId, refundId, gatewayReference }: Late, now: Date): Operation | null {
  const operation = state.operations.get(operationId);
  if (!operation || operation.kind === 'refund' || operation.amount === 0) return null;
  if (operation.status !== 'failed' && operation.status !== 'canceled') return null;
  const charge = { ...operation, gatewayReference: gatewayReference ?? operation.gatewayReference };
  const refund = recordRefund(state, charge, whole(operation, refundId), now);
  if (!refund) return null;
  const timeline = appended(operation, { type: 'late_money', data: { status: operation.status, refund: refund.id } }, now);
  state.update(operation, { version: operation.version + 1, updatedAt: now, refundedToCard: operation.amount, timeline });
  return refund;
}

/** The statement that records a refund that a person asked for. `countsRefunds`: what others give back is counted. */
export function refundOne(state: StoreState, wish: RefundWish, now: Date, countsRefunds: boolean): Refunding | null {
  const { operationId, refundId: id, reference, to } = wish;
  const paid = state.operations.get(operationId);
  if (!paid) return null;
  if (to === 'credit' && paid.currency !== null) state.openAccount(paid.userId, paid.currency);
  const counted = countsRefunds ? paid : { ...paid, refundedToCard: 0, refundedToCredit: 0 };
  const left = leftOf(counted, to);
  const amount = wish.amount ?? left;
  const fits = paid.status === 'succeeded' && paid.kind !== 'refund' && amount >= 1 && amount <= left;
  if (!fits) return { kind: 'refused', paid };
  const { balance, reserved } = state.account(paid.userId, paid.currency) ?? { balance: 0, reserved: 0 };
  if (to === 'credit' && balance + reserved + amount > MAX_HOLDING_MINOR_UNITS) return { kind: 'credit_full', paid };
  const [toCard, toCredit] = to === 'card' ? [amount, 0] : [0, amount];
  const refund = recordRefund(state, paid, { id, reference, toCard, toCredit }, now);
  if (!refund) return { kind: 'refused', paid };
  if (toCredit > 0) state.moveCredit('refund', paid.userId, paid.currency as string, toCredit, id);
  const moved = state.update(paid, {
    version: paid.version + 1,
    updatedAt: now,
    refundedToCard: paid.refundedToCard + toCard,
    refundedToCredit: paid.refundedToCredit + toCredit,
    timeline: appended(paid, { type: 'refunding', data: { refund: id, amount, to } }, now),
  });
  return { kind: 'recorded', refund, paid: moved };
}

/** What a refund that was given up would have given back is not counted any more. */
export function giveUp(state: StoreState, { refundsOperationId, amount }: Operation, now: Date): void {
  const paid = state.operations.get(refundsOperationId ?? '');
  if (!paid) return;
  const timeline = appended(paid, { type: 'refund_given_up', data: { amount } }, now);
  state.update(paid, { version: paid.version + 1, updatedAt: now, refundedToCard: paid.refundedToCard - amount, timeline });
}

interface NewRefund {
  id: string;
  reference: string;
  toCard: number;
  toCredit: number;
}

/** What is given back by itself is the whole charge, under a reference made from that of the charge. */
export function whole({ reference, amount }: Operation, id: string): NewRefund {
  return { id, reference: `rf${reference.slice(2)}`, toCard: amount, toCredit: 0 };
}

/** Null where there is a refund with this reference. */
export function recordRefund(
  state: StoreState,
  paid: Pick<
    Operation,
    'id' | 'userId' | 'subscriptionId' | 'reference' | 'amount' | 'currency' | 'gateway' | 'gatewayReference' | 'traceparent'
  >,
  { id, reference, toCard, toCredit }: NewRefund,
  now: Date,
): Operation | null {
  if (state.references.has(reference) || state.operations.has(id)) return null;
  const data = { kind: 'refund', amount: toCard + toCredit, refunds: paid.id };
  const { gatewayReference } = paid;
  const named =
    gatewayReference === null ? { charge: { reference: paid.reference, amount: paid.amount } } : { chargeReference: gatewayReference };
  return state.insert({
    ...NEW,
    id,
    userId: paid.userId,
    turn: null,
    kind: 'refund',
    status: toCredit > 0 ? 'succeeded' : 'pending',
    result: null,
    intent: 'refund',
    reference,
    fromPlanId: null,
    toPlanId: null,
    seatPlanId: null,
    subscriptionId: paid.subscriptionId,
    amount: toCard,
    creditApplied: 0,
    creditGranted: toCredit,
    currency: paid.currency,
    periodStart: null,
    refundsOperationId: paid.id,
    paymentMethod: null,
    terms: toCredit > 0 ? {} : named,
    gateway: paid.gateway,
    attempts: 0,
    nextCheckAt: toCredit > 0 ? null : now,
    timeline: stamped([{ type: 'recorded', data }], now),
    traceparent: paid.traceparent,
    createdAt: now,
    updatedAt: now,
    settledAt: toCredit > 0 ? now : null,
  });
}

/** A timeline beyond its bound takes no further entries of this sort. */
export function appended({ timeline }: Operation, happening: Omit<Happening, 'at'>, now: Date): Happening[] {
  return timeline.length >= TIMELINE_MAX_ENTRIES ? timeline : [...timeline, ...stamped([happening], now)];
}
