import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { chargeForm, errorOf, type Started, startSandbox, visa } from './start.js';

let sandbox: Started;
let stripe: Stripe;

beforeAll(async () => {
  sandbox = await startSandbox();
  ({ stripe } = sandbox);
});
beforeEach(() => sandbox.control('DELETE', '/sandbox'));
afterAll(() => sandbox.close());

const succeed = (id: string): Promise<unknown> => sandbox.control('POST', `/sandbox/charges/${id}/succeed`);
const status = async (path: string): Promise<number> => (await fetch(`${sandbox.url}${path}`, { method: 'POST' })).status;

test.each([
  ['that was declined', 'pm_card_chargeDeclined', 'requires_payment_method'],
  ['that waits for the customer', 'pm_card_authenticationRequired', 'requires_action'],
  ['that takes its time', 'pm_sandbox_processing', 'processing'],
])('money comes late for a charge %s', async (_which, paymentMethod, before) => {
  await sandbox.post('/v1/payment_intents', chargeForm(paymentMethod), { 'Idempotency-Key': 'key-0001' });
  const [row] = await sandbox.charges();
  expect(row).toMatchObject({ status: before, attempts: 1 });
  expect(await succeed(row?.id ?? '')).toEqual({ ...row, status: 'succeeded' });
  const intent = await stripe.paymentIntents.retrieve(row?.id ?? '', { expand: ['latest_charge'] });
  expect(intent).toMatchObject({ status: 'succeeded', amount_received: 1900, last_payment_error: null, next_action: null });
  expect(intent.latest_charge).toMatchObject({ paid: true, status: 'succeeded' });
  expect(await stripe.refunds.create({ payment_intent: intent.id })).toMatchObject({ amount: 1900 });
});

test('money comes late for a charge that was canceled, which is canceled no more', async () => {
  const open = await stripe.paymentIntents.create({ ...visa, payment_method: 'pm_card_authenticationRequired' });
  await stripe.paymentIntents.cancel(open.id, { cancellation_reason: 'abandoned' });
  await succeed(open.id);
  expect(await stripe.paymentIntents.retrieve(open.id)).toMatchObject({
    status: 'succeeded',
    canceled_at: null,
    cancellation_reason: null,
  });
});

test('the repeat of a declined request is answered as before, though the money came', async () => {
  const key = { 'Idempotency-Key': 'key-0001' };
  const form = chargeForm('pm_card_chargeDeclined');
  expect((await sandbox.post('/v1/payment_intents', form, key)).status).toBe(402);
  await succeed((await sandbox.charges())[0]?.id ?? '');
  const repeat = await sandbox.post('/v1/payment_intents', form, key);
  expect([repeat.status, repeat.headers.get('idempotent-replayed')]).toEqual([402, 'true']);
  expect(await sandbox.charges()).toMatchObject([{ status: 'succeeded', attempts: 2 }]);
});

test('money comes once: for a charge that has succeeded, and for none, it is refused', async () => {
  const paid = await stripe.paymentIntents.create(visa);
  expect([await status(`/sandbox/charges/${paid.id}/succeed`), await status('/sandbox/charges/pi_no/succeed')]).toEqual([400, 404]);
  expect(await sandbox.charges()).toMatchObject([{ id: paid.id, status: 'succeeded', amountRefunded: 0 }]);
});

test('what takes its time cannot be confirmed again, but canceled', async () => {
  const slow = await stripe.paymentIntents.create({ ...visa, payment_method: 'pm_sandbox_processing' });
  expect(slow).toMatchObject({ status: 'processing', amount_received: 0, latest_charge: null });
  const unexpected = { code: 'payment_intent_unexpected_state', payment_intent: { status: 'processing' } };
  expect(await errorOf(stripe.paymentIntents.confirm(slow.id))).toMatchObject(unexpected);
  expect(await stripe.paymentIntents.cancel(slow.id)).toMatchObject({ status: 'canceled' });
});
