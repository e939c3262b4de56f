import { newId } from './ids.js';
import type { SandboxEvent } from './outcome.js';
import type { Intent, PaymentError } from './records.js';
import type { CardBehaviour } from './test-methods.js';

/** The state machine of https://docs.stripe.com/payments/paymentintents/lifecycle, without capture by hand. Pure. */
export interface Moved {
  intent: Intent;
  event: SandboxEvent | null;
}

/** A step that the intent's status does not allow. Stripe answers 400 `payment_intent_unexpected_state` with the intent. */
export interface Unexpected {
  unexpected: string;
}

export type CreateIntent = Pick<
  Intent,
  | 'amount'
  | 'currency'
  | 'metadata'
  | 'description'
  | 'customer'
  | 'paymentMethod'
  | 'paymentMethodTypes'
  | 'setupFutureUsage'
  | 'returnUrl'
  | 'idempotencyKey'
  | 'offSession'
>;

export function createdIntent(asked: CreateIntent, now: number): Intent {
  const id = newId('pi');
  return {
    ...asked,
    id,
    clientSecret: `${id}_${newId('secret')}`,
    status: asked.paymentMethod === null ? 'requires_payment_method' : 'requires_confirmation',
    createdAt: now,
    canceledAt: null,
    cancellationReason: null,
    charge: null,
    amountRefunded: 0,
    lastError: null,
    attempts: 0,
  };
}

/** `offSession`: nobody is there to authenticate, so that a card which asks for it declines. */
export function confirmed(intent: Intent, card: CardBehaviour, offSession: boolean, now: number): Moved | Unexpected {
  if (intent.status === 'succeeded') {
    return { unexpected: 'You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.' };
  }
  if (intent.status === 'canceled') return { unexpected: 'You cannot confirm this PaymentIntent because it was canceled.' };
  if (intent.status === 'processing') return { unexpected: 'You cannot confirm this PaymentIntent because it is being processed.' };
  if (card.kind === 'pays') return paid(intent, now);
  if (card.kind === 'takes_its_time') {
    const processing: Intent = { ...intent, status: 'processing', lastError: null };
    return { intent: processing, event: { type: 'payment_intent.processing', intent: processing } };
  }
  if (card.kind === 'declines') return failed(intent, card.error, now);
  // One that asks once is asked here for the first time: kept, it pays.
  if (offSession) return failed(intent, AUTHENTICATION_REQUIRED, now);
  const waiting: Intent = { ...intent, status: 'requires_action', lastError: null };
  return { intent: waiting, event: { type: 'payment_intent.requires_action', intent: waiting } };
}

/** The customer has decided. undefined: there was nothing to decide any more. */
export function authenticated(intent: Intent, approved: boolean, now: number): Moved | undefined {
  if (intent.status !== 'requires_action') return undefined;
  if (approved) return paid(intent, now);
  const denied: Intent = { ...intent, status: 'requires_payment_method', lastError: AUTHENTICATION_FAILED };
  return { intent: denied, event: { type: 'payment_intent.payment_failed', intent: denied } };
}

export function canceled(intent: Intent, reason: string | null, now: number): Moved | Unexpected {
  if (intent.status === 'succeeded' || intent.status === 'canceled') {
    return {
      unexpected:
        `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the ` +
        'following statuses may be canceled: requires_payment_method, requires_capture, requires_confirmation, requires_action, processing.',
    };
  }
  const ended: Intent = { ...intent, status: 'canceled', canceledAt: now, cancellationReason: reason };
  return { intent: ended, event: { type: 'payment_intent.canceled', intent: ended } };
}

/** Money comes after all, whatever was said before, as some gateways and delayed methods have it. undefined: it was there already. */
export function paidLate(intent: Intent, now: number): Moved | undefined {
  return intent.status === 'succeeded' ? undefined : paid({ ...intent, canceledAt: null, cancellationReason: null }, now);
}

function paid(intent: Intent, now: number): Moved {
  const charge = { id: newId('ch'), succeeded: true, createdAt: now };
  const next: Intent = { ...intent, status: 'succeeded', charge, lastError: null };
  return { intent: next, event: { type: 'payment_intent.succeeded', intent: next } };
}

function failed(intent: Intent, error: PaymentError, now: number): Moved {
  const charge = { id: newId('ch'), succeeded: false, createdAt: now };
  const next: Intent = { ...intent, status: 'requires_payment_method', charge, lastError: error };
  return { intent: next, event: { type: 'payment_intent.payment_failed', intent: next } };
}

const AUTHENTICATION_REQUIRED: PaymentError = {
  type: 'card_error',
  code: 'authentication_required',
  declineCode: 'authentication_required',
  message: 'Your card was declined. This transaction requires authentication.',
};

const AUTHENTICATION_FAILED: PaymentError = {
  type: 'invalid_request_error',
  code: 'payment_intent_authentication_failure',
  declineCode: null,
  message:
    'The provided PaymentMethod has failed authentication. Provide a new PaymentMethod to attempt to fulfill this PaymentIntent again.',
};
