import { Problem } from '../platform/problems/problem.js';
import type { Plan } from '../subscriptions/plan.entity.js';
import type { Subscription } from '../subscriptions/subscription.entity.js';
import type { Agreed, Standing } from './kind.js';
import type { Terms } from './operation.entity.js';

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

/** What a charge says beside its amount, as it was recorded: a gateway refuses the same key with other parameters. */
export function chargeTerms({ kind, terms }: Agreed): Required<Pick<Terms, 'description' | 'returnUrl'>> {
  const { description, returnUrl } = terms;
  if (description === undefined || returnUrl === undefined)
    throw new Error(`an operation of kind ${kind} was recorded without what its charge says`);
  return { description, returnUrl };
}

/** The terms of a recorded change of plan or subscribe, complete. */
export function recorded({ kind, terms }: Agreed): Terms & Required<Pick<Terms, 'price' | 'interval' | 'trialDays'>> {
  const { price, interval, trialDays } = terms;
  if (!price || !interval) throw new Error(`an operation of kind ${kind} was recorded without terms`);
  return { ...terms, price, interval, trialDays: trialDays ?? 0 };
}
