import type { Subscription, SubscriptionChange } from '../../subscriptions/subscription.entity.js';
import { NOTHING_DUE, UNCHANGED, type Agreed, type Decision, type Standing, type Wish, type WishKind } from './kind.js';
import { newPeriod, recorded, subscriptionOf } from './terms.js';

/** A subscriber takes a scheduled cancel back, or goes on after a pause. */
export const resume: WishKind = {
  /** After a pause a seat is needed again. In the period that was paid for nothing is due; after it a new one begins, at the price at which the plan is held. */
  decide(_wish: Wish, standing: Standing): Decision {
    const subscription = subscriptionOf(standing);
    if (subscription.status === 'paused') return standing.now < subscription.periodEnd ? goOn(subscription) : beginAnew(subscription);
    if (!subscription.cancelAtPeriodEnd) return UNCHANGED;
    return { result: 'changed', ...NOTHING_DUE, currency: null, seat: false, terms: {} };
  },

  becomes(agreed: Agreed, at: Date): SubscriptionChange {
    const { period, price } = agreed.terms;
    if (period) return { status: 'active', nextAt: new Date(period.end), cancelAtPeriodEnd: false };
    if (price) return { ...newPeriod(at, recorded(agreed).interval), cancelAtPeriodEnd: false };
    return { cancelAtPeriodEnd: false };
  },
};

function goOn({ periodStart, periodEnd }: Subscription): Decision {
  const period = { start: periodStart.toISOString(), end: periodEnd.toISOString() };
  return { result: 'changed', ...NOTHING_DUE, currency: null, seat: true, terms: { period } };
}

function beginAnew({ planId, price, interval }: Subscription): Decision {
  const lines = [{ type: 'plan' as const, planId, amount: price.amount }];
  const terms = { price, interval, description: `Resumed: ${planId}` };
  return { result: 'changed', due: price.amount, leftOver: 0, lines, currency: price.currency, seat: true, terms };
}
