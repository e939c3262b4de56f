import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { errorOf, type Started, startSandbox, visa } from './start.js';

let sandbox: Started;
let stripe: Stripe;
const nowMs = Date.UTC(2026, 10, 1);

beforeAll(async () => {
  sandbox = await startSandbox({ now: () => nowMs });
  ({ stripe } = sandbox);
});
beforeEach(() => sandbox.control('DELETE', '/sandbox'));
afterAll(() => sandbox.close());

test('a confirmed intent with a good card is charged at once and is the same by id, in the list and by its reference', async () => {
  const intent = await stripe.paymentIntents.create(visa);
  expect(intent).toMatchObject({
    object: 'payment_intent',
    status: 'succeeded',
    amount: 1900,
    amount_received: 1900,
    currency: 'usd',
    metadata: visa.metadata,
    payment_method: expect.stringMatching(/^pm_\w{24}$/),
    created: nowMs / 1000,
    livemode: false,
    last_payment_error: null,
    next_action: null,
  });
  expect(intent.id).toMatch(/^pi_\w{24}$/);
  expect(intent.latest_charge).toMatch(/^ch_\w{24}$/);
  expect(intent.client_secret).toContain(`${intent.id}_secret_`);
  expect(intent.lastResponse.requestId).toMatch(/^req_/);
  const { data: listed } = await stripe.paymentIntents.list();
  const { data: found } = await stripe.paymentIntents.search({ query: `metadata['reference']:'it\\'s [a] ref&erence'` });
  const one = await stripe.paymentIntents.retrieve(intent.id);
  expect([...listed, ...found, one].map((each) => ({ ...each }))).toEqual(Array(3).fill({ ...intent }));
});

test.each([
  ['pm_card_chargeDeclined', 'generic_decline'],
  ['pm_card_chargeDeclinedInsufficientFunds', 'insufficient_funds'],
])('%s is declined with %s, and the intent that stays has received nothing', async (paymentMethod, declineCode) => {
  const error = await errorOf(stripe.paymentIntents.create({ ...visa, payment_method: paymentMethod }));
  expect(error).toMatchObject({ type: 'StripeCardError', statusCode: 402, code: 'card_declined', decline_code: declineCode });
  expect(error.payment_intent).toMatchObject({ status: 'requires_payment_method', amount_received: 0, metadata: visa.metadata });
  const intent = await stripe.paymentIntents.retrieve(error.payment_intent?.id ?? '');
  expect(intent.last_payment_error).toMatchObject({ code: 'card_declined', decline_code: declineCode });
});

test('a declined intent can be confirmed with another card, but not with the one that was used up', async () => {
  const error = await errorOf(stripe.paymentIntents.create({ ...visa, payment_method: 'pm_card_chargeDeclined' }));
  const id = error.payment_intent?.id ?? '';
  expect(await errorOf(stripe.paymentIntents.confirm(id))).toMatchObject({ code: 'parameter_missing', param: 'payment_method' });
  expect(await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_mastercard' })).toMatchObject({ status: 'succeeded' });
});

test.each(['pm_1234', 'pm_sandbox_unheard_of', 'pm_sandbox_none', 'pm_sandbox_refused_credentials', 'pm_sandbox_toString', 'card_visa'])(
  'the payment method %s does not exist, and no intent is made for it',
  async (paymentMethod) => {
    const error = await errorOf(stripe.paymentIntents.create({ ...visa, payment_method: paymentMethod }));
    expect(error).toMatchObject({ statusCode: 400, rawType: 'invalid_request_error', code: 'resource_missing', param: 'payment_method' });
    expect(await sandbox.charges()).toEqual([]);
  },
);

test('an intent that is not confirmed waits for a method, then for its confirmation, then is charged', async () => {
  const bare = await stripe.paymentIntents.create({ amount: 500, currency: 'eur' });
  expect(bare.status).toBe('requires_payment_method');
  const waiting = await stripe.paymentIntents.create({ amount: 500, currency: 'EUR', payment_method: 'pm_card_visa' });
  expect(waiting).toMatchObject({ status: 'requires_confirmation', currency: 'eur', amount_received: 0 });
  expect(await stripe.paymentIntents.confirm(waiting.id)).toMatchObject({ status: 'succeeded', amount_received: 500 });
  expect(await errorOf(stripe.paymentIntents.confirm(waiting.id))).toMatchObject({ code: 'payment_intent_unexpected_state' });
  expect((await sandbox.charges()).map(({ attempts }) => attempts)).toEqual([0, 1]);
});

test('a card that asks for the customer sends the browser to a page, and declines where no customer is there', async () => {
  const asking = { ...visa, payment_method: 'pm_card_authenticationRequired' };
  const intent = await stripe.paymentIntents.create(asking);
  expect(intent).toMatchObject({ status: 'requires_action', amount_received: 0, latest_charge: null });
  expect(intent.next_action?.redirect_to_url).toEqual({ url: `${sandbox.url}/sandbox/3ds/${intent.id}`, return_url: visa.return_url });
  const error = await errorOf(stripe.paymentIntents.create({ ...asking, off_session: true }));
  expect(error).toMatchObject({ type: 'StripeCardError', code: 'authentication_required' });
});

test('cancelling ends an intent for good, unless the money came first', async () => {
  const open = await stripe.paymentIntents.create({ ...visa, payment_method: 'pm_card_authenticationRequired' });
  const canceled = await stripe.paymentIntents.cancel(open.id, { cancellation_reason: 'abandoned' });
  expect(canceled).toMatchObject({ status: 'canceled', cancellation_reason: 'abandoned', canceled_at: nowMs / 1000, next_action: null });
  const unexpected = { statusCode: 400, code: 'payment_intent_unexpected_state' };
  expect(await errorOf(stripe.paymentIntents.confirm(open.id))).toMatchObject({ ...unexpected, payment_intent: { status: 'canceled' } });
  expect(await errorOf(stripe.paymentIntents.cancel(open.id))).toMatchObject(unexpected);
  const paid = await stripe.paymentIntents.create(visa);
  const late = await errorOf(stripe.paymentIntents.cancel(paid.id));
  expect(late).toMatchObject({ ...unexpected, payment_intent: { id: paid.id, status: 'succeeded' } });
});

test('an intent that does not exist is 404 for every verb', async () => {
  const missing = { statusCode: 404, code: 'resource_missing', param: 'intent' };
  for (const ask of [
    stripe.paymentIntents.retrieve('pi_no'),
    stripe.paymentIntents.cancel('pi_no'),
    stripe.paymentIntents.confirm('pi_no'),
  ]) {
    expect(await errorOf(ask)).toMatchObject(missing);
  }
});

test('the latest charge is expanded where asked, and nothing else can be', async () => {
  const intent = await stripe.paymentIntents.create({ ...visa, expand: ['latest_charge'] });
  expect(intent.latest_charge).toMatchObject({ object: 'charge', payment_intent: intent.id, status: 'succeeded', amount_refunded: 0 });
  const { data } = await stripe.paymentIntents.list({ expand: ['data.latest_charge'] });
  expect(data[0]?.latest_charge).toEqual(intent.latest_charge);
  expect(await errorOf(stripe.paymentIntents.retrieve(intent.id, { expand: ['review'] }))).toMatchObject({ param: 'expand' });
});
