import type {
  CancelOutcome,
  ChargeOutcome,
  FindOutcome,
  FindRefundOutcome,
  GatewayAbilities,
  RefundOutcome,
} from '../gateways/payment-gateway.js';
import { newId } from '../platform/ids.js';
import { KINDS } from './kinds.js';
import type { Settlement } from './operation-store.js';
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
/** How long the customer may take to authenticate. */
export const ACTION_TTL_MS = 3_600_000;
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

export type Verdict = Pick<Settlement, 'status' | 'gatewayReference' | 'problem' | 'nextAction'>;

/** What an outcome at the gateway makes of an operation. Only an explicit success or an explicit refusal ends it. */
export function verdictOf(outcome: Outcome, held: Held): Verdict {
  switch (outcome.kind) {
    case 'charged':
    case 'refunded':
      return { status: 'succeeded', gatewayReference: outcome.gatewayReference };
    case 'declined':
      return { status: 'failed', problem: declined(outcome) };
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

/** The verdict and, with success, what becomes true of the subscription. */
export function settlementOf(operation: Operation, verdict: Verdict, now: Date, happened: Omit<Happening, 'at'>[]): Settlement {
  const moved = { type: 'settled' as const, data: { status: verdict.status } };
  const settlement = { ...verdict, id: operation.id, fence: operation.fence, happened: [...happened, moved] };
  const change = verdict.status === 'succeeded' ? KINDS[operation.kind].becomes(operation, now) : null;
  if (!change) return settlement;
  // Who subscribes has no subscription that could be gone.
  const paysForChange = operation.amount > 0 && operation.kind !== 'subscribe';
  return { ...settlement, change, ...(paysForChange ? { refundId: newId() } : {}) };
}

/** What the gateway answered, for the timeline. */
export function answered(step: Step, outcome: Outcome, durationMs: number): Omit<Happening, 'at'> {
  const { evidence, ...said } = outcome;
  return { type: 'gateway.answered', data: { asked: step, outcome: said, durationMs: Math.round(durationMs), ...evidence } };
}

function doubt({ operation, last }: Held): Verdict {
  if (last) return { status: 'needs_review' };
  if (operation.status === 'requires_action' && operation.nextAction)
    return { status: 'requires_action', nextAction: operation.nextAction };
  return { status: operation.status === 'needs_review' ? 'needs_review' : 'unknown' };
}

function awaitingCustomer(outcome: { gatewayReference: string; url: string }, { operation, now }: Held): Verdict {
  const nextAction = operation.nextAction ?? {
    type: 'redirect' as const,
    url: outcome.url,
    expiresAt: new Date(now.getTime() + ACTION_TTL_MS).toISOString(),
  };
  return { status: 'requires_action', gatewayReference: outcome.gatewayReference, nextAction };
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
