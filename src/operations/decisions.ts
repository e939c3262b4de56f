import { etagOf, holds } from '../platform/etag.js';
import { newId } from '../platform/ids.js';
import { Problem } from '../platform/problems/problem.js';
import type { DunningPolicy } from '../subscriptions/dunning.js';
import type { Subscription } from '../subscriptions/subscription.entity.js';
import { alternativesTo, familyIn, planOfFamily, seatsLeft } from '../subscriptions/families.js';
import type { Plan } from '../subscriptions/plan.entity.js';
import type { Plans } from '../subscriptions/plans.js';
import { draftOf, type Ask } from './ask.js';
import type { Decision, Standing, Wish } from './kinds/kind.js';
import { kindFor, WISHES } from './kinds/kinds.js';
import type { Draft } from './draft.js';
import type { Seen } from './store/operation-store.js';
import type { WishedKind } from './operation.entity.js';
import { creditIn, linesWith, paymentOf, type Payment } from './kinds/payment.js';
import { Quote } from './quote.entity.js';
import type { Quotes } from './quotes.js';

/** How long a customer may think about a quote. */
const QUOTE_TTL_MS = 15 * 60_000;

export interface DecisionsParts {
  plans: Plans;
  quotes: Quotes;
  /** The name of the gateway that new operations are charged at. */
  gateway: string;
  /** Where a customer's browser returns to after authenticating. */
  returnUrl: string;
  dunning: DunningPolicy;
}

export interface Drafting {
  reference: string;
  /** The user's lease is held. */
  leased: boolean;
  /** The plan that a scheduled change leads to has no seat. */
  planFull?: boolean;
}

/** What a quote is asked for. */
export interface QuoteAsk extends Pick<Wish, 'effective'> {
  userId: string;
  /** A plan, or a family of plans. */
  planId: string;
}

/** Decides what is asked on what was seen. Reads the catalogue and quotes, writes no operation; throws the Problem that refuses. */
export class Decisions {
  constructor(private readonly parts: DecisionsParts) {}

  /** In the order of the contract: what the caller saw, the plan, the terms, the means to pay. */
  async draft(ask: Ask, seen: Seen, { reference, leased, planFull = false }: Drafting): Promise<Draft> {
    const { subscription } = seen;
    if (ask.subscriptionId && subscription?.id !== ask.subscriptionId) throw new Problem('not-found');
    if (ask.ifMatch && !holds(ask.ifMatch, subscription && etagOf(subscription.version))) {
      const headers = subscription ? { etag: etagOf(subscription.version) } : {};
      throw new Problem('subscription-changed', { embedded: { subscription }, headers });
    }
    const kind = kindFor(ask.verb, seen);
    const planId = ask.planId ?? planConcerned(kind, subscription, planFull);
    const plan = planId === null ? null : await this.planFor(planId, seen);
    const { gateway, returnUrl, dunning } = this.parts;
    const { decision, payment } = ask.quoteId
      ? await this.asQuoted(ask, seen, plan as Plan)
      : decided(kind, ask, { plan, dunning, planFull, ...seen });
    if (payment.amount > 0 && !(ask.paymentMethod ?? subscription?.paymentMethod)) throw new Problem('payment-method-required');
    return draftOf(ask, seen, { kind, decision, payment, plan, reference, gateway, returnUrl, leased });
  }

  /** What being on a plan would cost at this moment. Refuses what would be refused, except that a full plan is quoted with no seat left. */
  async quote(ask: QuoteAsk, seen: Seen): Promise<Quote> {
    const { now, subscription } = seen;
    const plan = await this.planFor(ask.planId, seen);
    const kind = kindFor('put_subscription', seen);
    const { decision, payment } = decided(kind, ask, { ...seen, plan, dunning: this.parts.dunning });
    const { amount, creditApplied } = payment;
    return this.parts.quotes.keep(
      Object.assign(new Quote(), {
        id: newId(),
        userId: ask.userId,
        kind,
        asked: ask.planId,
        effective: ask.effective ?? null,
        planId: plan.id,
        planVersion: plan.version,
        subscriptionId: subscription?.id ?? null,
        subscriptionVersion: subscription?.version ?? null,
        lines: linesWith(payment, decision.lines),
        due: amount,
        creditApplied,
        currency: plan.priceCurrency,
        next: nextCharge(plan, decision, seen),
        seatsLeft: seatsLeft(plan),
        createdAt: now,
        expiresAt: new Date(now.getTime() + QUOTE_TTL_MS),
      }),
    );
  }

  /** The refusal of a plan without a seat, with what could be had instead, as it is at this moment. */
  async full({ toPlanId }: Draft, { subscription }: Seen): Promise<Problem> {
    const plan = await this.parts.plans.find(toPlanId as string);
    const family = plan?.family ? await this.parts.plans.inFamily(plan.family) : [];
    const alternatives = plan ? alternativesTo(plan, family, subscription?.planId ?? null) : [];
    return new Problem('plan-full', { embedded: { alternatives } });
  }

  /** The catalogue has changed since it was read. */
  forgetPlans(): void {
    this.parts.plans.forget();
  }

  /** The plan that is asked for, by its own name or by that of its family. Throws `plan-not-found`, and `plan-full` for a family without a seat. */
  private async planFor(planId: string, { subscription }: Seen): Promise<Plan> {
    const family = familyIn(planId);
    if (family === null) return (await this.parts.plans.find(planId)) ?? refuse(new Problem('plan-not-found'));
    const plan = planOfFamily(await this.parts.plans.inFamily(family), subscription?.planId ?? null);
    return plan ?? refuse(plan === null ? new Problem('plan-full', { embedded: { alternatives: [] } }) : new Problem('plan-not-found'));
  }

  /** Decided once more for the moment of the quote, on what it rests on: that is the amount that was shown, or the quote no longer holds. */
  private async asQuoted(ask: Ask, seen: Seen, plan: Plan): Promise<Decided> {
    const quote = await this.parts.quotes.find(ask.quoteId as string, ask.userId);
    if (quote && isOf(quote, ask, seen, plan)) {
      const { creditApplied } = quote;
      const decision = WISHES[quote.kind].decide(ask, { ...seen, plan, now: quote.createdAt, dunning: this.parts.dunning });
      const payment = paymentOf(decision, creditApplied);
      if (payment.amount === quote.due && creditApplied <= creditIn(decision.currency, seen.credit)) return { decision, payment };
    }
    const fresh = await this.quote({ userId: ask.userId, planId: ask.planId as string, effective: ask.effective }, seen);
    throw new Problem('quote-stale', { embedded: { quote: fresh } });
  }
}

interface Decided {
  decision: Decision;
  payment: Payment;
}

/** The plan of a wish that names none: the one that a seat may be needed of. */
function planConcerned(kind: WishedKind, subscription: Subscription | null, planFull: boolean): string | null {
  if (kind === 'resume' && subscription?.status === 'paused') return subscription.planId;
  return kind === 'renew' && !planFull ? (subscription?.pendingChange?.planId ?? null) : null;
}

function decided(kind: WishedKind, wish: Wish, standing: Standing): Decided {
  const decision = WISHES[kind].decide(wish, standing);
  return { decision, payment: paymentOf(decision, creditIn(decision.currency, standing.credit)) };
}

/** Whether a quote is about this wish, and all that it rests on is as it was. */
function isOf(quote: Quote, ask: Ask, { now, subscription }: Seen, plan: Plan): boolean {
  return (
    now < quote.expiresAt &&
    quote.kind === (subscription ? 'change_plan' : 'subscribe') &&
    quote.asked === ask.planId &&
    quote.effective === (ask.effective ?? null) &&
    quote.planId === plan.id &&
    quote.planVersion === plan.version &&
    quote.subscriptionId === (subscription?.id ?? null) &&
    quote.subscriptionVersion === (subscription?.version ?? null)
  );
}

/** What is charged next and when, once the decision has become true. */
function nextCharge(plan: Plan, { result, terms }: Decision, { now, subscription }: Seen): Quote['next'] {
  const kind = subscription ? 'change_plan' : 'subscribe';
  const change = result === 'unchanged' ? {} : WISHES[kind].becomes({ kind, toPlanId: plan.id, paymentMethod: null, terms }, now);
  const end = change.periodEnd ?? subscription?.periodEnd ?? now;
  const price = change.pendingChange?.price ?? change.price ?? subscription?.price ?? plan.price;
  return { at: end.toISOString(), amount: price.amount };
}

function refuse(problem: Problem): never {
  throw problem;
}
