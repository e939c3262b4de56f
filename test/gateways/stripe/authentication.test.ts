import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import nock from 'nock';
import type { Charge, ChargeOutcome } from '../../../src/gateways/payment-gateway.js';
import { CHARGE, error, gatewayTo, intent, patience, REFERENCE } from './charges.js';

const STRIPE = 'https://api.stripe.com';
const CREATE = '/v1/payment_intents';
const LOOK = '/v1/payment_intents/pi_1';
const CONFIRM = '/v1/payment_intents/pi_1/confirm';
const gateway = gatewayTo(null);

const RENEWAL: Charge = { ...CHARGE, paymentMethod: 'pm_1', customer: 'cus_1', offSession: true };
const CODES = { code: 'authentication_required', decline_code: 'authentication_required' };
const REDIRECT = { type: 'redirect_to_url', redirect_to_url: { url: 'https://hooks.stripe.com/3ds', return_url: null } };
const refusedIntent = (lastError: unknown = CODES, changes: object = {}) =>
  intent({ status: 'requires_payment_method', amount_received: 0, last_payment_error: lastError, ...changes });
const waitingIntent = intent({ status: 'requires_action', amount_received: 0, next_action: REDIRECT });
const bankWantsCustomer = (changes: object = {}) => error({ type: 'card_error', ...CODES, payment_intent: refusedIntent(), ...changes });

const ASKS_CUSTOMER = { kind: 'requires_action', gatewayReference: 'pi_1', url: 'https://hooks.stripe.com/3ds' };
const declined = (declineCode: string) => ({ kind: 'declined', problem: 'payment-declined', declineCode });

beforeAll(() => {
  nock.disableNetConnect();
  nock.enableNetConnect('127.0.0.1');
});
afterEach(() => nock.cleanAll());
afterAll(() => nock.restore());

/** A renewal whose create is refused, with what Stripe says to whatever is asked then. What is not given here must not be asked. */
async function renewed(
  refusal: nock.Body,
  look?: { status?: number; body: unknown },
  confirm?: { status?: number; body: unknown },
): Promise<ChargeOutcome> {
  nock(STRIPE).post(CREATE).reply(402, refusal);
  const looked = nock(STRIPE)
    .get(LOOK)
    .reply(look?.status ?? 200, (look?.body ?? waitingIntent) as nock.Body);
  const confirmed = nock(STRIPE)
    .post(CONFIRM)
    .reply(confirm?.status ?? 200, (confirm?.body ?? waitingIntent) as nock.Body);
  const outcome = await gateway.charge(RENEWAL, patience());
  expect([looked.isDone(), confirmed.isDone()]).toEqual([look !== undefined, confirm !== undefined]);
  return outcome;
}

describe('a charge while nobody is there', () => {
  test('says so, and is not made to last once more', async () => {
    let form: Record<string, string> = {};
    nock(STRIPE)
      .post(CREATE, (body: Record<string, string>) => Boolean((form = body)))
      .reply(200, intent({ payment_method: 'pm_1' }));
    expect(await gateway.charge(RENEWAL, patience())).toMatchObject({ kind: 'charged', gatewayReference: 'pi_1', paymentMethod: 'pm_1' });
    expect(form).toMatchObject({ customer: 'cus_1', payment_method: 'pm_1', off_session: 'true' });
    expect(form).not.toHaveProperty('setup_future_usage');
  });

  test('and one with the customer there names the customer, and is made to last', async () => {
    let form: Record<string, string> = {};
    nock(STRIPE)
      .post(CREATE, (body: Record<string, string>) => Boolean((form = body)))
      .reply(200, intent());
    await gateway.charge({ ...CHARGE, customer: 'cus_1' }, patience());
    expect(form).toMatchObject({ customer: 'cus_1', setup_future_usage: 'off_session' });
    expect(form).not.toHaveProperty('off_session');
  });

  test('which is refused for want of money is declined, and nobody is asked', async () => {
    const refusal = error({
      type: 'card_error',
      code: 'card_declined',
      decline_code: 'insufficient_funds',
      payment_intent: refusedIntent(),
    });
    expect(await renewed(refusal)).toMatchObject(declined('insufficient_funds'));
  });
});

describe('a bank that wants the customer, who is not there', () => {
  test('has the same intent confirmed once more with the customer, under a key of its own', async () => {
    const asked: { uri: string; key: unknown; form: unknown; traceparent: unknown }[] = [];
    function keep(this: nock.ReplyFnContext, uri: string, body: nock.Body) {
      const { 'idempotency-key': key, traceparent } = this.req.headers;
      asked.push({ uri, key, traceparent, form: Object.fromEntries(new URLSearchParams(body as string)) });
    }
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    nock(STRIPE)
      .post(CREATE)
      .reply(402, function (uri, body) {
        keep.call(this, uri, body);
        return bankWantsCustomer();
      });
    nock(STRIPE).get(LOOK).reply(200, refusedIntent());
    nock(STRIPE)
      .post(CONFIRM)
      .reply(
        200,
        function (uri, body) {
          keep.call(this, uri, body);
          return waitingIntent;
        },
        { 'request-id': 'req_abc' },
      );
    const outcome = await gateway.charge({ ...RENEWAL, traceparent }, patience());
    expect(outcome).toEqual({ ...ASKS_CUSTOMER, evidence: { httpStatus: 200, requestId: 'req_abc' } });
    expect(asked.map(({ uri, key }) => [uri, key])).toEqual([
      [CREATE, REFERENCE],
      [CONFIRM, `${REFERENCE}_auth`],
    ]);
    expect(asked[1]?.form).toEqual({ payment_method: 'pm_1', return_url: CHARGE.returnUrl });
    expect(asked.map((each) => each.traceparent)).toEqual([traceparent, traceparent]);
  });

  test.each([
    { when: 'waits for the customer already', look: waitingIntent, means: ASKS_CUSTOMER },
    { when: 'was paid meanwhile', look: intent({ payment_method: 'pm_1' }), means: { kind: 'charged', paymentMethod: 'pm_1' } },
    { when: 'was canceled meanwhile', look: intent({ status: 'canceled' }), means: declined('authentication_required') },
    {
      when: 'was not authenticated by the customer',
      look: refusedIntent({ code: 'payment_intent_authentication_failure' }),
      means: declined('payment_intent_authentication_failure'),
    },
    {
      when: 'was declined when the customer was there',
      look: refusedIntent({ code: 'card_declined', decline_code: 'lost_card' }),
      means: declined('lost_card'),
    },
    { when: 'is being processed', look: intent({ status: 'processing' }), means: { kind: 'unknown' } },
    { when: 'is being confirmed', look: intent({ status: 'requires_confirmation' }), means: { kind: 'unknown' } },
    { when: 'names no refusal', look: refusedIntent(null), means: { kind: 'unknown' } },
    { when: 'is another one', look: refusedIntent(CODES, { id: 'pi_2' }), means: { kind: 'unknown' } },
    { when: 'bears another reference', look: refusedIntent(CODES, { metadata: {} }), means: { kind: 'unknown' } },
    { when: 'is about another amount', look: refusedIntent(CODES, { amount: 1 }), means: { kind: 'unknown' } },
    { when: 'is no intent at all', look: { object: 'charge' }, means: { kind: 'unknown' } },
  ])('is not asked a second time where the intent $when', async ({ look, means }) => {
    expect(await renewed(bankWantsCustomer(), { body: look })).toMatchObject(means);
  });

  test.each([
    { when: 'took the money without asking', body: intent(), means: { kind: 'charged', gatewayReference: 'pi_1' } },
    {
      when: 'now declines',
      status: 402,
      body: error({ type: 'card_error', code: 'card_declined', decline_code: 'stolen_card' }),
      means: declined('stolen_card'),
    },
    {
      when: 'shows no page',
      body: intent({ status: 'requires_action', next_action: { type: 'use_stripe_sdk' } }),
      means: { kind: 'unknown' },
    },
    { when: 'answers for another intent', body: { ...waitingIntent, id: 'pi_2' }, means: { kind: 'unknown' } },
    { when: 'has the same intent stand as before', body: refusedIntent(), means: { kind: 'unknown' } },
    { when: 'is asked already by somebody else', status: 409, body: error({ type: 'idempotency_error' }), means: { kind: 'unknown' } },
    {
      when: 'was asked by somebody else',
      status: 400,
      body: error({ type: 'invalid_request_error', code: 'payment_intent_unexpected_state' }),
      means: { kind: 'unknown' },
    },
    { when: 'is down', status: 500, body: error({ type: 'api_error' }), means: { kind: 'unknown' } },
    { when: 'asks to slow down', status: 429, body: error({ type: 'invalid_request_error' }), means: { kind: 'unknown' } },
    { when: 'refuses our key', status: 401, body: error({ type: 'invalid_request_error' }), means: { kind: 'unknown' } },
    { when: 'speaks in riddles', body: '<html>ok</html>', means: { kind: 'unknown' } },
  ])('that $when makes the charge $means.kind', async ({ status = 200, body, means }) => {
    expect(await renewed(bankWantsCustomer(), { body: refusedIntent() }, { status, body })).toMatchObject(means);
  });

  test.each([
    { when: 'fails', status: 500, body: error({ type: 'api_error' }) },
    { when: 'finds nothing', status: 404, body: error({ type: 'invalid_request_error' }) },
    { when: 'is refused for our key', status: 401, body: error({ type: 'invalid_request_error' }) },
  ])('is unknown where the look $when, and nothing is confirmed', async ({ status, body }) => {
    expect(await renewed(bankWantsCustomer(), { status, body })).toMatchObject({ kind: 'unknown' });
  });

  test.each([
    { when: 'no intent', changes: { payment_intent: null }, kind: 'declined' },
    {
      when: 'an intent without a name',
      changes: { payment_intent: { id: '../evil', status: 'requires_payment_method' } },
      kind: 'declined',
    },
    { when: 'an intent that waits', changes: { payment_intent: waitingIntent }, kind: 'declined' },
    { when: 'an intent that has succeeded', changes: { payment_intent: intent() }, kind: 'unknown' },
  ])('and shows $when is not asked any further: the charge is $kind', async ({ changes, kind }) => {
    expect(await renewed(bankWantsCustomer(changes))).toMatchObject({ kind });
  });

  test('is not asked again where the customer was there all the time', async () => {
    nock(STRIPE).post(CREATE).reply(402, bankWantsCustomer());
    expect(await gateway.charge({ ...CHARGE, customer: 'cus_1' }, patience())).toMatchObject(declined('authentication_required'));
  });

  test('is asked within the one deadline of the charge', async () => {
    const hurried = gatewayTo(null, { timeoutMs: 300 });
    nock(STRIPE).post(CREATE).delay(200).reply(402, bankWantsCustomer());
    nock(STRIPE).get(LOOK).delay(200).reply(200, refusedIntent());
    nock(STRIPE).post(CONFIRM).reply(200, waitingIntent);
    expect(await hurried.charge(RENEWAL, patience())).toMatchObject({ kind: 'unknown', why: 'no answer within 300 ms' });
  });

  test('is found, as it stands, by who only looks', async () => {
    nock(STRIPE).get(LOOK).reply(200, refusedIntent());
    const known = { reference: REFERENCE, gatewayReference: 'pi_1', amount: CHARGE.amount };
    expect(await gateway.find(known, patience())).toMatchObject(declined('authentication_required'));
  });
});
