import type { SubscriptionChange } from '../subscriptions/subscription.entity.js';
import { UNCHANGED, type Decision, type Kind, type Standing, type Wish } from './kind.js';
import { subscriptionOf } from './terms.js';

/** A subscriber takes a scheduled cancel back. */
export const resume: Kind = {
  decide(_wish: Wish, standing: Standing): Decision {
    if (!subscriptionOf(standing).cancelAtPeriodEnd) return UNCHANGED;
    return { result: 'changed', amount: 0, currency: null, seat: false, terms: {} };
  },

  becomes(): SubscriptionChange {
    return { cancelAtPeriodEnd: false };
  },
};
