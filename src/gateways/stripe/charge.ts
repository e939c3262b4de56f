import type Stripe from 'stripe';
import type { Charge, ChargeOutcome } from '../payment-gateway.js';
import { type Answer, doubtOf, illegible } from './ask.js';
import { codeOr, evidenceOf } from './evidence.js';
import { outcomeOfCreate, type PaymentIntent, paymentIntentSchema, standingOf } from './payment-intent.js';
import { outcomeOfRefusal, type Refusal } from './refusal.js';
import { outcomeOfSilence } from './silence.js';

const AUTHENTICATION_REQUIRED = 'authentication_required';

/** All of it follows from the charge alone, so that a repeat is the same request to the letter. */
export function creationOf(charge: Charge): Stripe.PaymentIntentCreateParams {
  return {
    amount: charge.amount.amount,
    currency: charge.amount.currency.toLowerCase(),
    confirm: true,
    payment_method: charge.paymentMethod,
    allowed_payment_method_types: ['card'],
    description: charge.description,
    metadata: { reference: charge.reference, user: charge.userId },
    return_url: charge.returnUrl,
    ...(charge.customer !== undefined && { customer: charge.customer }),
    // Whoever is there authenticates for later charges as well; without it the card could be charged once and never again.
    ...(charge.offSession ? { off_session: true } : { setup_future_usage: 'off_session' }),
  };
}

/** What the answer to a create means. */
export function outcomeOfCharge(answer: Answer, charge: Charge): ChargeOutcome {
  if (answer.kind === 'refused') return outcomeOfRefusal(answer.refusal, answer.exchange);
  if (answer.kind === 'silence') return outcomeOfSilence(answer.exchange);
  const intent = paymentIntentSchema.safeParse(answer.body).data;
  return intent ? outcomeOfCreate(intent, charge, evidenceOf(answer.exchange)) : illegible(answer.exchange);
}

/** The intent of a charge that was refused because its bank wants to see the customer, who is not there; null for every other answer. */
export function intentToAuthenticate(answer: Answer, charge: Charge): string | null {
  if (!charge.offSession || answer.kind !== 'refused' || !wantsAuthentication(answer.refusal)) return null;
  const { payment_intent: intent } = answer.refusal;
  return intent?.status === 'requires_payment_method' && /^pi_\w{1,252}$/.test(intent.id) ? intent.id : null;
}

/**
 * How the refused charge stands by now, or null where the customer can still be asked: the refusal is repeated for a day, whatever has become
 * of its intent meanwhile. One that the customer failed to authenticate is refused, and is not put to the customer again.
 */
export function standingBeforeAuthentication(look: Answer, id: string, charge: Charge): ChargeOutcome | null {
  if (look.kind !== 'body') return doubtOf(look);
  const evidence = evidenceOf(look.exchange);
  const intent = paymentIntentSchema.safeParse(look.body).data;
  if (intent?.id !== id) return illegible(look.exchange);
  const standing = standingOf(intent, charge, evidence);
  if (standing.kind === 'declined' && awaitsAuthentication(intent)) return null;
  if (standing.kind !== 'canceled') return standing;
  return { kind: 'declined', problem: 'payment-declined', declineCode: AUTHENTICATION_REQUIRED, evidence };
}

/** What confirming once more, with the customer, comes to. Of the charge as a whole only an explicit answer is known: a part of it was executed. */
export function outcomeOfAuthentication(answer: Answer, id: string, charge: Charge): ChargeOutcome {
  const outcome = outcomeOfCharge(answer, charge);
  if (outcome.kind === 'not_charged')
    return { kind: 'unknown', why: outcome.detail, ...(outcome.evidence && { evidence: outcome.evidence }) };
  const another = 'gatewayReference' in outcome && outcome.gatewayReference !== id;
  return another ? illegible(answer.exchange) : outcome;
}

function wantsAuthentication({ statusCode, rawType, code, decline_code: declineCode }: Refusal): boolean {
  return statusCode === 402 && rawType === 'card_error' && codeOr('', declineCode, code) === AUTHENTICATION_REQUIRED;
}

function awaitsAuthentication({ status, last_payment_error: error }: PaymentIntent): boolean {
  return status === 'requires_payment_method' && codeOr('', error?.decline_code, error?.code) === AUTHENTICATION_REQUIRED;
}
