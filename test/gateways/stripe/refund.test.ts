import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import nock from 'nock';
import type { RefundOutcome } from '../../../src/gateways/payment-gateway.js';
import { error, gatewayTo, patience, REFUND, refund } from './charges.js';

const STRIPE = 'https://api.stripe.com';
const REFUNDS = '/v1/refunds';
const OF_THE_CHARGE = { payment_intent: 'pi_1', limit: '100' };
const gateway = gatewayTo(null);

beforeAll(() => {
  nock.disableNetConnect();
  nock.enableNetConnect('127.0.0.1');
});
afterEach(() => nock.cleanAll());
afterAll(() => nock.restore());

const REFUNDED = { kind: 'refunded', gatewayReference: 're_1' };
const UNKNOWN = { kind: 'unknown' };
const MISMATCH = { kind: 'unknown', why: expect.stringMatching(/^mismatch: re_1/) };
const REFUSED = { kind: 'refused' };

/** A refund as Stripe shows it, and what it means, whether it was just created or is looked up. */
const STATES = [
  { when: 'succeeded', body: refund(), means: REFUNDED },
  { when: 'succeeded by another method than a card', body: refund({ id: 'pyr_1' }), means: { ...REFUNDED, gatewayReference: 'pyr_1' } },
  { when: 'pending', body: refund({ status: 'pending' }), means: { kind: 'unknown', why: 'the refund is pending' } },
  {
    when: 'waiting for the customer',
    body: refund({ status: 'requires_action' }),
    means: { kind: 'unknown', why: 'the refund is requires_action' },
  },
  {
    when: 'failed',
    body: refund({ status: 'failed', failure_reason: 'expired_or_canceled_card' }),
    means: { kind: 'refused', why: 'the refund is failed: expired_or_canceled_card' },
  },
  {
    when: 'canceled',
    body: refund({ status: 'canceled' }),
    means: { kind: 'refused', why: 'the refund is canceled: no reason was given' },
  },
  { when: 'in a state of tomorrow', body: refund({ status: 'weighed' }), means: UNKNOWN },
  { when: 'in no state', body: refund({ status: null }), means: UNKNOWN },
  { when: 'succeeded with another amount', body: refund({ amount: 1800 }), means: MISMATCH },
  { when: 'succeeded in another currency', body: refund({ currency: 'eur' }), means: MISMATCH },
  { when: 'succeeded for another charge', body: refund({ payment_intent: 'pi_2' }), means: MISMATCH },
  { when: 'failed with another amount', body: refund({ status: 'failed', amount: 1800 }), means: MISMATCH },
];

/** Answers to a create that are no refund of ours. */
const ANSWERS = [
  { when: 'a refund of another reference', body: refund({ metadata: { reference: 'rf_of_somebody_else' } }), means: MISMATCH },
  { when: 'a refund without a reference', body: refund({ metadata: {} }), means: MISMATCH },
  { when: 'a refund without metadata', body: refund({ metadata: null }), means: MISMATCH },
  { when: 'a refund whose amount is a string', body: refund({ amount: '1900' }), means: UNKNOWN },
  { when: 'another object', body: { object: 'charge', id: 'ch_1' }, means: UNKNOWN },
  { when: 'a page of a proxy', body: '<html>ok</html>', means: UNKNOWN },
  { when: 'half a refund', body: JSON.stringify(refund()).slice(0, 40), means: UNKNOWN },
  { when: 'a refund with a 500 above it', status: 500, body: refund(), means: UNKNOWN },
];

const invalid = (more: Record<string, unknown> = {}) => error({ type: 'invalid_request_error', ...more });
const KEY_TAKEN = { kind: 'unknown', why: 'the idempotency key is in use or was used for another request' };

const REFUSALS = [
  {
    when: 'more than is left of the charge',
    status: 400,
    body: invalid({ param: 'amount' }),
    means: { ...REFUSED, why: 'Something is wrong.' },
  },
  { when: 'a charge that never succeeded', status: 400, body: invalid(), means: REFUSED },
  { when: 'a charge that is disputed', status: 400, body: invalid({ code: 'charge_disputed' }), means: REFUSED },
  { when: 'a charge that does not exist', status: 400, body: invalid({ code: 'resource_missing' }), means: REFUSED },
  { when: 'a path', status: 404, body: invalid(), means: REFUSED },
  { when: 'the card', status: 402, body: error({ type: 'card_error', code: 'expired_card' }), means: REFUSED },
  {
    when: 'a refund beside the payment that succeeded',
    status: 400,
    body: invalid({ payment_intent: { id: 'pi_1', status: 'succeeded' } }),
    means: REFUSED,
  },
  { when: 'with a 400 of another type', status: 400, body: error({ type: 'api_error' }), means: UNKNOWN },
  { when: 'the key for other parameters', status: 400, body: error({ type: 'idempotency_error' }), means: KEY_TAKEN },
  { when: 'the key while it is in use', status: 409, body: error({ type: 'idempotency_error' }), means: KEY_TAKEN },
  { when: 'our API key', status: 401, body: invalid(), means: { kind: 'not_refunded', why: 'credentials' } },
  { when: 'a permission', status: 403, body: invalid(), means: { kind: 'not_refunded', why: 'credentials' } },
  { when: 'too many requests', status: 429, body: invalid({ code: 'rate_limit' }), means: { kind: 'not_refunded', why: 'rate_limited' } },
  { when: 'a lock that timed out', status: 429, body: invalid({ code: 'lock_timeout' }), means: UNKNOWN },
  { when: 'with a 500', status: 500, body: error({ type: 'api_error' }), means: UNKNOWN },
  {
    when: 'with a 500 that says that all was refunded',
    status: 500,
    body: error({ type: 'api_error', code: 'charge_already_refunded' }),
    means: { kind: 'unknown', why: 'the gateway failed with 500' },
  },
];

describe('what Stripe says about a refund', () => {
  test.each(STATES)('one that is $when is $means.kind', async ({ body, means }) => {
    expect(await answered(200, body)).toMatchObject(means);
  });

  test.each(ANSWERS)('$when is $means.kind', async ({ status = 200, body, means }) => {
    expect(await answered(status, body)).toMatchObject(means);
  });

  test.each(REFUSALS)('a refusal of $when is $means.kind', async ({ status, body, means }) => {
    expect(await answered(status, body)).toMatchObject(means);
  });

  test('a reason is shown without keys, card numbers and more than 200 characters', async () => {
    const outcome = await answered(400, invalid({ message: `Bad sk_test_51Habcdef and 4242 4242 4242 4242 ${'y'.repeat(2_000)}` }));
    const why = outcome.kind === 'refused' ? outcome.why : '';
    expect(why).toMatch(/^Bad \[secret\] and \[digits\] y+$/);
    expect(why).toHaveLength(200);
  });
});

describe('a charge of which all was given back before', () => {
  test.each([
    { by: 'us', listed: [refund({ id: 're_2', metadata: {} }), refund()], means: REFUNDED },
    { by: 'somebody else', listed: [refund({ metadata: {} })], means: { kind: 'refunded', gatewayReference: null } },
    {
      by: 'somebody else after ours had failed',
      listed: [refund({ id: 're_2', metadata: {} }), refund({ status: 'failed' })],
      means: { kind: 'refunded', gatewayReference: null },
    },
    {
      by: 'somebody else, in parts',
      listed: [
        refund({ id: 're_2', metadata: {}, amount: 900 }),
        refund({ id: 're_3', metadata: { reference: 'by hand' }, amount: 1_000 }),
      ],
      means: { kind: 'refunded', gatewayReference: null },
    },
    {
      by: 'nobody who is seen',
      listed: [refund({ status: 'failed' })],
      means: { kind: 'refused', why: expect.stringContaining('failed') },
    },
    {
      by: 'another refund of ours',
      listed: [refund({ id: 're_2', metadata: { reference: 'rf_another' } })],
      means: { kind: 'refused', why: 'all of the charge was given back before, and not for this' },
    },
    {
      by: 'others of ours, beside a part by somebody else',
      listed: [
        refund({ id: 're_2', metadata: { reference: 'rf_another' }, amount: 1_500 }),
        refund({ id: 're_3', metadata: {}, amount: 400 }),
      ],
      means: REFUSED,
    },
    {
      by: 'somebody else whose refund came back',
      listed: [refund({ id: 're_2', metadata: {}, status: 'failed' })],
      means: REFUSED,
    },
    { by: 'us, who are still waiting for it', listed: [refund({ status: 'pending' })], means: UNKNOWN },
    { by: 'nobody who can be told', listed: null, means: UNKNOWN },
  ])('by $by is $means.kind', async ({ listed, means }) => {
    nock(STRIPE)
      .get(REFUNDS)
      .query(OF_THE_CHARGE)
      .reply(listed ? 200 : 500, listed ? { object: 'list', data: listed } : error({ type: 'api_error' }));
    expect(await answered(400, invalid({ code: 'charge_already_refunded' }))).toMatchObject(means);
  });
});

describe('what Stripe is asked', () => {
  test('a refund is created in one request under the idempotency key that is our reference', async () => {
    let asked: { headers: Record<string, string | undefined>; form: Record<string, string> } | undefined;
    nock(STRIPE)
      .post(REFUNDS)
      .reply(200, function (_uri, body) {
        asked = { headers: this.req.headers, form: Object.fromEntries(new URLSearchParams(body as string)) };
        return refund();
      });
    expect(await gateway.refund(REFUND, patience())).toMatchObject(REFUNDED);
    expect(asked?.form).toEqual({ payment_intent: 'pi_1', amount: '1900', 'metadata[reference]': REFUND.reference });
    expect(asked?.headers).toMatchObject({ 'idempotency-key': REFUND.reference, 'stripe-version': '2026-10-28.endive' });
  });
});

describe('a refund that is looked up', () => {
  test.each(STATES)('and is $when is found as $means.kind', async ({ body, means }) => {
    expect(await found(200, { data: [refund({ id: 're_9', metadata: {} }), body] })).toMatchObject(means);
  });

  test.each([
    {
      when: 'among those of others',
      rows: [refund({ metadata: { reference: 'rf_of_somebody_else' } }), 'no refund', null],
      kind: 'not_found',
    },
    { when: 'where there are none', rows: [], kind: 'not_found' },
    { when: 'twice, of which one succeeded', rows: [refund({ id: 're_2', status: 'failed' }), refund()], kind: 'refunded' },
    {
      when: 'twice, of which one is pending',
      rows: [refund({ status: 'failed' }), refund({ id: 're_2', status: 'pending' })],
      kind: 'unknown',
    },
  ])('$when is $kind', async ({ rows, kind }) => {
    expect(await found(200, { data: rows })).toMatchObject({ kind });
  });

  test.each([
    { status: 404, body: invalid({ code: 'resource_missing' }) },
    { status: 401, body: invalid() },
    { status: 429, body: invalid() },
    { status: 500, body: error({ type: 'api_error' }) },
    { status: 200, body: '<html>' },
    { status: 200, body: { data: 'many' } },
  ])('and for which Stripe answers $status with $body is unknown', async ({ status, body }) => {
    expect(await found(status, body)).toMatchObject(UNKNOWN);
  });
});

async function answered(status: number, body: unknown): Promise<RefundOutcome> {
  nock(STRIPE)
    .post(REFUNDS)
    .reply(status, body as nock.Body);
  const outcome = await gateway.refund(REFUND, patience());
  expect(nock.isDone()).toBe(true);
  return outcome;
}

function found(status: number, body: unknown) {
  nock(STRIPE)
    .get(REFUNDS)
    .query(OF_THE_CHARGE)
    .reply(status, body as nock.Body);
  return gateway.findRefund(REFUND, patience());
}
