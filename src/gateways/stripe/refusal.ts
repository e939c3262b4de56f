import { z } from 'zod';
import type { ChargeOutcome } from '../payment-gateway.js';
import { codeOr, evidenceOf, harmless } from './evidence.js';
import { MONEY_STATES } from './payment-intent.js';
import type { Exchange } from './transport.js';

/** What the library makes of Stripe's error object. Of an error that is a mere text it makes something else, whatever the text is. */
const ERROR_CLASSES = [
  'StripeAPIError',
  'StripeAuthenticationError',
  'StripeCardError',
  'StripeIdempotencyError',
  'StripeInvalidRequestError',
  'StripePermissionError',
  'StripeRateLimitError',
] as const;

/** The members of the library's error that an outcome rests on. A status is there only when Stripe's error object was. */
const refusalSchema = z.object({
  type: z.enum(ERROR_CLASSES),
  statusCode: z.int(),
  rawType: z.string(),
  message: z.string(),
  code: z.string().nullish(),
  decline_code: z.string().nullish(),
  param: z.string().nullish(),
  payment_intent: z.object({ id: z.string(), status: z.string() }).nullish(),
});

export type Refusal = z.infer<typeof refusalSchema>;

/** An error in Stripe's own form, or null: then no definite answer came. */
export function refusalOf(error: unknown): Refusal | null {
  return refusalSchema.safeParse(error).data ?? null;
}

/** Codes by which Stripe says that this token cannot be charged, whichever parameter it blames (Stripe docs, "Error codes"). */
const TOKEN_CODES: ReadonlySet<string> = new Set([
  'payment_method_currency_mismatch',
  'payment_method_customer_decline',
  'payment_method_invalid_parameter',
  'payment_method_invalid_parameter_testmode',
  'payment_method_not_available',
  'payment_method_provider_decline',
  'payment_method_restricted',
  'payment_method_unexpected_state',
  'payment_method_unsupported_type',
]);

/** Of a card that was charged without being kept, or was let go of since, Stripe says so in a sentence and with no code. */
const USED_UP = /PaymentMethod was previously used .*may not be used again/s;

/** An hour: whoever asks for longer is asked again all the same. */
const MAX_RETRY_AFTER_SECONDS = 3_600;

/**
 * What an error of Stripe's means for a charge (Stripe docs, "Error handling" and "Idempotent requests"). A conflict over the
 * idempotency key is about another request, whose outcome it does not tell; a 5xx or a timed-out lock tells nothing either.
 */
export function outcomeOfRefusal(refusal: Refusal, exchange: Exchange): ChargeOutcome {
  const { statusCode: status, rawType: type, param } = refusal;
  const code = refusal.code ?? '';
  const evidence = evidenceOf(exchange, codeOr(type, code));
  const unknown = (why: string): ChargeOutcome => ({ kind: 'unknown', why, evidence });

  if (MONEY_STATES.has(refusal.payment_intent?.status ?? '')) return unknown('the gateway refused and showed a payment in progress');
  if (type === 'idempotency_error' || status === 409) return unknown('the idempotency key is in use or was used for another request');
  if (status >= 500 || code.includes('timeout')) return unknown(`the gateway failed with ${status}`);
  if (status === 402 && type === 'card_error') {
    const declineCode = codeOr('card_declined', refusal.decline_code, code);
    return { kind: 'declined', problem: 'payment-declined', declineCode, evidence };
  }
  if (status === 401 || status === 403) {
    return { kind: 'not_charged', why: 'credentials', detail: `the gateway refused our key with ${status}`, evidence };
  }
  if (status === 429) {
    const detail = 'the gateway asks us to slow down';
    return { kind: 'not_charged', why: 'rate_limited', detail, ...retryAfterOf(exchange), evidence };
  }
  if ((status === 400 || status === 404) && type === 'invalid_request_error') {
    if (missesCustomer(refusal)) {
      return { kind: 'declined', problem: 'payment-method-invalid', declineCode: 'customer_missing', customerIsGone: true, evidence };
    }
    if (param !== 'payment_method' && !TOKEN_CODES.has(code) && !USED_UP.test(refusal.message)) {
      return { kind: 'not_charged', why: 'refused', detail: harmless(refusal.message), evidence };
    }
    return { kind: 'declined', problem: 'payment-method-invalid', declineCode: codeOr('payment_method_invalid', code), evidence };
  }
  return unknown(`the gateway answered ${status} with ${codeOr('an error', code, type)}`);
}

/** Whoever deletes a customer takes their cards along: neither can be charged again (Stripe docs, "Delete a customer"). */
export function missesCustomer({ code, param }: Refusal): boolean {
  return code === 'resource_missing' && param === 'customer';
}

/** Retry-After in seconds or as a date (RFC 9110, section 10.2.3). */
function retryAfterOf(exchange: Exchange): { retryAfterSeconds?: number } {
  const text = exchange.retryAfter;
  if (!text) return {};
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : Math.ceil((Date.parse(text) - Date.now()) / 1000);
  return Number.isNaN(seconds) ? {} : { retryAfterSeconds: Math.min(Math.max(seconds, 0), MAX_RETRY_AFTER_SECONDS) };
}
