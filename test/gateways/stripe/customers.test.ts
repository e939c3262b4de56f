import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import nock from 'nock';
import type { CustomerOutcome, KeepCardOutcome } from '../../../src/gateways/payment-gateway.js';
import { error, gatewayTo, patience } from './charges.js';

const STRIPE = 'https://api.stripe.com';
const ATTACH = '/v1/payment_methods/pm_1/attach';
const CARD = '/v1/payment_methods/pm_1';
const gateway = gatewayTo(null);

beforeAll(() => {
  nock.disableNetConnect();
  nock.enableNetConnect('127.0.0.1');
});
afterEach(() => nock.cleanAll());
afterAll(() => nock.restore());

const UNKNOWN = { kind: 'unknown', why: expect.any(String) };
const NO_ANSWERS = [
  { when: 'is down', status: 500, body: error({ type: 'api_error' }) },
  { when: 'is being repaired', status: 503, body: '<html>' },
  { when: 'refuses our key', status: 401, body: error({ type: 'invalid_request_error' }) },
  { when: 'asks to slow down', status: 429, body: error({ type: 'invalid_request_error' }) },
  { when: 'is at the same request', status: 409, body: error({ type: 'idempotency_error' }) },
  { when: 'speaks in riddles', status: 200, body: '<html>ok</html>' },
  { when: 'says nothing', status: 200, body: '' },
  { when: 'says null', status: 200, body: 'null' },
];

describe('a customer', () => {
  const customer = (changes: object = {}) => ({ id: 'cus_1', object: 'customer', metadata: {}, ...changes });

  async function created(status: number, body: unknown, headers: Record<string, string> = {}): Promise<CustomerOutcome> {
    nock(STRIPE)
      .post('/v1/customers')
      .reply(status, body as nock.Body, headers);
    return gateway.createCustomer({ reference: 'cu_8c1f2b7e6d5a4f3c', userId: 'user_42' }, patience());
  }

  test('is made under the idempotency key that is our reference, with nothing in it but whose it is', async () => {
    let asked: unknown;
    nock(STRIPE)
      .post('/v1/customers')
      .reply(200, function (_uri, body) {
        asked = [this.req.headers['idempotency-key'], Object.fromEntries(new URLSearchParams(body as string))];
        return customer();
      });
    const outcome = await gateway.createCustomer({ reference: 'cu_8c1f2b7e6d5a4f3c', userId: 'user_42' }, patience());
    expect(outcome).toMatchObject({ kind: 'created', customer: 'cus_1' });
    expect(asked).toEqual(['cu_8c1f2b7e6d5a4f3c', { 'metadata[reference]': 'cu_8c1f2b7e6d5a4f3c', 'metadata[user]': 'user_42' }]);
  });

  test('that was made has its evidence', async () => {
    const { evidence } = await created(200, customer(), { 'request-id': 'req_abc' });
    expect(evidence).toEqual({ httpStatus: 200, requestId: 'req_abc' });
  });

  test.each(NO_ANSWERS)('of a gateway that $when is unknown', async ({ status, body }) => {
    expect(await created(status, body)).toMatchObject(UNKNOWN);
  });

  test.each([
    { when: 'no id', body: customer({ id: undefined }) },
    { when: 'the id of something else', body: customer({ id: 'pi_1' }) },
    { when: 'an id with a path in it', body: customer({ id: 'cus_1/../x' }) },
    { when: 'an id without end', body: customer({ id: `cus_${'x'.repeat(252)}` }) },
    { when: 'another kind of object', body: customer({ object: 'account' }) },
    { when: 'a customer who was deleted', body: customer({ deleted: true }) },
    { when: 'a 500 above it', status: 500, body: customer() },
    { when: 'a refusal', status: 400, body: error({ type: 'invalid_request_error', param: 'metadata' }) },
    { when: 'a decline, of nothing', status: 402, body: error({ type: 'card_error', code: 'card_declined' }) },
  ])('for whom there is $when is unknown', async ({ status = 200, body }) => {
    expect(await created(status, body)).toMatchObject(UNKNOWN);
  });

  test('that the caller gave up is unknown', async () => {
    expect(await gateway.createCustomer({ reference: 'cu_8c1f2b7e', userId: 'u' }, AbortSignal.abort())).toMatchObject(UNKNOWN);
  });
});

describe('a card that is to be kept', () => {
  const card = (changes: object = {}) => ({ id: 'pm_1', object: 'payment_method', type: 'card', customer: 'cus_1', ...changes });
  const KEPT = { kind: 'kept', paymentMethod: 'pm_1' };
  const THEIRS = { kind: 'refused', problem: 'payment-method-invalid', declineCode: 'payment_method_of_another_customer' };
  const ATTACHED = error({
    type: 'invalid_request_error',
    message: 'The payment method you provided has already been attached to a customer.',
  });
  const keep = (): Promise<KeepCardOutcome> => gateway.keepCard({ customer: 'cus_1', paymentMethod: 'pm_1' }, patience());

  test('is attached to its customer, under another key each time: a refusal must not be repeated for a day', async () => {
    const keys = new Set<unknown>();
    nock(STRIPE)
      .post(ATTACH, 'customer=cus_1')
      .twice()
      .reply(200, function () {
        keys.add(this.req.headers['idempotency-key']);
        return card();
      });
    expect([await keep(), await keep()]).toMatchObject([KEPT, KEPT]);
    expect(keys.size).toBe(2);
  });

  test.each([
    { when: 'of its customer, shown whole', body: card({ customer: { id: 'cus_1', object: 'customer' } }), means: KEPT },
    { when: 'under another id, as of a test token', body: card({ id: 'pm_2' }), means: { kind: 'kept', paymentMethod: 'pm_2' } },
    { when: 'of nobody', body: card({ customer: null }), means: UNKNOWN },
    { when: 'of somebody else', body: card({ customer: 'cus_2' }), means: THEIRS },
    { when: 'without an id', body: card({ id: '' }), means: UNKNOWN },
    { when: 'that is none', body: card({ object: 'source' }), means: UNKNOWN },
  ])('is $means.kind where the answer is a card $when', async ({ body, means }) => {
    nock(STRIPE).post(ATTACH).reply(200, body);
    expect(await keep()).toMatchObject(means);
  });

  test.each(NO_ANSWERS)('is unknown where the gateway $when', async ({ status, body }) => {
    nock(STRIPE).post(ATTACH).reply(status, body);
    expect(await keep()).toMatchObject(UNKNOWN);
  });

  test.each([
    {
      when: 'declines it',
      status: 402,
      body: error({ type: 'card_error', code: 'card_declined', decline_code: 'stolen_card' }),
      means: { kind: 'refused', problem: 'payment-declined', declineCode: 'stolen_card' },
    },
    {
      when: 'does not know it',
      status: 404,
      body: error({ type: 'invalid_request_error', code: 'resource_missing', param: 'payment_method' }),
      means: { kind: 'refused', problem: 'payment-method-invalid', declineCode: 'resource_missing' },
    },
    { when: 'does not know the path', status: 404, body: error({ type: 'invalid_request_error' }), means: UNKNOWN },
  ])('is $means.kind where the gateway $when, and is not looked at', async ({ status, body, means }) => {
    nock(STRIPE).post(ATTACH).reply(status, body);
    expect(await keep()).toMatchObject(means);
  });

  test.each([
    { when: 'attached to its customer', look: card(), means: KEPT },
    { when: 'attached to its customer, shown whole', look: card({ customer: { id: 'cus_1' } }), means: KEPT },
    {
      when: 'attached to somebody else',
      look: card({ customer: 'cus_2' }),
      means: THEIRS,
    },
    { when: 'attached to nobody', look: card({ customer: null }), means: UNKNOWN },
    { when: 'another card', look: card({ id: 'pm_2', customer: 'cus_2' }), means: UNKNOWN },
    { when: 'no card', look: { object: 'customer', id: 'cus_1' }, means: UNKNOWN },
  ])('of which it is said that it was attached is looked at: $when, it is $means.kind', async ({ look, means }) => {
    nock(STRIPE).post(ATTACH).reply(400, ATTACHED);
    nock(STRIPE).get(CARD).reply(200, look);
    expect(await keep()).toMatchObject(means);
    expect(nock.isDone()).toBe(true);
  });

  test.each([
    { status: 500, body: error({ type: 'api_error' }) },
    { status: 404, body: error({ type: 'invalid_request_error', code: 'resource_missing', param: 'payment_method' }) },
  ])('of which it is said that it was attached is unknown where the look is answered with $status', async ({ status, body }) => {
    nock(STRIPE).post(ATTACH).reply(400, ATTACHED);
    nock(STRIPE).get(CARD).reply(status, body);
    expect(await keep()).toMatchObject(UNKNOWN);
  });

  test('of which it is said in any other way that it was attached is looked at as well', async () => {
    nock(STRIPE)
      .post(ATTACH)
      .reply(400, error({ type: 'invalid_request_error', code: 'payment_method_unexpected_state' }));
    nock(STRIPE).get(CARD).reply(200, card());
    expect(await keep()).toMatchObject(KEPT);
  });

  test('that was charged without being kept is refused, once a look has shown that it is nobody’s', async () => {
    const message =
      'This PaymentMethod was previously used without being attached to a Customer or was detached from a Customer, and may not be used again.';
    nock(STRIPE)
      .post(ATTACH)
      .reply(400, error({ type: 'invalid_request_error', message }));
    nock(STRIPE)
      .get(CARD)
      .reply(200, card({ customer: null }));
    expect(await keep()).toMatchObject({ kind: 'refused', problem: 'payment-method-invalid' });
  });

  test.each([400, 404])(
    'for a customer who does not exist lacks the customer, said with %d: nothing of the card, which is not looked at',
    async (status) => {
      nock(STRIPE)
        .post(ATTACH)
        .reply(status, error({ type: 'invalid_request_error', code: 'resource_missing', param: 'customer' }));
      expect(await keep()).toMatchObject({ kind: 'no_customer', evidence: { httpStatus: status, errorCode: 'resource_missing' } });
    },
  );

  test('that the caller gave up is unknown', async () => {
    const given = gateway.keepCard({ customer: 'cus_1', paymentMethod: 'pm_1' }, AbortSignal.abort());
    expect(await given).toMatchObject(UNKNOWN);
  });

  test('whose name leads elsewhere is not looked for there', async () => {
    let path = '';
    nock(STRIPE)
      .post((uri) => Boolean((path = uri)))
      .reply(404, error({ type: 'invalid_request_error' }));
    await gateway.keepCard({ customer: 'cus_1', paymentMethod: '../customers/cus_2' }, patience());
    expect(path).toBe('/v1/payment_methods/..%2Fcustomers%2Fcus_2/attach');
  });
});
