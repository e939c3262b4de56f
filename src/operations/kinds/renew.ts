import { Problem } from '../../platform/problems/problem.js';
import { afterDecline, afterNoAnswer, ended, isHardDecline } from '../../subscriptions/dunning.js';
import { endOf } from '../../subscriptions/proration.js';
import type { Subscription, SubscriptionChange } from '../../subscriptions/subscription.entity.js';
import { NOTHING_DUE, type Agreed, type Decision, type Ended, type Standing, type Wish, type WishKind } from './kind.js';
import type { Terms } from '../operation.entity.js';
import { creditIn } from './payment.js';
import { recorded, subscriptionOf } from './terms.js';

/** How soon a renewal is tried again that the gateway proves not to have tried: it is no decline. Twice as long each time, up to a day. */
const UNTRIED_RETRY_MS = 600_000;
const UNTRIED_RETRY_MAX_MS = 86_400_000;

/**
 * A period is over: the next one is paid for, and whatever was to happen at its end happens with it. Time asks for it, once per period, or the customer, who
 * pays what was declined.
 */
export const renew: WishKind = {
  decide(wish: Wish, standing: Standing): Decision {
    const subscription = subscriptionOf(standing);
    refuseUnlessDue(wish, subscription, standing.now);
    if (wish.due) {
      if (subscription.cancelAtPeriodEnd) return instead('canceled');
      const card = subscription.paymentMethod;
      if (card !== null && card === subscription.pastDue?.deadCard)
        return instead(standing.dunning.end === 'cancel' ? 'canceled' : 'paused');
      const decision = nextPeriod(wish, subscription, standing);
      return card === null && decision.due > creditIn(decision.currency, standing.credit) ? instead('paused') : decision;
    }
    return nextPeriod(wish, subscription, standing);
  },

  becomes(agreed: Agreed): SubscriptionChange {
    const { ends, period } = agreed.terms;
    if (ends) return { ...ended(ends === 'canceled' ? 'cancel' : 'pause'), cancelAtPeriodEnd: false };
    if (!period) throw new Error('a renewal was recorded without its period');
    const { price, interval } = recorded(agreed);
    const [periodStart, periodEnd] = [new Date(period.start), new Date(period.end)];
    const paid = { status: 'active' as const, periodStart, periodEnd, nextAt: periodEnd, renewalAttempts: 0, pastDue: null };
    return { ...paid, planId: agreed.toPlanId as string, price, interval, pendingChange: null };
  },

  /** A decline is dunning's. What never reached the gateway says nothing of the card, and a customer who tried to pay is where they were. */
  failing({ terms, paymentMethod }: Agreed, { at, problem }: Ended): SubscriptionChange | null {
    const { dunning, renewalAttempt } = terms;
    if (!dunning) return null;
    const renewalAttempts = (renewalAttempt ?? 0) + 1;
    if (problem?.code === 'gateway-unavailable') {
      const waitMs = Math.min(UNTRIED_RETRY_MS * 2 ** (renewalAttempts - 1), UNTRIED_RETRY_MAX_MS);
      return { nextAt: new Date(at.getTime() + waitMs), renewalAttempts };
    }
    if (problem === null) return { ...afterNoAnswer(dunning, paymentMethod, at), renewalAttempts };
    const hard = problem.code === 'payment-method-invalid' || isHardDecline(problem.declineCode ?? '');
    return { ...afterDecline(dunning, paymentMethod, hard, at), renewalAttempts };
  },
};

/** A renewal that time asks for is of the period that it saw, so that whoever sees it late renews nothing else. */
function refuseUnlessDue({ due }: Wish, subscription: Subscription, now: Date): void {
  const { status, periodEnd, nextAt, renewalAttempts } = subscription;
  const isDue = due
    ? nextAt !== null && nextAt <= now && due.periodEnd === periodEnd.toISOString() && due.attempts === renewalAttempts
    : status === 'past_due';
  if (!isDue) throw new Problem('nothing-due', { embedded: { subscription } });
}

/** The period after the one that is over, on the plan that was to follow. */
function nextPeriod({ due }: Wish, subscription: Subscription, { dunning, planFull }: Standing): Decision {
  const { planId, periodEnd, anchorDay, pendingChange, pastDue, renewalAttempts } = subscription;
  const change = planFull ? null : pendingChange;
  const { price, interval } = change ?? subscription;
  const period = { start: periodEnd.toISOString(), end: endOf(periodEnd, interval, anchorDay).toISOString() };
  const of = change?.planId ?? planId;
  const byTime: Terms = due ? { offSession: true, dunning: { ...dunning, pastDue }, renewalAttempt: renewalAttempts } : {};
  const dropped: Terms = pendingChange && planFull ? { droppedChange: { planId: pendingChange.planId, reason: 'plan-full' } } : {};
  return {
    result: change ? 'changed' : 'renewed',
    due: price.amount,
    leftOver: 0,
    lines: [{ type: 'plan', planId: of, amount: price.amount }],
    currency: price.currency,
    seat: change !== null && change.planId !== planId,
    terms: { price, interval, period, description: `Renewal: ${of}`, ...byTime, ...dropped },
  };
}

function instead(ends: 'canceled' | 'paused'): Decision {
  return { result: ends, ...NOTHING_DUE, currency: null, seat: false, terms: { ends } };
}
