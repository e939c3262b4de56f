import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';
import { chargeForm, type Started, startSandbox, until } from './start.js';

const PATH = '/v1/payment_intents';
const SECRET = 'whsec_test_of_the_sandbox';
const BACKOFF_MS = [5, 5];

interface Received {
  body: string;
  signature: string;
}

let sandbox: Started;
let receiver: Server;
let url: string;
const received: Received[] = [];
/** Statuses of the next answers; 200 after them. */
const answers: number[] = [];

beforeAll(async () => {
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      received.push({ body, signature: String(request.headers['stripe-signature']) });
      response.writeHead(answers.shift() ?? 200, { Location: '/elsewhere' }).end('x'.repeat(100));
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  sandbox = await startSandbox({ webhook: { url, secret: SECRET }, webhookBackoffMs: BACKOFF_MS });
});
beforeEach(async () => {
  await sandbox.control('DELETE', '/sandbox');
  received.length = 0;
  answers.length = 0;
});
afterAll(async () => {
  await sandbox.close();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

const events = (): Stripe.Event[] => received.map(({ body }) => JSON.parse(body) as Stripe.Event);
const arrived = (count: number): Promise<unknown> =>
  until(
    () => Promise.resolve(received.length),
    (length) => length >= count,
  );

test('an event passes the library’s own check of signatures, and one with a changed byte does not', async () => {
  await sandbox.post(PATH, chargeForm(), { 'Idempotency-Key': 'key-0001' });
  await arrived(1);
  const { body, signature } = received[0] as Received;
  const event = sandbox.stripe.webhooks.constructEvent(body, signature, SECRET);
  expect(event).toMatchObject({
    id: expect.stringMatching(/^evt_/),
    object: 'event',
    type: 'payment_intent.succeeded',
    livemode: false,
    request: { id: expect.stringMatching(/^req_/), idempotency_key: 'key-0001' },
    data: { object: { object: 'payment_intent', status: 'succeeded', metadata: { reference: 'ref-1' } } },
  });
  expect(() => sandbox.stripe.webhooks.constructEvent(body.replace('1900', '1901'), signature, SECRET)).toThrow('signature');
});

test('each thing that happens to a payment is told by its own event', async () => {
  await sandbox.post(PATH, chargeForm('pm_card_chargeDeclined'));
  const asking = (await (await sandbox.post(PATH, chargeForm('pm_card_authenticationRequired'))).json()) as { id: string };
  await sandbox.stripe.paymentIntents.cancel(asking.id);
  const paid = (await (await sandbox.post(PATH, chargeForm())).json()) as { id: string };
  await sandbox.stripe.refunds.create({ payment_intent: paid.id, metadata: { reference: 'rf_1' } });
  const slow = (await (await sandbox.post(PATH, chargeForm('pm_sandbox_processing'))).json()) as { id: string };
  await arrived(7);
  expect(new Set(events().map(({ type }) => type))).toEqual(
    new Set([
      'charge.refunded',
      'payment_intent.canceled',
      'payment_intent.payment_failed',
      'payment_intent.processing',
      'payment_intent.requires_action',
      'payment_intent.succeeded',
      'refund.created',
    ]),
  );
  const refunded = events().find(({ type }) => type === 'charge.refunded');
  expect(refunded?.data.object).toMatchObject({ object: 'charge', payment_intent: paid.id, amount_refunded: 1900, refunded: true });
  const refund = events().find(({ type }) => type === 'refund.created');
  expect(refund?.data.object).toMatchObject({ object: 'refund', payment_intent: paid.id, amount: 1900, metadata: { reference: 'rf_1' } });

  await sandbox.control('POST', `/sandbox/charges/${slow.id}/succeed`);
  await arrived(8);
  expect(events().at(-1)).toMatchObject({ type: 'payment_intent.succeeded', data: { object: { id: slow.id, status: 'succeeded' } } });
});

test('a charge whose answer was lost is told of all the same', async () => {
  await sandbox.post(PATH, chargeForm('pm_sandbox_500_charged'));
  await arrived(1);
  expect(events()[0]?.type).toBe('payment_intent.succeeded');
});

test.each([[[500]], [[302]], [[404, 503]]])('after %j the same event is sent again, until it is taken', async (statuses) => {
  answers.push(...statuses);
  await sandbox.post(PATH, chargeForm());
  await arrived(statuses.length + 1);
  expect(new Set(events().map(({ id }) => id)).size).toBe(1);
  for (const { body, signature } of received) sandbox.stripe.webhooks.constructEvent(body, signature, SECRET);
});

test('after the last retry the event is given up', async () => {
  answers.push(500, 500, 500, 500);
  await sandbox.post(PATH, chargeForm());
  await arrived(1 + BACKOFF_MS.length);
  answers.length = 0;
  for (let later = 1; later <= 10; later += 1) {
    await sandbox.post(PATH, chargeForm());
    await arrived(1 + BACKOFF_MS.length + later);
  }
  expect(events().filter(({ id }) => id === events()[0]?.id)).toHaveLength(1 + BACKOFF_MS.length);
});

test('events can be switched off, and sent twice with the same id', async () => {
  await sandbox.control('POST', '/sandbox/faults', { webhooks: 'off' });
  await sandbox.post(PATH, chargeForm('pm_card_visa', { 'metadata[reference]': 'off' }));
  await sandbox.control('POST', '/sandbox/faults', { webhooks: 'twice' });
  await sandbox.post(PATH, chargeForm('pm_card_visa', { 'metadata[reference]': 'twice' }));
  await arrived(2);
  const references = events().map(({ data }) => (data.object as Stripe.PaymentIntent).metadata['reference']);
  expect(references).toEqual(['twice', 'twice']);
  expect(new Set(events().map(({ id }) => id)).size).toBe(1);
});

test('a receiver that is away holds up no answer', async () => {
  sandbox.sandbox.sendWebhooksTo({ url: 'http://127.0.0.1:9', secret: SECRET });
  try {
    expect((await sandbox.post(PATH, chargeForm())).status).toBe(200);
  } finally {
    sandbox.sandbox.sendWebhooksTo({ url, secret: SECRET });
  }
});

test('a replay is no event', async () => {
  await sandbox.post(PATH, chargeForm(), { 'Idempotency-Key': 'key-0001' });
  await sandbox.post(PATH, chargeForm(), { 'Idempotency-Key': 'key-0001' });
  await sandbox.post(PATH, chargeForm('pm_card_chargeDeclined'));
  await until(
    () => Promise.resolve(events().map(({ type }) => type)),
    (types) => types.includes('payment_intent.payment_failed'),
  );
  expect(events().filter(({ type }) => type === 'payment_intent.succeeded')).toHaveLength(1);
});
