import { Problem } from '../../platform/problems/problem.js';
import type { SubscriptionChange } from '../../subscriptions/subscription.entity.js';
import { NOTHING_DUE, UNCHANGED, type Decision, type Standing, type Wish, type WishKind } from './kind.js';
import { subscriptionOf } from './terms.js';

/** A subscriber stops for a while: nothing is charged, and the seat is free for others. What was paid for is there until the period ends. */
export const pause: WishKind = {
  /** Only what is paid for can be paused: a trial is left to end, and a debt is paid or canceled. */
  decide(_wish: Wish, standing: Standing): Decision {
    const subscription = subscriptionOf(standing);
    if (subscription.status === 'paused') return UNCHANGED;
    if (subscription.status !== 'active') throw new Problem('subscription-not-pausable', { embedded: { subscription } });
    return { result: 'changed', ...NOTHING_DUE, currency: null, seat: false, terms: {} };
  },

  becomes(): SubscriptionChange {
    return { status: 'paused', nextAt: null };
  },
};
