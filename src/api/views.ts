import { chargedOf, isOpen } from '../operations/states.js';
import type { CreditEntry } from '../credits/credits-query.js';
import { Credits } from '../credits/credits.js';
import { Operation } from '../operations/operation.entity.js';
import { Quote } from '../operations/quote.entity.js';
import { toPublicId } from '../platform/ids.js';
import type { Money } from '../platform/money.js';
import { Problem } from '../platform/problems/problem.js';
import { seatsLeft } from '../subscriptions/families.js';
import { Plan } from '../subscriptions/plan.entity.js';
import { Subscription } from '../subscriptions/subscription.entity.js';
import { renderProblem, type ProblemContext } from './problem-body.js';

/** An operation's public face. The subscription is embedded where the caller knows it. */
export function operationView(operation: Operation, subscription: Subscription | null, context: ProblemContext): Record<string, unknown> {
  const { period, droppedChange } = operation.terms;
  return {
    object: 'operation',
    id: toPublicId('op', operation.id),
    version: operation.version,
    kind: operation.kind,
    status: operation.status,
    result: operation.status === 'succeeded' ? operation.result : null,
    charged: chargedOf(operation),
    userId: operation.userId,
    fromPlanId: operation.fromPlanId,
    toPlanId: operation.toPlanId,
    refundOf: operation.refundsOperationId && toPublicId('op', operation.refundsOperationId),
    refunded: refundedView(operation),
    amount: moneyOrNull(operation.amount, operation.currency),
    creditApplied: moneyOrNull(operation.creditApplied, operation.currency),
    creditGranted: moneyOrNull(operation.creditGranted, operation.currency),
    gateway: { name: operation.gateway, reference: operation.gatewayReference, attempts: operation.attempts },
    recovery: { checks: operation.checks, nextCheckAt: operation.nextCheckAt },
    requests: operation.requests,
    period: period ? { startAt: period.start, endAt: period.end } : null,
    droppedChange: droppedChange ?? null,
    nextAction: operation.status === 'requires_action' ? operation.nextAction : null,
    problem: operation.status === 'failed' ? renderProblem(problemOf(operation), context) : null,
    subscription: subscription && subscriptionView(subscription, operation.isOpen && operation.kind !== 'refund' ? operation.id : null),
    createdAt: operation.createdAt,
    updatedAt: operation.updatedAt,
    settledAt: operation.settledAt,
  };
}

function refundedView({ kind, currency, refundedToCard, refundedToCredit }: Operation): Record<string, Money> | null {
  if (kind === 'refund' || currency === null) return null;
  return { toCard: { amount: refundedToCard, currency }, toCredit: { amount: refundedToCredit, currency } };
}

function moneyOrNull(amount: number, currency: string | null): Money | null {
  return currency === null ? null : { amount, currency };
}

/** The problem that a failed operation answers, now and whenever it is asked for again. */
export function problemOf(operation: Operation): Problem {
  const failure = operation.problem;
  if (!failure) return new Problem('internal-error', { operationId: toPublicId('op', operation.id) });
  const { code, detail, declineCode, retryAfterSeconds } = failure;
  return new Problem(code, {
    detail,
    charged: 'no',
    operationId: toPublicId('op', operation.id),
    ...(declineCode === undefined ? {} : { declineCode }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

export function subscriptionView(subscription: Subscription, openOperationId: string | null): Record<string, unknown> {
  const { pendingChange, pastDue } = subscription;
  return {
    object: 'subscription',
    id: toPublicId('sub', subscription.id),
    version: subscription.version,
    userId: subscription.userId,
    planId: subscription.planId,
    status: subscription.status,
    price: subscription.price,
    currentPeriodStartAt: subscription.periodStart,
    currentPeriodEndAt: subscription.periodEnd,
    nextPaymentAttemptAt: subscription.cancelAtPeriodEnd ? null : subscription.nextAt,
    pastDue: pastDue && { sinceAt: pastDue.since, declines: pastDue.declines },
    paymentMethod: subscription.paymentMethod,
    cancelAtPeriodEnd: subscription.cancelAtPeriodEnd,
    pendingChange: pendingChange && { ...pendingChange, effectiveAt: subscription.periodEnd },
    openOperation: openOperationId && toPublicId('op', openOperationId),
    createdAt: subscription.createdAt,
    canceledAt: subscription.canceledAt,
  };
}

export function planView(plan: Plan): Record<string, unknown> {
  const { capacity, seatsTaken: taken, seatsHeld: held } = plan;
  return {
    id: plan.id,
    name: plan.name,
    price: plan.price,
    interval: plan.interval,
    trialDays: plan.trialDays,
    family: plan.family,
    seats: capacity === null ? null : { capacity, taken, held, left: seatsLeft(plan) },
    features: plan.features,
  };
}

export function quoteView(quote: Quote): Record<string, unknown> {
  const { currency } = quote;
  return {
    object: 'quote',
    id: toPublicId('qt', quote.id),
    kind: quote.kind,
    planId: quote.planId,
    effective: quote.effective,
    lines: quote.lines.map(({ type, planId, amount }) => ({ type, planId, amount: { amount, currency } })),
    dueNow: { amount: quote.due, currency },
    creditApplied: { amount: quote.creditApplied, currency },
    next: { at: quote.next.at, amount: { amount: quote.next.amount, currency } },
    seatsLeft: quote.seatsLeft,
    subscriptionVersion: quote.subscriptionVersion,
    createdAt: quote.createdAt,
    expiresAt: quote.expiresAt,
  };
}

export function creditsView(credits: Credits): Record<string, unknown> {
  const data = credits.holdings.map(({ currency, balance, reserved }) => ({ currency, balance, reserved }));
  return { object: 'credits', version: credits.version, data };
}

export function creditEntryView(entry: CreditEntry): Record<string, unknown> {
  const { amount, currency, kind, counterpartUserId, createdAt } = entry;
  return {
    object: 'credit_entry',
    id: toPublicId('led', entry.movementId),
    amount: { amount, currency },
    kind,
    operationId: entry.operationId && toPublicId('op', entry.operationId),
    counterpartUserId,
    createdAt,
  };
}

/** What a problem embeds, under its own names: rooms below throw their own objects, the door gives them their public face. */
export function embeddedViews(problem: Problem, context: ProblemContext): Record<string, unknown> {
  return Object.fromEntries(Object.entries(problem.extras.embedded ?? {}).map(([name, value]) => [name, publicFace(value, context)]));
}

function publicFace(value: unknown, context: ProblemContext): unknown {
  if (value instanceof Operation) return operationView(value, null, context);
  if (value instanceof Subscription) return subscriptionView(value, null);
  if (value instanceof Plan) return planView(value);
  if (value instanceof Quote) return quoteView(value);
  if (value instanceof Credits) return creditsView(value);
  return value;
}

/**
 * Seconds until somebody looks at an open operation again; what a client should wait before it asks. The clock of business, by which that is due, may be ahead
 * of this process's: it is no further away than it was when the operation last moved.
 */
export function retryAfterSeconds({ status, nextCheckAt, updatedAt }: Operation, nowMs = Date.now()): number | null {
  if (!isOpen(status) || !nextCheckAt) return null;
  if (status === 'pending') return 1;
  return Math.max(1, Math.ceil((nextCheckAt.getTime() - Math.max(nowMs, updatedAt.getTime())) / 1000));
}
