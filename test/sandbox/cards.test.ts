import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { errorOf, type Started, startSandbox, visa } from './start.js';

const TO_LAST = { ...visa, setup_future_usage: 'off_session' } as const;
const WORN_OUT = { statusCode: 400, rawType: 'invalid_request_error', message: expect.stringContaining('may not be used again') };

let sandbox: Started;
let stripe: Stripe;

beforeAll(async () => {
  sandbox = await startSandbox();
  ({ stripe } = sandbox);
});
beforeEach(() => sandbox.control('DELETE', '/sandbox'));
afterAll(() => sandbox.close());

async function aCustomer(): Promise<string> {
  return (await stripe.customers.create({ metadata: { user: 'user_42' } })).id;
}

/** The card of a charge that succeeded. */
async function usedCard(how: Partial<Stripe.PaymentIntentCreateParams> = {}): Promise<string> {
  return (await stripe.paymentIntents.create({ ...visa, ...how })).payment_method as string;
}

/** A card that is kept, like the test method of this name. */
async function keptCard(customer: string, paymentMethod = 'pm_card_visa'): Promise<string> {
  return (await stripe.paymentMethods.attach(paymentMethod, { customer })).id;
}

function later(customer: string, card: string): Stripe.PaymentIntentCreateParams {
  return { ...visa, customer, payment_method: card, off_session: true };
}

describe('a customer who is deleted', () => {
  test('is known to nobody any more, and their cards can be neither charged nor kept', async () => {
    const [customer, other] = [await aCustomer(), await aCustomer()];
    const card = await keptCard(customer);
    expect(await sandbox.control('DELETE', `/sandbox/customers/${customer}`)).toEqual({ id: customer, deleted: true });
    const missing = { statusCode: 400, code: 'resource_missing', param: 'customer' };
    expect(await errorOf(stripe.paymentIntents.create(later(customer, card)))).toMatchObject(missing);
    expect(await errorOf(stripe.paymentMethods.attach('pm_card_visa', { customer }))).toMatchObject(missing);
    for (const refused of [
      stripe.paymentIntents.create({ ...visa, payment_method: card }),
      stripe.paymentMethods.attach(card, { customer: other }),
    ])
      expect(await errorOf(refused)).toMatchObject(WORN_OUT);
    expect(await errorOf(stripe.customers.retrieve(customer))).toMatchObject({ statusCode: 404, code: 'resource_missing' });
  });
});

describe('a test method', () => {
  test('becomes a card with an id of its own, each time that it is named', async () => {
    const cards = [await usedCard(), await usedCard()];
    expect(new Set(cards).size).toBe(2);
    expect(await stripe.paymentMethods.retrieve(cards[0] ?? '')).toMatchObject({ object: 'payment_method', type: 'card', customer: null });
    expect((await sandbox.charges()).map(({ paymentMethod, testMethod }) => [paymentMethod, testMethod])).toEqual(
      cards.map((card) => [card, 'pm_card_visa']),
    );
  });

  test('becomes one when an intent is made that is not confirmed, and is charged as that one', async () => {
    const { id, payment_method: card } = await stripe.paymentIntents.create({
      amount: 500,
      currency: 'eur',
      payment_method: 'pm_card_visa',
    });
    expect(card).toMatch(/^pm_\w{24}$/);
    expect(await stripe.paymentIntents.confirm(id)).toMatchObject({ status: 'succeeded', payment_method: card });
  });

  test('is itself no card that could be looked at', async () => {
    expect(await errorOf(stripe.paymentMethods.retrieve('pm_card_visa'))).toMatchObject({ statusCode: 404, code: 'resource_missing' });
  });

  test.each([
    ['pm_card_chargeDeclinedLostCard', 'card_declined', 'lost_card'],
    ['pm_card_chargeDeclinedStolenCard', 'card_declined', 'stolen_card'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card', ''],
    ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc', ''],
    ['pm_card_chargeDeclinedProcessingError', 'processing_error', ''],
    ['pm_card_chargeCustomerFail', 'card_declined', 'generic_decline'],
  ])('%s is declined with the code %s and the decline code %s', async (payment_method, code, declineCode) => {
    const error = await errorOf(stripe.paymentIntents.create({ ...visa, payment_method }));
    expect([error.statusCode, error.code, error.decline_code]).toEqual([402, code, declineCode]);
  });
});

describe('a card that was charged', () => {
  test.each([
    ['that is not to last', visa],
    ['of a customer that is not to last', { ...visa, customer: 'theirs' }],
  ])('by a payment %s cannot be charged again and cannot be kept', async (_name, how) => {
    const customer = await aCustomer();
    const card = await usedCard('customer' in how ? { ...how, customer } : how);
    expect(await errorOf(stripe.paymentIntents.create({ ...visa, payment_method: card }))).toMatchObject(WORN_OUT);
    expect(await errorOf(stripe.paymentMethods.attach(card, { customer }))).toMatchObject(WORN_OUT);
    expect(await sandbox.charges()).toHaveLength(1);
  });

  test('to last can be kept later, and be charged only then', async () => {
    const customer = await aCustomer();
    const card = await usedCard(TO_LAST);
    expect(await errorOf(stripe.paymentIntents.create(later(customer, card)))).toMatchObject(WORN_OUT);
    expect(await stripe.paymentMethods.attach(card, { customer })).toMatchObject({ id: card, customer });
    expect(await stripe.paymentIntents.create(later(customer, card))).toMatchObject({ status: 'succeeded', payment_method: card });
    expect((await sandbox.charges())[1]).toMatchObject({ customer, offSession: true, paymentMethod: card });
  });

  test('to last, in vain, cannot be kept', async () => {
    const error = await errorOf(stripe.paymentIntents.create({ ...TO_LAST, payment_method: 'pm_card_chargeDeclined' }));
    const card = error.payment_method?.id ?? '';
    expect(await errorOf(stripe.paymentMethods.attach(card, { customer: await aCustomer() }))).toMatchObject(WORN_OUT);
  });

  test('to last and for a customer is kept by its success', async () => {
    const customer = await aCustomer();
    const card = await usedCard({ ...TO_LAST, customer });
    expect(await stripe.paymentMethods.retrieve(card)).toMatchObject({ customer });
    expect(await stripe.paymentIntents.create(later(customer, card))).toMatchObject({ status: 'succeeded' });
  });

  test('to last and for a customer who authenticates is kept by that', async () => {
    const customer = await aCustomer();
    const how = { ...TO_LAST, customer, payment_method: 'pm_card_authenticationRequired' };
    const { payment_method: card, next_action: action } = await stripe.paymentIntents.create(how);
    expect(await stripe.paymentMethods.retrieve(card as string)).toMatchObject({ customer: null });
    await fetch(action?.redirect_to_url?.url ?? '', {
      method: 'POST',
      body: new URLSearchParams({ decision: 'approve' }),
      redirect: 'manual',
    });
    expect(await stripe.paymentMethods.retrieve(card as string)).toMatchObject({ customer });
  });
});

describe('keeping a card', () => {
  test('twice is refused, for the same customer and for another, and it stays with the first', async () => {
    const [customer, other] = [await aCustomer(), await aCustomer()];
    const card = await keptCard(customer);
    for (const again of [customer, other]) {
      expect(await errorOf(stripe.paymentMethods.attach(card, { customer: again }))).toMatchObject({
        statusCode: 400,
        message: 'The payment method you provided has already been attached to a customer.',
      });
    }
    expect(await stripe.paymentMethods.retrieve(card)).toMatchObject({ customer });
  });

  test('is refused where there is no such card or customer', async () => {
    const customer = await aCustomer();
    expect(await errorOf(stripe.paymentMethods.attach('pm_no', { customer }))).toMatchObject({ statusCode: 404, code: 'resource_missing' });
    const nobody = await errorOf(stripe.paymentMethods.attach('pm_card_visa', { customer: 'cus_no' }));
    expect(nobody).toMatchObject({ statusCode: 400, param: 'customer' });
    expect(await errorOf(stripe.customers.retrieve('cus_no'))).toMatchObject({ statusCode: 404 });
    expect(await stripe.customers.retrieve(customer)).toMatchObject({ id: customer, metadata: { user: 'user_42' } });
  });

  test('is declined by a card that declines, save the one that is there to fail later', async () => {
    const customer = await aCustomer();
    const declined = await errorOf(stripe.paymentMethods.attach('pm_card_chargeDeclinedStolenCard', { customer }));
    expect(declined).toMatchObject({ statusCode: 402, decline_code: 'stolen_card' });
    const card = await keptCard(customer, 'pm_card_chargeCustomerFail');
    expect(await errorOf(stripe.paymentIntents.create(later(customer, card)))).toMatchObject({ decline_code: 'generic_decline' });
  });
});

describe('a kept card', () => {
  test('is charged as often as its customer is named, and for nobody else', async () => {
    const [customer, other] = [await aCustomer(), await aCustomer()];
    const card = await keptCard(customer);
    const nameless = await errorOf(stripe.paymentIntents.create({ ...visa, payment_method: card }));
    expect(nameless).toMatchObject({ statusCode: 400, message: expect.stringContaining(`belongs to the Customer ${customer}`) });
    expect(await errorOf(stripe.paymentIntents.create(later(other, card)))).toMatchObject({ statusCode: 400, param: 'payment_method' });
    for (let n = 0; n < 3; n += 1) {
      expect(await stripe.paymentIntents.create(later(customer, card))).toMatchObject({ status: 'succeeded' });
    }
  });

  test('that asks for its customer declines while nobody is there, and asks when the same intent is confirmed with the customer', async () => {
    const customer = await aCustomer();
    const card = await keptCard(customer, 'pm_card_authenticationRequired');
    const error = await errorOf(stripe.paymentIntents.create(later(customer, card)));
    expect(error).toMatchObject({ statusCode: 402, code: 'authentication_required', decline_code: 'authentication_required' });
    expect(error.payment_intent).toMatchObject({ status: 'requires_payment_method', last_payment_error: { payment_method: { id: card } } });
    const confirmed = await stripe.paymentIntents.confirm(error.payment_intent?.id ?? '', { payment_method: card });
    expect(confirmed).toMatchObject({ status: 'requires_action', payment_method: card });
  });

  test('that asks once, as it is charged first, pays while nobody is there', async () => {
    const customer = await aCustomer();
    const once = 'pm_card_authenticationRequiredOnSetup';
    expect(await stripe.paymentIntents.create({ ...TO_LAST, customer, payment_method: once })).toMatchObject({ status: 'requires_action' });
    expect(await stripe.paymentIntents.create(later(customer, await keptCard(customer, once)))).toMatchObject({ status: 'succeeded' });
  });

  test('has the fault of its test method with every charge', async () => {
    const customer = await aCustomer();
    const card = await keptCard(customer, 'pm_sandbox_500_charged');
    for (const idempotencyKey of ['key-0001', 'key-0002']) {
      expect(await errorOf(stripe.paymentIntents.create(later(customer, card), { idempotencyKey }))).toMatchObject({ statusCode: 500 });
    }
    expect((await sandbox.charges()).map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
  });

  test.each(['card', 'customer'])(
    'behaves otherwise as soon as somebody says so of the %s, and as before when that is taken back',
    async (of) => {
      const customer = await aCustomer();
      const card = await keptCard(customer);
      const path = `/sandbox/cards/${of === 'card' ? card : customer}`;
      const row = { id: card, testMethod: 'pm_card_visa', customer };
      const bad = 'pm_card_chargeDeclinedInsufficientFunds';
      expect(await sandbox.control('POST', path, { behaves: bad })).toEqual({ data: [{ ...row, behaves: bad }] });
      expect(await errorOf(stripe.paymentIntents.create(later(customer, card)))).toMatchObject({ decline_code: 'insufficient_funds' });
      expect(await sandbox.control('POST', path, { behaves: null })).toEqual({ data: [{ ...row, behaves: null }] });
      expect(await stripe.paymentIntents.create(later(customer, card))).toMatchObject({ status: 'succeeded' });
    },
  );
});

describe('the list of customers', () => {
  test('shows each with its user, its reference and its cards, and is empty once all is emptied', async () => {
    const { id } = await stripe.customers.create({ metadata: { user: 'user_42', reference: 'cu_1' } });
    const other = await aCustomer();
    const cards = [await keptCard(id), await keptCard(id, 'pm_card_mastercard')];
    await usedCard();
    const rows = cards.map((card, n) => ({
      id: card,
      testMethod: ['pm_card_visa', 'pm_card_mastercard'][n],
      behaves: null,
      customer: id,
    }));
    expect(await sandbox.control('GET', '/sandbox/customers')).toEqual({
      data: [
        { id, user: 'user_42', reference: 'cu_1', createdAt: expect.stringMatching(/Z$/), cards: rows },
        expect.objectContaining({ id: other, reference: null, cards: [] }),
      ],
      hasMore: false,
    });
    await sandbox.control('DELETE', '/sandbox');
    expect(await sandbox.control('GET', '/sandbox/customers')).toEqual({ data: [], hasMore: false });
    expect(await errorOf(stripe.paymentMethods.retrieve(cards[0] ?? ''))).toMatchObject({ statusCode: 404 });
  });

  test.each([
    ['a card of nobody', 'pm_no', { behaves: 'pm_card_visa' }, 404],
    ['a test method that does not exist', 'card', { behaves: 'pm_card_of_nobody' }, 400],
    ['nothing', 'card', {}, 400],
  ])('and whoever says of %s how it behaves is refused', async (_name, of, body, status) => {
    const card = await keptCard(await aCustomer());
    const response = await fetch(`${sandbox.url}/sandbox/cards/${of === 'card' ? card : of}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(status);
  });
});
