import type {
  CancelOutcome,
  ChargeOutcome,
  FindOutcome,
  FindRefundOutcome,
  GatewayAbilities,
  RefundOutcome,
} from '../gateways/payment-gateway.js';
import { newId } from '../platform/ids.js';
import type { SubscriptionChange } from '../subscriptions/subscription.entity.js';
import { KINDS } from './kinds/kinds.js';
import type { Settlement } from './store/operation-store.js';
import type { Failure, Operation } from './operation.entity.js';
import { isOpen } from './states.js';
import type { Happening } from './timeline.js';

/** An operation in the hands of somebody who holds its fence. */
export interface Held {
  operation: Operation;
  /** The database's clock when the fence was taken. */
  now: Date;
  /** No check follows this one. */
  last: boolean;
  /** Nobody can have called the gateway for it before. */
  first: boolean;
  /** It is to be ended at the gateway. */
  cancel: boolean;
}

export type Step = 'settle' | 'charge' | 'find' | 'cancel' | 'refund' | 'find_refund';
export type Outcome = ChargeOutcome | FindOutcome | CancelOutcome | RefundOutcome | FindRefundOutcome;

/** Stripe and BlueSnap promise that a key lives 24 h; an hour is left for clocks and queues. */
const KEY_MARGIN_MS = 3_600_000;
/** How long the customer may take to authenticate: who asked is there; who has to be told of a renewal comes back within the day. */
export const ACTION_TTL_MS = 3_600_000;
const RENEWAL_ACTION_TTL_MS = 23 * 3_600_000;
/** Said to a caller whose request is proven not to have reached the gateway, when the gateway names no time. */
const UNREACHABLE_RETRY_SECONDS = 5;

/** What to do next with an operation. While the gateway remembers our key, what was recorded is sent again exactly; afterwards it is only looked for. */
export function nextStep({ operation, now, first, cancel }: Held, abilities: GatewayAbilities): Step {
  if (operation.amount === 0) return 'settle';
  if (operation.status === 'requires_action') {
    const expiresAt = operation.nextAction ? Date.parse(operation.nextAction.expiresAt) : 0;
    return cancel || expiresAt <= now.getTime() ? 'cancel' : 'find';
  }
  const age = now.getTime() - operation.createdAt.getTime();
  const keyLives = abilities.idempotency !== null && age < abilities.idempotency.ttlMs - KEY_MARGIN_MS;
  if (operation.kind === 'refund') return keyLives ? 'refund' : 'find_refund';
  return first || keyLives ? 'charge' : 'find';
}

export interface Verdict extends Pick<Settlement, 'status' | 'gatewayReference' | 'problem' | 'nextAction'> {
  /** The gateway's id under which the card that was charged can be charged again. */
  paymentMethod?: string;
  /** The gateway does not have the customer for whom the card was kept. */
  customerIsGone?: true;
}

/** What an outcome at the gateway makes of an operation. Only an explicit success or an explicit refusal ends it. */
export function verdictOf(outcome: Outcome, held: Held): Verdict {
  switch (outcome.kind) {
    case 'charged':
      return {
        status: 'succeeded',
        gatewayReference: outcome.gatewayReference,
        ...('paymentMethod' in outcome && outcome.paymentMethod ? { paymentMethod: outcome.paymentMethod } : {}),
      };
    case 'refunded':
      return { status: 'succeeded', gatewayReference: outcome.gatewayReference };
    case 'declined':
      return {
        status: 'failed',
        problem: declined(outcome),
        ...('customerIsGone' in outcome && outcome.customerIsGone ? { customerIsGone: true } : {}),
      };
    case 'canceled':
      return { status: 'canceled' };
    case 'requires_action':
      return awaitingCustomer(outcome, held);
    case 'not_charged':
      return held.first ? { status: 'failed', problem: unavailable(outcome) } : doubt(held);
    case 'refused':
      return { status: 'needs_review' };
    case 'not_found':
    case 'not_refunded':
    case 'unknown':
      return doubt(held);
  }
}

/** Whether a verdict ends the operation whoever else was at it: that one attempt did not reach the gateway says nothing of the others. */
export function isConclusive({ status, problem }: Verdict): boolean {
  return !isOpen(status) && problem?.code !== 'gateway-unavailable';
}

/** The verdict and, where the operation ends, what becomes true of the subscription. */
export function settlementOf(operation: Operation, verdict: Verdict, now: Date, happened: Omit<Happening, 'at'>[]): Settlement {
  const moved = { type: 'settled' as const, data: { status: verdict.status } };
  const { paymentMethod, customerIsGone, ...moves } = verdict;
  const settlement = { id: operation.id, fence: operation.fence, happened: [...happened, moved], ...moves, ...newcomerOf(operation) };
  if (verdict.status === 'failed' || verdict.status === 'canceled') {
    const failing = KINDS[operation.kind].failing?.(operation, { at: now, problem: verdict.problem ?? null });
    // The card is to be kept again then, which makes another customer.
    const change = customerIsGone ? { ...failing, customer: null } : failing;
    return change ? { change, ...settlement } : settlement;
  }
  const becomes = verdict.status === 'succeeded' ? KINDS[operation.kind].becomes(operation, now) : null;
  if (!becomes) return settlement;
  const change = Object.assign({}, becomes, cardToRemember(operation, paymentMethod ?? operation.paymentMethod));
  // Who subscribes has no subscription that could be gone.
  const paysForChange = operation.amount > 0 && operation.kind !== 'subscribe';
  return { change, ...settlement, ...(paysForChange ? { refundId: newId() } : {}) };
}

/** By what was recorded of it, and never changes. */
export function newcomerOf(operation: Operation): Pick<Settlement, 'newcomer'> {
  const { kind, creditApplied, creditGranted } = operation;
  return kind === 'subscribe' && creditApplied + creditGranted === 0 ? { newcomer: operation } : {};
}

/** A card that the customer named and that was charged, or that a subscription begins with. It is kept for the customer whom the charge named, or is to be kept. */
function cardToRemember(
  { kind, amount, namedCard, terms }: Operation,
  card: string | null,
): Pick<SubscriptionChange, 'paymentMethod' | 'customer'> {
  if (namedCard === null || card === null || (amount === 0 && kind !== 'subscribe')) return {};
  return { paymentMethod: card, ...(terms.customer ? {} : { customer: null }) };
}

/** What the gateway answered, for the timeline. */
export function answered(step: Step, outcome: Outcome, durationMs: number): Omit<Happening, 'at'> {
  const { evidence, ...said } = outcome;
  return { type: 'gateway.answered', data: { asked: step, outcome: said, durationMs: Math.round(durationMs), ...evidence } };
}

/** A customer who still has time is waited for; whatever else was not answered at the last check is for a person. */
function doubt({ operation, last, now }: Held): Verdict {
  const { status, nextAction } = operation;
  if (status === 'requires_action' && nextAction && (!last || Date.parse(nextAction.expiresAt) > now.getTime()))
    return { status, nextAction };
  if (last) return { status: 'needs_review' };
  return { status: status === 'needs_review' ? 'needs_review' : 'unknown' };
}

function awaitingCustomer(outcome: { gatewayReference: string; url: string }, { operation, now }: Held): Verdict {
  const nextAction = operation.nextAction ?? {
    type: 'redirect' as const,
    url: outcome.url,
    expiresAt: new Date(actionExpiresMs(operation, now)).toISOString(),
  };
  return { status: 'requires_action', gatewayReference: outcome.gatewayReference, nextAction };
}

/** Within the schedule of checks, which begins with the operation, so that it is looked after until then. */
function actionExpiresMs({ terms, createdAt }: Operation, now: Date): number {
  const soonest = now.getTime() + ACTION_TTL_MS;
  return terms.offSession ? Math.max(soonest, createdAt.getTime() + RENEWAL_ACTION_TTL_MS) : soonest;
}

function declined({ problem, declineCode }: { problem: 'payment-declined' | 'payment-method-invalid'; declineCode: string }): Failure {
  return { code: problem, detail: `The gateway refused the charge: ${declineCode}.`, declineCode };
}

function unavailable(outcome: ChargeOutcome & { kind: 'not_charged' }): Failure {
  const reason = {
    unreachable: 'The gateway could not be reached.',
    credentials: 'The gateway refused the credentials of this service.',
    rate_limited: 'The gateway asked to slow down.',
    refused: 'The gateway refused the request as such.',
  }[outcome.why];
  return {
    code: 'gateway-unavailable',
    detail: `${reason} Nothing was charged.`,
    retryAfterSeconds: outcome.retryAfterSeconds ?? UNREACHABLE_RETRY_SECONDS,
  };
}
