import type { Standing } from '../../src/operations/kinds/kind.js';
import { Operation } from '../../src/operations/operation.entity.js';
import { Plan } from '../../src/subscriptions/plan.entity.js';
import { Subscription } from '../../src/subscriptions/subscription.entity.js';

/** For the pure rules: objects that no database has seen. */
export const JANUARY = { start: new Date('2027-01-01T00:00:00Z'), end: new Date('2027-02-01T00:00:00Z') };
export const DAY_MS = 86_400_000;
/** The middle of January, to the second. */
export const MID_JANUARY = new Date('2027-01-16T12:00:00Z');

export function aPlan(members: Partial<Plan> = {}): Plan {
  const pro = {
    id: 'pro',
    version: 1,
    name: 'Pro',
    priceAmount: 1_900,
    priceCurrency: 'USD',
    interval: 'month',
    trialDays: 0,
    family: null,
    capacity: null,
    seatsHeld: 0,
    seatsTaken: 0,
    features: [],
    onSale: true,
    createdAt: JANUARY.start,
  };
  return Object.assign(new Plan(), pro, members);
}

/** In the middle of January, with a subscription and nothing else. */
export function aStanding(members: Partial<Standing> = {}): Standing {
  const dunning = { scheduleMs: [DAY_MS, 3 * DAY_MS], end: 'cancel' as const };
  return { now: MID_JANUARY, plan: null, subscription: aSubscription(), hadSubscription: true, credit: {}, dunning, ...members };
}

/** Of the plan basic, through January. */
export function aSubscription(members: Partial<Subscription> = {}): Subscription {
  const basic = {
    id: '01900000-0000-7000-8000-000000000001',
    version: 1,
    userId: 'user_42',
    planId: 'basic',
    seated: false,
    status: 'active',
    priceAmount: 900,
    priceCurrency: 'USD',
    interval: 'month',
    periodStart: JANUARY.start,
    periodEnd: JANUARY.end,
    cancelAtPeriodEnd: false,
    pendingChange: null,
    anchorDay: 1,
    paymentMethod: 'pm_card_visa',
    customer: 'cus_42',
    nextAt: JANUARY.end,
    renewalAttempts: 0,
    pastDue: null,
    createdAt: JANUARY.start,
    canceledAt: null,
  };
  return Object.assign(new Subscription(), basic, members);
}

/** A subscribe to pro that was just recorded. */
export function anOperation(members: Partial<Operation> = {}): Operation {
  const pending = {
    id: '01900000-0000-7000-8000-000000000002',
    version: 1,
    fence: 1,
    userId: 'user_42',
    turn: 1,
    kind: 'subscribe',
    status: 'pending',
    result: 'created',
    intent: 'intent',
    reference: 'cf_reference',
    fromPlanId: null,
    toPlanId: 'pro',
    seatPlanId: null,
    subscriptionId: null,
    amount: 1_900,
    creditApplied: 0,
    creditGranted: 0,
    currency: 'USD',
    periodStart: null,
    paymentMethod: 'pm_card_visa',
    terms: { price: { amount: 1_900, currency: 'USD' }, interval: 'month', trialDays: 0 },
    gateway: 'stripe',
    gatewayReference: null,
    attempts: 1,
    checks: 0,
    requests: 1,
    nextCheckAt: null,
    nextAction: null,
    problem: null,
    timeline: [],
    traceparent: null,
    createdAt: MID_JANUARY,
    updatedAt: MID_JANUARY,
    settledAt: null,
  };
  return Object.assign(new Operation(), pending, members);
}
