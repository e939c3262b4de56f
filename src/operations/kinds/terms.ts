import { Problem } from '../../platform/problems/problem.js';
import type { Interval, Plan } from '../../subscriptions/plan.entity.js';
import { endOf } from '../../subscriptions/proration.js';
import type { Subscription, SubscriptionChange } from '../../subscriptions/subscription.entity.js';
import type { Agreed, Standing } from './kind.js';
import type { Terms } from '../operation.entity.js';

/** The plan that a decision is about. Refuses with `plan-not-found` what is not on sale. */
export function planAskedFor({ plan }: Standing): Plan {
  if (!plan?.onSale) throw new Problem('plan-not-found');
  return plan;
}

/** The subscription that a decision is about. Refuses with `not-subscribed`. */
export function subscriptionOf({ subscription }: Standing): Subscription {
  if (!subscription) throw new Problem('not-subscribed');
  return subscription;
}

/** … that is not paused. Refuses with `subscription-paused`. */
export function runningOf(standing: Standing): Subscription {
  const subscription = subscriptionOf(standing);
  if (subscription.status === 'paused') throw new Problem('subscription-paused', { embedded: { subscription } });
  return subscription;
}

/** A period that begins at `at` and is paid for. */
export function newPeriod(at: Date, interval: Interval): SubscriptionChange {
  const periodEnd = endOf(at, interval);
  return { status: 'active', periodStart: at, periodEnd, anchorDay: at.getUTCDate(), nextAt: periodEnd, renewalAttempts: 0, pastDue: null };
}

/** What a charge says beside its amount, as it was recorded: a gateway refuses the same key with other parameters. */
export function chargeTerms({
  kind,
  terms,
}: Agreed): Required<Pick<Terms, 'description' | 'returnUrl'>> & Pick<Terms, 'customer' | 'offSession'> {
  const { description, returnUrl, customer, offSession } = terms;
  if (description === undefined || returnUrl === undefined)
    throw new Error(`an operation of kind ${kind} was recorded without what its charge says`);
  return { description, returnUrl, ...(customer ? { customer } : {}), ...(offSession ? { offSession } : {}) };
}

/** The terms of a recorded change of plan or subscribe, complete. */
export function recorded({ kind, terms }: Agreed): Terms & Required<Pick<Terms, 'price' | 'interval' | 'trialDays'>> {
  const { price, interval, trialDays } = terms;
  if (!price || !interval) throw new Error(`an operation of kind ${kind} was recorded without terms`);
  return { ...terms, price, interval, trialDays: trialDays ?? 0 };
}
