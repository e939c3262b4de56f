/** The members of Stripe's error object that the subset uses, https://docs.stripe.com/api/errors. */
export interface StripeErrorBody {
  type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';
  message: string;
  code?: string;
  decline_code?: string;
  param?: string;
  charge?: string;
  payment_intent?: unknown;
  payment_method?: unknown;
}

/** Thrown only before a request is executed, so that what is thrown is never stored under an idempotency key. */
export class StripeError extends Error {
  constructor(
    readonly status: number,
    readonly body: StripeErrorBody,
    readonly headers: Record<string, string> = {},
  ) {
    super(body.message);
    this.name = 'StripeError';
  }
}

export function invalidRequest(message: string, more: Partial<StripeErrorBody> = {}): StripeError {
  return new StripeError(400, { type: 'invalid_request_error', message, ...more });
}

/** Stripe answers 404 when the object is named by the path, and 400 when a parameter names it. */
export function resourceMissing(what: string, id: string, param: string, status: 400 | 404): StripeError {
  const message = `No such ${what}: '${id.slice(0, 100)}'`;
  return new StripeError(status, { type: 'invalid_request_error', code: 'resource_missing', message, param });
}

export function unauthenticated(message: string): StripeError {
  return new StripeError(401, { type: 'invalid_request_error', message }, { 'WWW-Authenticate': 'Bearer realm="Stripe"' });
}

export function rateLimited(retryAfterSeconds: number): StripeError {
  const message = 'Request rate limit exceeded.';
  const headers = { 'Retry-After': String(retryAfterSeconds), 'Stripe-Should-Retry': 'true' };
  return new StripeError(429, { type: 'invalid_request_error', code: 'rate_limit', message }, headers);
}

export function serverErrorBody(): { error: StripeErrorBody } {
  return { error: { type: 'api_error', message: 'An unknown error occurred.' } };
}
