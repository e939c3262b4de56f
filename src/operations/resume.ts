import type { SubscriptionChange } from '../subscriptions/subscription.entity.js';
import { NOTHING_DUE, UNCHANGED, type Decision, type Standing, type Wish, type WishKind } from './kind.js';
import { subscriptionOf } from './terms.js';

/** A subscriber takes a scheduled cancel back. */
export const resume: WishKind = {
  decide(_wish: Wish, standing: Standing): Decision {
    if (!subscriptionOf(standing).cancelAtPeriodEnd) return UNCHANGED;
    return { result: 'changed', ...NOTHING_DUE, currency: null, seat: false, terms: {} };
  },

  becomes(): SubscriptionChange {
    return { cancelAtPeriodEnd: false };
  },
};
