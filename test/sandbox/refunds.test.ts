import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { errorOf, type Started, startSandbox, visa } from './start.js';

let sandbox: Started;
let stripe: Stripe;

beforeAll(async () => {
  sandbox = await startSandbox();
  ({ stripe } = sandbox);
});
beforeEach(() => sandbox.control('DELETE', '/sandbox'));
afterAll(() => sandbox.close());

test('a charge is refunded in parts until nothing is left, and never beyond', async () => {
  const intent = await stripe.paymentIntents.create(visa);
  const part = await stripe.refunds.create({ payment_intent: intent.id, amount: 900, reason: 'requested_by_customer' });
  expect(part).toMatchObject({
    object: 'refund',
    amount: 900,
    status: 'succeeded',
    payment_intent: intent.id,
    charge: intent.latest_charge,
  });
  expect(await errorOf(stripe.refunds.create({ payment_intent: intent.id, amount: 1001 }))).toMatchObject({ param: 'amount' });
  expect(await sandbox.charges()).toMatchObject([{ amountRefunded: 900, status: 'succeeded' }]);
  const rest = await stripe.refunds.create({ charge: intent.latest_charge as string });
  expect(rest.amount).toBe(1000);
  expect(await errorOf(stripe.refunds.create({ payment_intent: intent.id }))).toMatchObject({ code: 'charge_already_refunded' });
  const other = await stripe.paymentIntents.create(visa);
  await stripe.refunds.create({ payment_intent: other.id });
  expect((await stripe.refunds.list({ payment_intent: intent.id })).data.map(({ id }) => id)).toEqual([rest.id, part.id]);
  expect((await stripe.refunds.list()).data).toHaveLength(3);
});

test('a refund is repeated under its key, and another amount under the same key is refused', async () => {
  const intent = await stripe.paymentIntents.create(visa);
  const part = { payment_intent: intent.id, amount: 900, metadata: { reference: 'rf_1' } };
  const key = { idempotencyKey: 'key-of-a-refund' };
  const [first, second] = [await stripe.refunds.create(part, key), await stripe.refunds.create(part, key)];
  expect([second.id, second.lastResponse.headers['idempotent-replayed']]).toEqual([first.id, 'true']);
  expect(await errorOf(stripe.refunds.create({ ...part, amount: 800 }, key))).toMatchObject({ rawType: 'idempotency_error' });
  const { data } = await stripe.refunds.list({ payment_intent: intent.id });
  expect(data).toMatchObject([{ id: first.id, amount: 900, metadata: { reference: 'rf_1' } }]);
  expect(await sandbox.charges()).toMatchObject([{ amountRefunded: 900, attempts: 1 }]);
});

test('a refusal is repeated under its key too, though it would no longer be refused', async () => {
  const open = await stripe.paymentIntents.create({ ...visa, payment_method: 'pm_card_authenticationRequired' });
  const refund = () => errorOf(stripe.refunds.create({ payment_intent: open.id }, { idempotencyKey: 'key-of-a-refund' }));
  expect((await refund()).message).toMatch(/successful charge/);
  await sandbox.control('POST', `/sandbox/charges/${open.id}/succeed`);
  expect((await refund()).message).toMatch(/successful charge/);
});

test('what was never paid cannot be refunded', async () => {
  const open = await stripe.paymentIntents.create({ ...visa, payment_method: 'pm_card_authenticationRequired' });
  expect((await errorOf(stripe.refunds.create({ payment_intent: open.id }))).message).toMatch(/successful charge/);
  expect(await errorOf(stripe.refunds.create({ payment_intent: 'pi_no' }))).toMatchObject({ code: 'resource_missing' });
  expect(await errorOf(stripe.refunds.create({ payment_intent: open.id, amount: 0 }))).toMatchObject({ param: 'amount' });
});

test('the balance is what was charged less what was refunded, per currency', async () => {
  const intent = await stripe.paymentIntents.create(visa);
  await stripe.paymentIntents.create({ ...visa, currency: 'eur', amount: 500 });
  await errorOf(stripe.paymentIntents.create({ ...visa, payment_method: 'pm_card_chargeDeclined' }));
  await stripe.refunds.create({ payment_intent: intent.id, amount: 400 });
  const { available } = await stripe.balance.retrieve();
  expect(available.map(({ amount, currency }) => [currency, amount])).toEqual([
    ['usd', 1500],
    ['eur', 500],
  ]);
});
