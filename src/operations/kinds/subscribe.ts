import { Problem } from '../../platform/problems/problem.js';
import { endOf } from '../../subscriptions/proration.js';
import type { SubscriptionChange } from '../../subscriptions/subscription.entity.js';
import type { Agreed, Decision, Standing, Wish, WishKind } from './kind.js';
import { planAskedFor, recorded } from './terms.js';

const DAY_MS = 86_400_000;

/** A user without a subscription takes a plan. */
export const subscribe: WishKind = {
  /** The full price is due at once, or nothing where the plan is free or begins with a trial; a user gets one trial, ever. */
  decide(_wish: Wish, standing: Standing): Decision {
    const { subscription, hadSubscription } = standing;
    if (subscription) throw new Problem('already-subscribed', { embedded: { subscription } });
    const plan = planAskedFor(standing);
    const trialDays = hadSubscription ? 0 : plan.trialDays;
    const due = trialDays > 0 ? 0 : plan.priceAmount;
    return {
      result: 'created',
      due,
      leftOver: 0,
      lines: trialDays > 0 ? [] : [{ type: 'plan', planId: plan.id, amount: due }],
      currency: plan.priceCurrency,
      seat: true,
      terms: { price: plan.price, interval: plan.interval, trialDays, description: `Subscription: ${plan.id}` },
    };
  },

  /** The first period begins when the money came, not when it was asked for. */
  becomes(agreed: Agreed, at: Date): SubscriptionChange {
    const { price, interval, trialDays } = recorded(agreed);
    const periodEnd = trialDays > 0 ? new Date(at.getTime() + trialDays * DAY_MS) : endOf(at, interval);
    return {
      planId: agreed.toPlanId as string,
      status: trialDays > 0 ? 'trialing' : 'active',
      price,
      interval,
      periodStart: at,
      periodEnd,
      // The periods that are paid for begin when the trial ends.
      anchorDay: (trialDays > 0 ? periodEnd : at).getUTCDate(),
      nextAt: periodEnd,
    };
  },
};
