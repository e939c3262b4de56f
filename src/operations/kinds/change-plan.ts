import { Problem } from '../../platform/problems/problem.js';
import type { Plan } from '../../subscriptions/plan.entity.js';
import { changeAt, linesOf } from '../../subscriptions/proration.js';
import type { Subscription, SubscriptionChange } from '../../subscriptions/subscription.entity.js';
import { NOTHING_DUE, UNCHANGED, type Agreed, type Decision, type Standing, type Wish, type WishKind } from './kind.js';
import type { Terms } from '../operation.entity.js';
import { newPeriod, planAskedFor, recorded, runningOf } from './terms.js';

/** A subscriber takes another plan. Pay first: the old plan stays until the new one is paid for. */
export const changePlan: WishKind = {
  /**
   * A step up is charged and made now. A step down waits for the end of the period, or is made now where that is asked for, and what is left over becomes
   * credit. The plan already held is left unchanged.
   */
  decide(wish: Wish, standing: Standing): Decision {
    const subscription = runningOf(standing);
    if (standing.plan?.id === subscription.planId) return subscription.pendingChange ? stay(subscription) : UNCHANGED;
    const plan = planAskedFor(standing);
    if (plan.priceCurrency !== subscription.priceCurrency) throw new Problem('currency-mismatch');
    const change = changeAt(subscription, plan, running(subscription), standing.now);
    if (subscription.status === 'trialing') return atOnce(plan, NOTHING_DUE, true);
    if ((wish.effective ?? (change.direction === 'down' ? 'period_end' : 'now')) === 'period_end') {
      return subscription.pendingChange?.planId === plan.id ? UNCHANGED : later(plan);
    }
    return atOnce(plan, { ...change, lines: linesOf(change, subscription.planId, plan.id) }, keepsPeriod(subscription, plan));
  },

  becomes(agreed: Agreed, at: Date): SubscriptionChange {
    const { price, interval, at: when, keepPeriod } = recorded(agreed);
    const planId = agreed.toPlanId as string;
    if (when === 'period_end') return { pendingChange: { planId, price, interval } };
    const change: SubscriptionChange = { planId, price, interval, pendingChange: null };
    return keepPeriod ? change : { ...change, ...newPeriod(at, interval) };
  },
};

/** Takes a scheduled change back by asking for the plan that is held, at the price at which it is held. */
function stay({ price, interval }: Subscription): Decision {
  const terms: Terms = { price, interval, at: 'now', keepPeriod: true };
  return { result: 'changed', ...NOTHING_DUE, currency: price.currency, seat: false, terms };
}

function later(plan: Plan): Decision {
  return {
    result: 'changed',
    ...NOTHING_DUE,
    currency: plan.priceCurrency,
    seat: false,
    terms: { ...tariff(plan), at: 'period_end' },
  };
}

function atOnce(plan: Plan, { due, leftOver, lines }: Pick<Decision, 'due' | 'leftOver' | 'lines'>, keepPeriod: boolean): Decision {
  const terms: Terms = { ...tariff(plan), at: 'now', keepPeriod, description: `Change of plan: ${plan.id}` };
  return { result: 'changed', due, leftOver, lines, currency: plan.priceCurrency, seat: true, terms };
}

function tariff(plan: Plan): Pick<Terms, 'price' | 'interval'> {
  return { price: plan.price, interval: plan.interval };
}

function keepsPeriod(subscription: Subscription, plan: Plan): boolean {
  return subscription.priceAmount > 0 && subscription.interval === plan.interval;
}

function running(subscription: Subscription): { start: Date; end: Date } {
  return { start: subscription.periodStart, end: subscription.periodEnd };
}
