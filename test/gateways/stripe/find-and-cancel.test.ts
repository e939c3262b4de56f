import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import nock from 'nock';
import { CHARGE, error, gatewayTo, intent, KNOWN, patience, REFERENCE } from './charges.js';

const STRIPE = 'https://api.stripe.com';
const gateway = gatewayTo(null);

beforeAll(() => {
  nock.disableNetConnect();
  nock.enableNetConnect('127.0.0.1');
});
afterEach(() => nock.cleanAll());
afterAll(() => nock.restore());

const REDIRECT = { redirect_to_url: { url: 'https://hooks.stripe.com/3ds' } };
const failed = (last_payment_error: unknown) => intent({ status: 'requires_payment_method', amount_received: 0, last_payment_error });

const STATES = [
  { when: 'succeeded', body: intent(), means: { kind: 'charged', gatewayReference: 'pi_1' } },
  { when: 'succeeded with another amount', body: intent({ amount_received: 1 }), means: { kind: 'unknown' } },
  { when: 'succeeded for another reference', body: intent({ metadata: { reference: 'cf_another' } }), means: { kind: 'unknown' } },
  {
    when: 'requires_action',
    body: intent({ status: 'requires_action', next_action: REDIRECT }),
    means: { kind: 'requires_action', gatewayReference: 'pi_1', url: 'https://hooks.stripe.com/3ds' },
  },
  { when: 'canceled', body: intent({ status: 'canceled' }), means: { kind: 'canceled' } },
  { when: 'canceled with another amount', body: intent({ status: 'canceled', amount: 1 }), means: { kind: 'unknown' } },
  {
    when: 'requires_payment_method after a decline',
    body: failed({ code: 'card_declined', decline_code: 'lost_card' }),
    means: { kind: 'declined', problem: 'payment-declined', declineCode: 'lost_card' },
  },
  {
    when: 'requires_payment_method after a failed authentication',
    body: failed({ code: 'payment_intent_authentication_failure' }),
    means: { kind: 'declined', declineCode: 'payment_intent_authentication_failure' },
  },
  { when: 'requires_payment_method before it was confirmed', body: failed(null), means: { kind: 'unknown' } },
  { when: 'processing', body: intent({ status: 'processing' }), means: { kind: 'unknown' } },
  { when: 'another intent than was asked for', body: intent({ id: 'pi_2' }), means: { kind: 'unknown' } },
];

describe('a charge whose id is known', () => {
  const known = { ...KNOWN, gatewayReference: 'pi_1' };

  test.each(STATES)('that is $when is found as $means.kind', async ({ body, means }) => {
    nock(STRIPE).get('/v1/payment_intents/pi_1').reply(200, body);
    expect(await gateway.find(known, patience())).toMatchObject(means);
  });

  test.each([
    { status: 404, body: error({ type: 'invalid_request_error', code: 'resource_missing' }), kind: 'not_found' },
    { status: 404, body: '<html>', kind: 'unknown' },
    { status: 401, body: error({ type: 'invalid_request_error' }), kind: 'unknown' },
    { status: 429, body: error({ type: 'invalid_request_error' }), kind: 'unknown' },
    { status: 402, body: error({ type: 'card_error' }), kind: 'unknown' },
    { status: 500, body: error({ type: 'api_error' }), kind: 'unknown' },
  ])('and for which Stripe answers $status is $kind', async ({ status, body, kind }) => {
    nock(STRIPE).get('/v1/payment_intents/pi_1').reply(status, body);
    expect(await gateway.find(known, patience())).toMatchObject({ kind });
  });
});

describe('a charge of which only our reference is known', () => {
  const DOWN = null;
  const declined = (id: string) => ({ ...failed({ code: 'card_declined' }), id });
  const action = (id: string) => intent({ id, status: 'requires_action', next_action: REDIRECT });

  test.each([
    { when: 'is in the search index', search: [intent()], list: [], kind: 'charged' },
    { when: 'is too new for the search index', search: [], list: [intent()], kind: 'charged' },
    { when: 'is in the index while the list fails', search: [intent()], list: DOWN, kind: 'charged' },
    { when: 'is in the list while search fails', search: DOWN, list: [declined('pi_1')], kind: 'declined' },
    { when: 'is nowhere', search: [], list: [], kind: 'not_found' },
    { when: 'is nowhere while search fails', search: DOWN, list: [], kind: 'unknown' },
    { when: 'is nowhere while the list fails', search: [], list: DOWN, kind: 'unknown' },
    { when: 'is only resembled', search: [intent({ metadata: { reference: `${REFERENCE}x` } })], list: [], kind: 'not_found' },
    { when: 'failed first and succeeded later', search: [declined('pi_1'), intent({ id: 'pi_2' })], list: [], kind: 'charged' },
    { when: 'failed once and waits once', search: [declined('pi_1'), action('pi_2')], list: [], kind: 'requires_action' },
    { when: 'waits in the old index and is declined in the list', search: [action('pi_1')], list: [declined('pi_1')], kind: 'declined' },
    {
      when: 'stands beside one of ours with another amount',
      search: [declined('pi_1'), intent({ id: 'pi_2', amount: 1 })],
      list: [],
      kind: 'unknown',
    },
    { when: 'stands beside rows of nonsense', search: [null, 5, { object: 'x' }, intent()], list: [], kind: 'charged' },
  ])('and that $when is $kind', async ({ search, list, kind }) => {
    const query = `metadata['reference']:'${REFERENCE}'`;
    const page = (data: unknown[] | null) =>
      data === DOWN ? { status: 500, body: error({ type: 'api_error' }) } : { status: 200, body: { data } };
    const [searched, listed] = [page(search), page(list)];
    nock(STRIPE).get('/v1/payment_intents/search').query({ query, limit: 100 }).reply(searched.status, searched.body);
    nock(STRIPE).get('/v1/payment_intents').query({ limit: 100 }).reply(listed.status, listed.body);
    expect(await gateway.find(KNOWN, patience())).toMatchObject({ kind });
    expect(nock.isDone()).toBe(true);
  });

  test('is searched for literally, even when it contains quotes and backslashes', async () => {
    let query: unknown;
    nock(STRIPE)
      .get('/v1/payment_intents/search')
      .query((asked) => (query = asked['query']) !== undefined)
      .reply(200, { data: [] });
    nock(STRIPE).get('/v1/payment_intents').query(true).reply(200, { data: [] });
    await gateway.find({ ...KNOWN, reference: `a' OR status:'succeeded\\` }, patience());
    expect(query).toBe(`metadata['reference']:'a\\' OR status:\\'succeeded\\\\'`);
  });
});

describe('a charge that is to be canceled', () => {
  const UNEXPECTED = error({ type: 'invalid_request_error', code: 'payment_intent_unexpected_state' });

  test('is canceled when Stripe says so', async () => {
    nock(STRIPE)
      .post('/v1/payment_intents/pi_1/cancel')
      .reply(200, intent({ status: 'canceled' }));
    expect(await gateway.cancel('pi_1', patience())).toMatchObject({ kind: 'canceled' });
  });

  test.each([
    { when: 'succeeded meanwhile', now: intent(), means: { kind: 'charged', gatewayReference: 'pi_1' } },
    { when: 'was canceled before', now: intent({ status: 'canceled' }), means: { kind: 'canceled' } },
    { when: 'is processing', now: intent({ status: 'processing' }), means: { kind: 'unknown' } },
    { when: 'turns out to be another', now: intent({ id: 'pi_2' }), means: { kind: 'unknown' } },
  ])('and that $when is $means.kind', async ({ now, means }) => {
    nock(STRIPE).post('/v1/payment_intents/pi_1/cancel').reply(400, UNEXPECTED);
    nock(STRIPE).get('/v1/payment_intents/pi_1').reply(200, now);
    expect(await gateway.cancel('pi_1', patience())).toMatchObject(means);
  });

  test.each([
    { status: 200, body: intent({ status: 'requires_action' }) },
    { status: 200, body: {} },
    { status: 404, body: error({ type: 'invalid_request_error', code: 'resource_missing' }) },
    { status: 429, body: error({ type: 'invalid_request_error' }) },
    { status: 500, body: error({ type: 'api_error' }) },
    { status: 502, body: '<html>' },
  ])('is unknown when Stripe answers $status with something else', async ({ status, body }) => {
    nock(STRIPE).post('/v1/payment_intents/pi_1/cancel').reply(status, body);
    expect(await gateway.cancel('pi_1', patience())).toMatchObject({ kind: 'unknown' });
  });

  test('is asked for under a new key each time, because an early refusal would be repeated under the same', async () => {
    const keys: unknown[] = [];
    for (const status of ['canceled', 'canceled']) {
      nock(STRIPE)
        .post('/v1/payment_intents/pi_1/cancel')
        .reply(200, function () {
          keys.push(this.req.headers['idempotency-key']);
          return intent({ status });
        });
      await gateway.cancel('pi_1', patience());
    }
    expect(new Set(keys).size).toBe(2);
    expect(keys).not.toContain(CHARGE.reference);
  });
});

describe('where requests may go', () => {
  const LIVE = ['sk_live_1', 'rk_live_1', 'sk_org_live_1'];
  const ELSEWHERE = [
    'http://127.0.0.1:4010',
    'http://api.stripe.com',
    'https://api.stripe.com:8443',
    'https://api.stripe.com.evil.example',
  ];

  test.each(LIVE.flatMap((apiKey) => ELSEWHERE.map((apiBase) => ({ apiKey, apiBase }))))(
    'a live key like $apiKey is refused with the base $apiBase',
    ({ apiKey, apiBase }) => {
      expect(() => gatewayTo(apiBase, { apiKey })).toThrow('A live Stripe key is sent to https://api.stripe.com only');
    },
  );

  test.each([null, 'https://api.stripe.com', 'https://api.stripe.com:443/'])('a live key is taken with the base %s', (apiBase) => {
    expect(() => gatewayTo(apiBase, { apiKey: 'sk_live_1' })).not.toThrow();
  });

  test.each(['api.stripe.com', 'ftp://127.0.0.1', 'http://127.0.0.1/v1', 'http://user:secret@127.0.0.1', 'http://127.0.0.1?x=1', ''])(
    'the base %p is refused',
    (apiBase) => {
      expect(() => gatewayTo(apiBase)).toThrow('The Stripe base address');
    },
  );

  test.each(['', ' ', 'sk_test_1\n'])('the key %p is refused without being repeated', (apiKey) => {
    expect(() => gatewayTo(null, { apiKey })).toThrow('The Stripe API key is empty or contains white space');
  });
});
