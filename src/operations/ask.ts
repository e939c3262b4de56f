import type { Act } from '../platform/audit/audit.js';
import type { EtagCondition } from '../platform/etag.js';
import { newId } from '../platform/ids.js';
import { intentOf, type Verb } from './intent.js';
import type { Decision, Wish } from './kinds/kind.js';
import type { Draft } from './draft.js';
import type { Seen } from './store/operation-store.js';
import type { Operation, WishedKind } from './operation.entity.js';
import { linesWith, type Payment } from './kinds/payment.js';
import type { Plan } from '../subscriptions/plan.entity.js';
import type { Subscription } from '../subscriptions/subscription.entity.js';

/** What a request asks for: who, what, and under which key. */
export interface Ask extends Wish {
  verb: Verb;
  userId: string;
  /** The idempotency key, bare. */
  key: string;
  /** Of method, route and canonical body. */
  fingerprint: string;
  planId?: string | undefined;
  /** The quote that the caller agreed to. */
  quoteId?: string | undefined;
  /** The subscription named in the path, where the route names one. */
  subscriptionId?: string | undefined;
  /** The subscription that the caller saw. */
  ifMatch: EtagCondition | null;
  /** Milliseconds that the caller is willing to wait for the outcome. */
  waitMs: number;
  /** The caller wants to be refused rather than to join what is in flight. */
  strict: boolean;
  requestId: string;
  traceparent: string | null;
  /** Who asks in the user's stead, and why. */
  act?: Act | undefined;
}

/** The operation that answers a request, and how the request came by it. */
export interface Met {
  operation: Operation;
  /** As it is now, as far as known; null when there is none. */
  subscription: Subscription | null;
  via: 'started' | 'joined' | 'replayed';
  /** What this process still does for it after the answer. Never rejects. */
  goesOn?: Promise<unknown>;
}

/** Whether two requests want the same thing, the payment method included. */
export function wantsTheSame(ask: Ask, { intent, namedCard }: Pick<Operation, 'intent' | 'namedCard'>): boolean {
  return intentOf(ask) === intent && (ask.paymentMethod ?? null) === namedCard;
}

/** What is recorded for a decision. */
export function draftOf(
  ask: Ask,
  seen: Seen,
  made: {
    kind: WishedKind;
    decision: Decision;
    payment: Payment;
    plan: Plan | null;
    reference: string;
    gateway: string;
    returnUrl: string;
    leased: boolean;
  },
): Draft {
  const { decision, payment, plan } = made;
  const { subscription } = seen;
  const savedCard = payment.amount > 0 && ask.paymentMethod === undefined;
  const nothing = decision.result === 'unchanged';
  return {
    userId: ask.userId,
    key: ask.key,
    fingerprint: ask.fingerprint,
    turn: (seen.last?.turn ?? 0) + 1,
    kind: made.kind,
    intent: intentOf(ask),
    reference: made.reference,
    status: nothing ? 'succeeded' : 'pending',
    result: decision.result,
    fromPlanId: subscription?.planId ?? null,
    toPlanId: plan?.id ?? (made.kind === 'renew' ? (subscription?.planId ?? null) : null),
    planVersion: plan?.version ?? null,
    seat: decision.seat && plan?.capacity != null,
    subscriptionId: subscription?.id ?? (made.kind === 'subscribe' ? newId() : null),
    ...payment,
    currency: decision.currency,
    periodStart: made.kind === 'renew' ? (decision.terms.period?.start ?? subscription?.periodEnd.toISOString() ?? null) : null,
    paymentMethod: savedCard ? (subscription?.paymentMethod ?? null) : (ask.paymentMethod ?? null),
    terms: {
      ...decision.terms,
      ...(decision.due > 0 ? { lines: linesWith(payment, decision.lines) } : {}),
      // Sent again exactly like this: what is only known at the time of the call may differ from one attempt to the next.
      ...(payment.amount > 0 ? { returnUrl: made.returnUrl } : {}),
      ...(payment.amount > 0 && subscription?.customer ? { customer: subscription.customer } : {}),
      ...(savedCard ? { savedCard } : {}),
    },
    gateway: made.gateway,
    traceparent: ask.traceparent,
    happened: [
      { type: 'recorded', data: { requestId: ask.requestId, kind: made.kind, ...payment } },
      ...(made.leased ? [] : [{ type: 'lease.unavailable' as const, data: {} }]),
    ],
  };
}
