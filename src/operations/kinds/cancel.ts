import type { SubscriptionChange } from '../../subscriptions/subscription.entity.js';
import { NOTHING_DUE, UNCHANGED, type Agreed, type Decision, type Standing, type Wish, type WishKind } from './kind.js';
import { subscriptionOf } from './terms.js';

/** A subscriber leaves, at the end of what is paid for or at once. Nothing is charged and nothing given back. */
export const cancel: WishKind = {
  decide(wish: Wish, standing: Standing): Decision {
    const subscription = subscriptionOf(standing);
    // Of what is paused or not paid for there is nothing left to wait for.
    const idle = subscription.status === 'paused' || subscription.status === 'past_due';
    const at = idle ? 'now' : (wish.effective ?? 'period_end');
    if (at === 'period_end' && subscription.cancelAtPeriodEnd) return UNCHANGED;
    return { result: 'changed', ...NOTHING_DUE, currency: null, seat: false, terms: { at } };
  },

  becomes({ terms }: Agreed): SubscriptionChange {
    return terms.at === 'now' ? { status: 'canceled', pendingChange: null, nextAt: null } : { cancelAtPeriodEnd: true };
  },
};
