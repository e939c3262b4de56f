import { Subscription, type SubscriptionChange } from '../../subscriptions/subscription.entity.js';
import type { Draft } from '../draft.js';
import { Operation } from '../operation.entity.js';
import { isOpen } from '../states.js';
import type { Happening } from '../timeline.js';
import type { Settled, Settlement } from './operation-store.js';

/**
 * What the statements that every click sends have written, told by whoever sent it: to print a row in the database and read it here takes more than to make
 * it again from what was sent. The statements answer what others may have written meanwhile. The contract of stores holds both together: an operation
 * _is answered as it is read_.
 */

/** A draft as its row is, recorded at `now`. */
export function asRecorded(draft: Draft, id: string, now: Date, firstCheckMs: number): Operation {
  const open = isOpen(draft.status);
  const row: Row<Operation> = {
    id,
    version: 1,
    fence: 1,
    userId: draft.userId,
    turn: draft.turn,
    kind: draft.kind,
    status: draft.status,
    result: draft.result,
    intent: draft.intent,
    reference: draft.reference,
    fromPlanId: draft.fromPlanId,
    toPlanId: draft.toPlanId,
    seatPlanId: draft.seat ? draft.toPlanId : null,
    subscriptionId: draft.subscriptionId,
    amount: draft.amount,
    creditApplied: draft.creditApplied,
    creditGranted: draft.creditGranted,
    refundedToCard: 0,
    refundedToCredit: 0,
    currency: draft.currency,
    periodStart: draft.periodStart === null ? null : new Date(draft.periodStart),
    refundsOperationId: null,
    paymentMethod: draft.paymentMethod,
    terms: draft.terms,
    gateway: draft.gateway,
    gatewayReference: null,
    attempts: draft.amount > 0 ? 1 : 0,
    checks: 0,
    requests: 1,
    nextCheckAt: open ? new Date(now.getTime() + firstCheckMs) : null,
    nextAction: null,
    problem: null,
    timeline: happenedAt(now, draft.happened),
    traceparent: draft.traceparent,
    createdAt: now,
    updatedAt: now,
    settledAt: open ? null : now,
    invoiced: false,
  };
  return Object.assign(new Operation(), row);
}

/** What the statement for newcomers answers of each that moved. */
export interface MovedRow {
  n: number;
  now: Date;
  version: number;
  requests: number;
  /** Of one that others have joined: they are noted there as well. */
  timeline: Happening[] | null;
}

/** An operation and its subscription as they are after they moved at the fence of `held`, the operation as it was before. */
export function asMoved(held: Operation, settlement: Settlement, { now, version, requests, timeline }: MovedRow): Settled {
  const { status, gatewayReference, problem, nextAction, change, happened } = settlement;
  const open = isOpen(status);
  const moved: Partial<Operation> = {
    status,
    version,
    requests,
    result: open || status === 'succeeded' ? held.result : null,
    gatewayReference: held.gatewayReference ?? gatewayReference ?? null,
    problem: problem ?? null,
    nextAction: nextAction ?? null,
    terms: status === 'succeeded' && change?.periodEnd ? { ...held.terms, period: periodOf(change) } : held.terms,
    nextCheckAt: open && status !== 'needs_review' ? (held.nextCheckAt ?? now) : null,
    timeline: timeline ?? [...held.timeline, ...happenedAt(now, happened)],
    updatedAt: now,
    settledAt: open ? null : now,
  };
  const operation = Object.assign(new Operation(), held, moved);
  return { operation, subscription: status === 'succeeded' && change ? asCreated(operation, change, now) : null };
}

/** The subscription that begins with an operation that succeeded. */
function asCreated({ subscriptionId, userId, seatPlanId }: Operation, change: SubscriptionChange, now: Date): Subscription {
  const { planId, status, price, interval, periodStart, periodEnd, anchorDay } = change as Required<SubscriptionChange>;
  const row: Row<Subscription> = {
    id: subscriptionId as string,
    version: 1,
    userId,
    planId,
    seated: seatPlanId !== null,
    status,
    priceAmount: price.amount,
    priceCurrency: price.currency,
    interval,
    periodStart,
    periodEnd,
    cancelAtPeriodEnd: false,
    pendingChange: null,
    anchorDay,
    paymentMethod: change.paymentMethod ?? null,
    customer: null,
    nextAt: change.nextAt ?? null,
    renewalAttempts: 0,
    pastDue: null,
    createdAt: now,
    canceledAt: null,
  };
  return Object.assign(new Subscription(), row);
}

/** What is stored of an entity: all but what it works out of that. */
type Row<Entity> = Omit<Entity, 'namedCard' | 'money' | 'isOpen' | 'price'>;

function periodOf({ periodStart, periodEnd }: SubscriptionChange): { start: string; end: string } {
  return { start: (periodStart as Date).toISOString(), end: (periodEnd as Date).toISOString() };
}

function happenedAt(now: Date, happened: Omit<Happening, 'at'>[]): Happening[] {
  const at = now.toISOString();
  return happened.map((each) => ({ at, ...each }));
}
