import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import nock from 'nock';
import type { ChargeOutcome } from '../../../src/gateways/payment-gateway.js';
import { CHARGE, error, gatewayTo, intent, patience, REFERENCE } from './charges.js';

const STRIPE = 'https://api.stripe.com';
const CREATE = '/v1/payment_intents';
const gateway = gatewayTo(null);

beforeAll(() => {
  nock.disableNetConnect();
  nock.enableNetConnect('127.0.0.1');
});
afterEach(() => nock.cleanAll());
afterAll(() => nock.restore());

/** What Stripe says, and what it means. */
interface Row {
  when: string;
  status?: number;
  body?: unknown;
  headers?: Record<string, string>;
  means: Record<string, unknown>;
}

const REDIRECT = { type: 'redirect_to_url', redirect_to_url: { url: 'https://hooks.stripe.com/3ds', return_url: null } };
const CHARGED = { kind: 'charged', gatewayReference: 'pi_1' };
const MISMATCH = { kind: 'unknown', why: expect.stringMatching(/^mismatch: pi_1/) };
const UNKNOWN = { kind: 'unknown' };
const KEY_TAKEN = { kind: 'unknown', why: 'the idempotency key is in use or was used for another request' };
const CREDENTIALS = { kind: 'not_charged', why: 'credentials' };
const LIMITED = { kind: 'not_charged', why: 'rate_limited' };
const INVALID_METHOD = { kind: 'declined', problem: 'payment-method-invalid' };
const declined = (declineCode: string) => ({ kind: 'declined', problem: 'payment-declined', declineCode });

const ANSWERS: Row[] = [
  { when: 'succeeded with what was asked', body: intent(), means: CHARGED },
  { when: 'succeeded with a card', body: intent({ payment_method: 'pm_1' }), means: { ...CHARGED, paymentMethod: 'pm_1' } },
  {
    when: 'succeeded with a card that is shown whole',
    body: intent({ payment_method: { id: 'pm_1', object: 'payment_method' } }),
    means: { ...CHARGED, paymentMethod: 'pm_1' },
  },
  { when: 'succeeded with another amount received', body: intent({ amount_received: 1800 }), means: MISMATCH },
  { when: 'succeeded for another amount', body: intent({ amount: 1800, amount_received: 1800 }), means: MISMATCH },
  { when: 'succeeded for another amount of which ours was received', body: intent({ amount: 2000 }), means: MISMATCH },
  { when: 'succeeded in another currency', body: intent({ currency: 'eur' }), means: MISMATCH },
  { when: 'succeeded for another reference', body: intent({ metadata: { reference: 'cf_of_somebody_else' } }), means: MISMATCH },
  { when: 'succeeded without a reference', body: intent({ metadata: {} }), means: MISMATCH },
  {
    when: 'requires an action that is a redirect',
    body: intent({ status: 'requires_action', amount_received: 0, next_action: REDIRECT }),
    means: { kind: 'requires_action', gatewayReference: 'pi_1', url: 'https://hooks.stripe.com/3ds' },
  },
  {
    when: 'requires an action for another reference',
    body: intent({ status: 'requires_action', metadata: {}, next_action: REDIRECT }),
    means: MISMATCH,
  },
  {
    when: 'requires an action that is no redirect',
    body: intent({ status: 'requires_action', next_action: { type: 'use_stripe_sdk' } }),
    means: UNKNOWN,
  },
  {
    when: 'requires a redirect to a script',
    body: intent({ status: 'requires_action', next_action: { redirect_to_url: { url: 'javascript:alert(1)' } } }),
    means: UNKNOWN,
  },
  ...['processing', 'requires_capture', 'requires_confirmation', 'canceled', 'a_state_of_tomorrow'].map((status) => ({
    when: `in the state ${status}`,
    body: intent({ status }),
    means: { kind: 'unknown', why: `the payment intent is ${status}` },
  })),
  {
    when: 'in the state requires_payment_method without a 402',
    body: intent({ status: 'requires_payment_method', last_payment_error: { code: 'card_declined' } }),
    means: UNKNOWN,
  },
  { when: 'that is another object', body: { object: 'charge', id: 'ch_1' }, means: UNKNOWN },
  { when: 'whose amount is a string', body: intent({ amount_received: '1900' }), means: UNKNOWN },
  { when: 'without metadata', body: intent({ metadata: null }), means: UNKNOWN },
  { when: 'that is null', body: 'null', means: UNKNOWN },
  { when: 'that is a JSON string', body: '"succeeded"', means: UNKNOWN },
  { when: 'that is cut off', body: JSON.stringify(intent()).slice(0, 90), means: UNKNOWN },
  { when: 'that is a page of a proxy', body: '<html>ok</html>', means: UNKNOWN },
  { when: 'that is empty', body: '', means: UNKNOWN },
  { when: 'with an error in it', body: error({ type: 'card_error', code: 'card_declined' }), means: UNKNOWN },
  { when: 'with a 500 above it', status: 500, body: intent(), means: UNKNOWN },
  { when: 'with a 302 above it', status: 302, body: intent(), headers: { location: 'https://evil.example' }, means: UNKNOWN },
];

const REFUSALS: Row[] = [
  {
    when: 'a declined card with a decline code',
    status: 402,
    body: error({ type: 'card_error', code: 'card_declined', decline_code: 'insufficient_funds' }),
    means: declined('insufficient_funds'),
  },
  {
    when: 'a declined card without a decline code',
    status: 402,
    body: error({ type: 'card_error', code: 'expired_card' }),
    means: declined('expired_card'),
  },
  { when: 'a declined card without any code', status: 402, body: error({ type: 'card_error' }), means: declined('card_declined') },
  {
    when: 'a declined card whose code is a card number',
    status: 402,
    body: error({ type: 'card_error', decline_code: '4242 4242 4242 4242', code: 'card_declined' }),
    means: declined('card_declined'),
  },
  {
    when: 'a declined card beside a payment that succeeded',
    status: 402,
    body: error({ type: 'card_error', code: 'card_declined', payment_intent: intent() }),
    means: UNKNOWN,
  },
  {
    when: 'a declined card beside a payment that waits for another method',
    status: 402,
    body: error({ type: 'card_error', code: 'card_declined', payment_intent: intent({ status: 'requires_payment_method' }) }),
    means: declined('card_declined'),
  },
  { when: 'a 402 that is not about the card', status: 402, body: error({ type: 'api_error' }), means: UNKNOWN },
  {
    when: 'a payment method that does not exist',
    status: 400,
    body: error({ type: 'invalid_request_error', code: 'resource_missing', param: 'payment_method' }),
    means: { ...INVALID_METHOD, declineCode: 'resource_missing' },
  },
  {
    when: 'a payment method that is not one',
    status: 400,
    body: error({ type: 'invalid_request_error', param: 'payment_method' }),
    means: { ...INVALID_METHOD, declineCode: 'payment_method_invalid' },
  },
  {
    when: 'a payment method in a state in which it cannot pay',
    status: 400,
    body: error({ type: 'invalid_request_error', code: 'payment_method_unexpected_state' }),
    means: { ...INVALID_METHOD, declineCode: 'payment_method_unexpected_state' },
  },
  {
    when: 'a customer who does not exist',
    status: 400,
    body: error({ type: 'invalid_request_error', code: 'resource_missing', param: 'customer' }),
    means: { kind: 'declined', problem: 'payment-method-invalid', declineCode: 'customer_missing', customerIsGone: true },
  },
  {
    when: 'another parameter',
    status: 400,
    body: error({ type: 'invalid_request_error', code: 'amount_too_small', param: 'amount' }),
    means: { kind: 'not_charged', why: 'refused', detail: 'Something is wrong.' },
  },
  {
    when: 'a type of payment method that the account has not activated',
    status: 400,
    body: error({ type: 'invalid_request_error', code: 'payment_method_unactivated' }),
    means: { kind: 'not_charged', why: 'refused' },
  },
  {
    when: 'a card that was charged before and not kept',
    status: 400,
    body: error({
      type: 'invalid_request_error',
      message:
        'The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a connected account ' +
        'without Customer attachment, or was detached from a Customer. It may not be used again.',
    }),
    means: { ...INVALID_METHOD, declineCode: 'payment_method_invalid' },
  },
  { when: 'a path', status: 404, body: error({ type: 'invalid_request_error' }), means: { kind: 'not_charged', why: 'refused' } },
  {
    when: 'a wait at the provider that timed out',
    status: 400,
    body: error({ type: 'invalid_request_error', code: 'payment_method_provider_timeout' }),
    means: UNKNOWN,
  },
  { when: 'a 400 of another type', status: 400, body: error({ type: 'api_error' }), means: UNKNOWN },
  { when: 'the key for other parameters', status: 400, body: error({ type: 'idempotency_error' }), means: KEY_TAKEN },
  {
    when: 'the key while it is in use',
    status: 409,
    body: error({ type: 'idempotency_error', code: 'idempotency_key_in_use' }),
    means: KEY_TAKEN,
  },
  { when: 'with any other conflict', status: 409, body: error({ type: 'invalid_request_error' }), means: KEY_TAKEN },
  { when: 'our API key', status: 401, body: error({ type: 'invalid_request_error' }), means: CREDENTIALS },
  { when: 'a permission', status: 403, body: error({ type: 'invalid_request_error' }), means: CREDENTIALS },
  { when: 'with a page of a proxy as 403', status: 403, body: '<html>Forbidden</html>', means: UNKNOWN },
  {
    when: 'too many requests, with a time to wait',
    status: 429,
    headers: { 'retry-after': '7' },
    body: error({ type: 'invalid_request_error', code: 'rate_limit' }),
    means: { ...LIMITED, retryAfterSeconds: 7 },
  },
  {
    when: 'too many requests, until a date that has passed',
    status: 429,
    headers: { 'retry-after': 'Sun, 01 Nov 2020 00:00:00 GMT' },
    body: error({ type: 'invalid_request_error' }),
    means: { ...LIMITED, retryAfterSeconds: 0 },
  },
  {
    when: 'too many requests, for a year',
    status: 429,
    headers: { 'retry-after': '31536000' },
    body: error({ type: 'invalid_request_error' }),
    means: { ...LIMITED, retryAfterSeconds: 3_600 },
  },
  { when: 'too many requests', status: 429, body: error({ type: 'invalid_request_error' }), means: LIMITED },
  { when: 'a lock that timed out', status: 429, body: error({ type: 'invalid_request_error', code: 'lock_timeout' }), means: UNKNOWN },
  { when: 'with a 500', status: 500, body: error({ type: 'api_error' }), means: UNKNOWN },
  { when: 'with a 500 that looks like a declined card', status: 500, body: error({ type: 'card_error' }), means: UNKNOWN },
  { when: 'with a 503', status: 503, body: error({ type: 'api_error' }), means: UNKNOWN },
  { when: 'with an error that is a number', status: 402, body: { error: 5 }, means: UNKNOWN },
  { when: 'with an error without a type', status: 402, body: error({ code: 'card_declined' }), means: UNKNOWN },
  { when: 'with an error that is a text', status: 402, body: { error: 'card_error' }, means: UNKNOWN },
];

describe('what Stripe says about a charge', () => {
  test.each(ANSWERS)('an answer $when is $means.kind', async ({ status = 200, body, headers, means }) => {
    expect(await answered(status, body, headers)).toMatchObject(means);
  });

  test.each(REFUSALS)('a refusal of $when is $means.kind', async ({ status = 400, body, headers, means }) => {
    expect(await answered(status, body, headers)).toMatchObject(means);
  });

  test('an amount received is compared in the currency asked for, whatever its case', async () => {
    expect(await answered(200, intent({ currency: 'USD' }))).toMatchObject(CHARGED);
  });

  test.each([undefined, null, '', 5, {}, 'pm_1\r\nx', 'cus_1', { id: 'pm_' }])(
    'a success with the card %j names no card, and is a success all the same',
    async (payment_method) => {
      const outcome = await answered(200, intent({ payment_method }));
      expect(outcome).toMatchObject(CHARGED);
      expect(outcome).not.toHaveProperty('paymentMethod');
    },
  );

  test('an answer longer than a mebibyte is unknown', async () => {
    const outcome = await answered(200, JSON.stringify(intent({ description: 'x'.repeat(1_048_577) })));
    expect(outcome).toMatchObject({ kind: 'unknown', why: expect.stringContaining('could not be read') });
  });
});

describe('what Stripe is asked', () => {
  test('a charge is created and confirmed in one request under the idempotency key that is our reference', async () => {
    let asked: { headers: Record<string, string | undefined>; form: Record<string, string> } | undefined;
    nock(STRIPE)
      .post(CREATE)
      .reply(200, function (_uri, body) {
        asked = { headers: this.req.headers, form: Object.fromEntries(new URLSearchParams(body as string)) };
        return intent();
      });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect(await gateway.charge({ ...CHARGE, traceparent }, patience())).toMatchObject(CHARGED);
    expect(asked?.form).toEqual({
      amount: '1900',
      currency: 'usd',
      confirm: 'true',
      payment_method: 'pm_card_visa',
      'allowed_payment_method_types[0]': 'card',
      description: 'Pro, monthly',
      'metadata[reference]': REFERENCE,
      'metadata[user]': 'user_42',
      return_url: 'https://shop.example/back',
      setup_future_usage: 'off_session',
    });
    expect(asked?.headers).toMatchObject({
      'idempotency-key': REFERENCE,
      'stripe-version': '2026-10-28.endive',
      authorization: 'Bearer sk_test_1',
      traceparent,
    });
    expect(asked?.headers).not.toHaveProperty('x-stripe-client-telemetry');
  });

  test('a trace context that is malformed is left out and does not keep the charge from being made', async () => {
    let traceparent: unknown = 'not asked';
    nock(STRIPE)
      .post(CREATE)
      .reply(200, function () {
        traceparent = this.req.headers['traceparent'];
        return intent();
      });
    expect(await gateway.charge({ ...CHARGE, traceparent: 'x\r\nevil: 1' }, patience())).toMatchObject(CHARGED);
    expect(traceparent).toBeUndefined();
  });

  test('a reference that cannot be a header is unknown and does not end the process', async () => {
    expect(await gateway.charge({ ...CHARGE, reference: 'cf_\u0000_newline' }, patience())).toMatchObject(UNKNOWN);
  });
});

describe('what is kept as evidence', () => {
  test('status, request id and code are kept', async () => {
    const body = error({ type: 'card_error', code: 'card_declined', decline_code: 'stolen_card' });
    const { evidence } = await answered(402, body, { 'request-id': 'req_abc' });
    expect(evidence).toEqual({ httpStatus: 402, requestId: 'req_abc', errorCode: 'card_declined' });
  });

  test('what has not the form of an identifier is not kept', async () => {
    const body = error({ type: 'card_error', code: 'x'.repeat(65) });
    const { evidence } = await answered(402, body, { 'request-id': 'req <script>' });
    expect(evidence).toEqual({ httpStatus: 402, errorCode: 'card_error' });
  });

  test('a detail has no keys, no card numbers, no control characters and at most 200 characters', async () => {
    const message = `Bad sk_test_51Habcdef and 4242-4242 4242 4242\r\n\u001b[31m ${'y'.repeat(2_000)}`;
    const outcome = await answered(400, error({ type: 'invalid_request_error', param: 'amount', message }));
    const detail = outcome.kind === 'not_charged' ? outcome.detail : '';
    expect(detail).toMatch(/^Bad \[secret\] and \[digits\] \[31m y+$/);
    expect(detail).toHaveLength(200);
  });
});

async function answered(status: number, body: unknown, headers: Record<string, string> = {}): Promise<ChargeOutcome> {
  nock(STRIPE)
    .post(CREATE)
    .reply(status, body as nock.Body, headers);
  const outcome = await gateway.charge(CHARGE, patience());
  expect(nock.isDone()).toBe(true);
  return outcome;
}
