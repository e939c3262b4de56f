import { randomUUID } from 'node:crypto';
import type { Draft } from '../../src/operations/draft.js';
import type { Settlement } from '../../src/operations/store/operation-store.js';
import type { Operation } from '../../src/operations/operation.entity.js';
import { newKey, newUser } from '../kit/names.js';

export const happened = [{ type: 'settled' as const, data: {} }];
const keys = new Map<string, string>();

export function keyOf({ reference }: Operation): string {
  return keys.get(reference) as string;
}

/** A subscribe to a plan, as it is recorded. */
export function subscribing(planId: string, wish: Partial<Draft> = {}): Draft {
  const draft: Draft = {
    userId: newUser(),
    key: newKey(),
    fingerprint: 'f1',
    turn: 1,
    kind: 'subscribe',
    intent: 'intent',
    reference: `cf_${randomUUID()}`,
    status: 'pending',
    result: 'created',
    fromPlanId: null,
    toPlanId: planId,
    planVersion: 1,
    seat: false,
    subscriptionId: randomUUID(),
    amount: 1_900,
    creditApplied: 0,
    creditGranted: 0,
    currency: 'USD',
    periodStart: null,
    paymentMethod: 'pm_card_visa',
    terms: { price: { amount: 1_900, currency: 'USD' }, interval: 'month' },
    gateway: 'stripe',
    traceparent: null,
    happened: [{ type: 'recorded', data: {} }],
    ...wish,
  };
  keys.set(draft.reference, draft.key);
  return draft;
}

/** What settles it well. */
export function success({ id, fence, toPlanId }: Operation): Settlement {
  const start = new Date('2030-01-01T00:00:00Z');
  const change = {
    planId: toPlanId as string,
    status: 'active' as const,
    price: { amount: 1_900, currency: 'USD' },
    interval: 'month' as const,
    periodStart: start,
    periodEnd: new Date('2030-02-01T00:00:00Z'),
    anchorDay: 1,
  };
  return { id, fence, status: 'succeeded', gatewayReference: 'pi_1', change, happened };
}
