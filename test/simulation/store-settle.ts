import type { Settled, Settlement } from '../../src/operations/store/operation-store.js';
import type { Operation } from '../../src/operations/operation.entity.js';
import { isOpen, MOVES, type Status } from '../../src/operations/states.js';
import { Subscription, type SubscriptionChange, type SubscriptionStatus } from '../../src/subscriptions/subscription.entity.js';
import { giveUp, recordRefund, whole } from './store-refunds.js';
import { stamped, Violation, type StoreState } from './store-state.js';

/** Nothing is due of them and they hold no seat. */
const IDLE: ReadonlySet<SubscriptionStatus> = new Set(['paused', 'canceled']);
const ALLOWED = new Set(MOVES.map(([from, to]) => `${from} ${to}`));

/** What can be taken away from the simulated store, to see that the simulation notices. */
export interface StoreGuards {
  fenceInSettle: boolean;
  tableOfStates: boolean;
  oneOpenPerUser: boolean;
  lateMoney: boolean;
  countsRefunds: boolean;
  countsGivenUp: boolean;
  oneRenewalPerPeriod: boolean;
}

export const ALL_GUARDS: StoreGuards = {
  fenceInSettle: true,
  tableOfStates: true,
  oneOpenPerUser: true,
  lateMoney: true,
  countsRefunds: true,
  countsGivenUp: true,
  oneRenewalPerPeriod: true,
};

/** The settle statement for one operation. */
export function settleOne(state: StoreState, settlement: Settlement, now: Date, guards: StoreGuards): Settled | null {
  const before = state.operations.get(settlement.id);
  if (!before || (guards.fenceInSettle && before.fence !== settlement.fence)) return null;
  if (guards.tableOfStates && !ALLOWED.has(`${before.status} ${settlement.status}`)) return null;
  const succeeded = settlement.status === 'succeeded';
  refuseSecondLive(state, before, settlement);
  refuseDueOfTheIdle(state, before, settlement);
  const operation = state.update(before, { ...movedBy(before, settlement, now), ...givenBackAtOnce(state, before, settlement) });
  const standing = state.subscriptions.get(operation.subscriptionId ?? '') ?? null;
  if (isOpen(settlement.status)) return { operation, subscription: standing };
  const became = settlement.change ? become(state, operation, settlement.change, now) : null;
  const seated = became !== null && became.seated && became.planId === operation.seatPlanId;
  if (operation.seatPlanId !== null) state.count(operation.seatPlanId, -1, seated ? 1 : 0);
  moveCreditOf(state, operation, succeeded && became !== null);
  if (operation.kind === 'refund' && !succeeded && guards.countsGivenUp) giveUp(state, operation, now);
  const refunded =
    succeeded && settlement.refundId !== undefined && became === null
      ? recordRefund(state, operation, whole(operation, settlement.refundId), now)
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
  const seated = !IDLE.has(status) && (operation.seatPlanId === planId || (before.seated && !moves));
  const price = change.price ?? { amount: before.priceAmount, currency: before.priceCurrency };
  if (before.seated && (moves || !seated)) state.count(before.planId, 0, -1);
  state.holds.delete(before.id);
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
    anchorDay: change.anchorDay ?? before.anchorDay,
    paymentMethod: change.paymentMethod ?? before.paymentMethod,
    customer: change.customer === undefined ? before.customer : change.customer,
    nextAt: change.nextAt === undefined ? before.nextAt : change.nextAt,
    renewalAttempts: change.renewalAttempts ?? before.renewalAttempts,
    pastDue: change.pastDue === undefined ? before.pastDue : change.pastDue,
    canceledAt: change.status === 'canceled' ? now : before.canceledAt,
  });
}

/** What was paid for a change that meets no live subscription counts as given back: the charge is refunded, and the credit is free again. */
function givenBackAtOnce(
  state: StoreState,
  { kind, subscriptionId, amount, creditApplied }: Operation,
  { status, change }: Settlement,
): Partial<Operation> {
  const standing = state.subscriptions.get(subscriptionId ?? '');
  const meetsNothing =
    status === 'succeeded' && change !== undefined && kind !== 'subscribe' && (!standing || standing.status === 'canceled');
  return meetsNothing ? { refundedToCard: amount, refundedToCredit: creditApplied } : {};
}

function movedBy(before: Operation, settlement: Settlement, now: Date): Partial<Operation> {
  const { status, change } = settlement;
  const open = isOpen(status);
  return {
    status,
    version: before.version + 1,
    result: open || status === 'succeeded' ? before.result : null,
    gatewayReference: before.gatewayReference ?? settlement.gatewayReference ?? null,
    problem: settlement.problem ?? null,
    nextAction: settlement.nextAction ?? null,
    ...(status === 'succeeded' && change?.periodStart && change.periodEnd
      ? { terms: { ...before.terms, period: { start: change.periodStart.toISOString(), end: change.periodEnd.toISOString() } } }
      : {}),
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
    anchorDay: change.anchorDay,
    paymentMethod: change.paymentMethod ?? null,
    customer: null,
    nextAt: change.nextAt ?? null,
    renewalAttempts: 0,
    pastDue: null,
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

/** `nothing_due_of_the_idle` refuses the statement as well. */
function refuseDueOfTheIdle(state: StoreState, { kind, subscriptionId }: Operation, { status, change }: Settlement): void {
  const before = state.subscriptions.get(subscriptionId ?? '');
  if (!change || isOpen(status) || kind === 'subscribe' || !before || before.status === 'canceled') return;
  const nextAt = change.nextAt === undefined ? before.nextAt : change.nextAt;
  if (nextAt !== null && IDLE.has(change.status ?? before.status)) throw new Violation('23514', 'nothing_due_of_the_idle');
}
