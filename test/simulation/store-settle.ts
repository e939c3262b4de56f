import type { Settled, Settlement } from '../../src/operations/operation-store.js';
import type { Operation } from '../../src/operations/operation.entity.js';
import { isOpen, MOVES, type Status } from '../../src/operations/states.js';
import { Subscription, type SubscriptionChange } from '../../src/subscriptions/subscription.entity.js';
import { stamped, Violation, type StoreState } from './store-state.js';

const ALLOWED = new Set(MOVES.map(([from, to]) => `${from} ${to}`));

/** What can be taken away from the simulated store, to see that the simulation notices. */
export interface StoreGuards {
  fenceInSettle: boolean;
  tableOfStates: boolean;
  oneOpenPerUser: boolean;
  lateMoney: boolean;
}

export const ALL_GUARDS: StoreGuards = { fenceInSettle: true, tableOfStates: true, oneOpenPerUser: true, lateMoney: true };

/** The settle statement for one operation. */
export function settleOne(state: StoreState, settlement: Settlement, now: Date, guards: StoreGuards): Settled | null {
  const before = state.operations.get(settlement.id);
  if (!before || (guards.fenceInSettle && before.fence !== settlement.fence)) return null;
  if (guards.tableOfStates && !ALLOWED.has(`${before.status} ${settlement.status}`)) return null;
  const succeeded = settlement.status === 'succeeded';
  refuseSecondLive(state, before, settlement);
  const operation = state.update(before, movedBy(before, settlement, now));
  const standing = state.subscriptions.get(operation.subscriptionId ?? '') ?? null;
  if (isOpen(settlement.status)) return { operation, subscription: standing };
  const became = succeeded && settlement.change ? become(state, operation, settlement.change, now) : null;
  const seated = became !== null && became.seated && became.planId === operation.seatPlanId;
  if (operation.seatPlanId !== null) state.count(operation.seatPlanId, -1, seated ? 1 : 0);
  moveCreditOf(state, operation, became !== null);
  const refunded =
    succeeded && settlement.refundId !== undefined && became === null
      ? recordRefund(state, operation, settlement.refundId, operation.gatewayReference, now)
      : null;
  return { operation, subscription: became ?? standing, ...(refunded ? { refunded: true } : {}) };
}

/** Credit that was applied is spent with the change that it paid for, and released without; what is granted is granted with its change. */
function moveCreditOf(state: StoreState, { id, userId, currency, creditApplied, creditGranted }: Operation, became: boolean): void {
  if (currency === null) return;
  if (creditApplied > 0) state.moveCredit(became ? 'spent' : 'released', userId, currency, creditApplied, id);
  else if (creditGranted > 0 && became) state.moveCredit('proration', userId, currency, creditGranted, id);
}

/** What becomes true of the subscription. Null where there is none that lives; then no seat of it moves either. */
export function become(state: StoreState, operation: Operation, change: SubscriptionChange, now: Date): Subscription | null {
  const { subscriptionId, kind } = operation;
  if (subscriptionId === null) return null;
  const before = state.subscriptions.get(subscriptionId);
  if (kind === 'subscribe') return before ? null : state.put(created(operation, change, now));
  if (!before || before.status === 'canceled') return null;
  const planId = change.planId ?? before.planId;
  const status = change.status ?? before.status;
  const moves = planId !== before.planId;
  const seated = moves ? operation.seatPlanId !== null : before.seated && status !== 'canceled';
  const price = change.price ?? { amount: before.priceAmount, currency: before.priceCurrency };
  if (before.seated && (moves || !seated)) state.count(before.planId, 0, -1);
  return state.put(before, {
    version: before.version + 1,
    planId,
    seated,
    status,
    priceAmount: price.amount,
    priceCurrency: price.currency,
    interval: change.interval ?? before.interval,
    periodStart: change.periodStart ?? before.periodStart,
    periodEnd: change.periodEnd ?? before.periodEnd,
    cancelAtPeriodEnd: change.cancelAtPeriodEnd ?? before.cancelAtPeriodEnd,
    pendingChange: change.pendingChange === undefined ? before.pendingChange : change.pendingChange,
    canceledAt: change.status === 'canceled' ? now : before.canceledAt,
  });
}

/** One refund per charge, whoever finds it: null where there is one. */
export function recordRefund(
  state: StoreState,
  refunded: Operation,
  id: string,
  chargeReference: string | null,
  now: Date,
): Operation | null {
  const reference = `rf${refunded.reference.slice(2)}`;
  if (state.references.has(reference) || state.operations.has(id)) return null;
  const data = { kind: 'refund', amount: refunded.amount, refunds: refunded.id };
  return state.insert({
    ...NEW,
    id,
    userId: refunded.userId,
    turn: null,
    kind: 'refund',
    status: 'pending',
    result: null,
    intent: 'refund',
    reference,
    fromPlanId: null,
    toPlanId: null,
    seatPlanId: null,
    subscriptionId: refunded.subscriptionId,
    amount: refunded.amount,
    creditApplied: 0,
    creditGranted: 0,
    currency: refunded.currency,
    refundsOperationId: refunded.id,
    paymentMethod: null,
    terms: { chargeReference },
    gateway: refunded.gateway,
    attempts: 0,
    nextCheckAt: now,
    timeline: stamped([{ type: 'recorded', data }], now),
    traceparent: refunded.traceparent,
    createdAt: now,
    updatedAt: now,
    settledAt: null,
  });
}

/** What the columns of a new operation hold by default. */
export const NEW = { version: 1, fence: 1, gatewayReference: null, checks: 0, requests: 1, nextAction: null, problem: null };

function movedBy(before: Operation, settlement: Settlement, now: Date): Partial<Operation> {
  const { status } = settlement;
  const open = isOpen(status);
  return {
    status,
    version: before.version + 1,
    result: open || status === 'succeeded' ? before.result : null,
    gatewayReference: before.gatewayReference ?? settlement.gatewayReference ?? null,
    problem: settlement.problem ?? null,
    nextAction: settlement.nextAction ?? null,
    nextCheckAt: open && status !== 'needs_review' ? (before.nextCheckAt ?? now) : null,
    timeline: [...before.timeline, ...stamped(settlement.happened, now)],
    updatedAt: now,
    settledAt: open ? null : now,
  };
}

function created(operation: Operation, change: SubscriptionChange, now: Date): Subscription {
  return Object.assign(new Subscription(), {
    id: operation.subscriptionId,
    version: 1,
    userId: operation.userId,
    planId: change.planId,
    seated: operation.seatPlanId !== null,
    status: change.status,
    priceAmount: change.price?.amount,
    priceCurrency: change.price?.currency,
    interval: change.interval,
    periodStart: change.periodStart,
    periodEnd: change.periodEnd,
    cancelAtPeriodEnd: false,
    pendingChange: null,
    createdAt: now,
    canceledAt: null,
  });
}

/** `one_live_subscription_per_user` and the primary key refuse the statement as a whole, before anything of it is done. */
function refuseSecondLive(state: StoreState, { kind, userId, subscriptionId }: Operation, { status, change }: Settlement): void {
  if (status !== ('succeeded' satisfies Status) || kind !== 'subscribe' || !change) return;
  if (state.subscriptions.has(subscriptionId ?? '')) throw new Violation('23505', 'subscriptions_pkey');
  if (state.liveOf(userId)) throw new Violation('23505', 'one_live_subscription_per_user');
}
