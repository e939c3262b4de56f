import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { chargeForm, type Started, startSandbox } from './start.js';

const PATH = '/v1/payment_intents';
const KEY = { 'Idempotency-Key': 'key-0001' };

let sandbox: Started;

beforeAll(async () => {
  sandbox = await startSandbox();
});
beforeEach(() => sandbox.control('DELETE', '/sandbox'));
afterAll(() => sandbox.close());

test('charges are every intent with its key, reference and attempts', async () => {
  await sandbox.post(PATH, chargeForm(), KEY);
  await sandbox.post(PATH, chargeForm(), KEY);
  await sandbox.post(PATH, chargeForm('pm_card_chargeDeclined', { 'metadata[reference]': 'ref-2' }));
  const open = await sandbox.stripe.paymentIntents.create({ amount: 700, currency: 'eur' });
  await sandbox.stripe.paymentIntents.cancel(open.id);
  const rows = await sandbox.charges();
  expect(rows).toEqual([
    {
      id: expect.stringMatching(/^pi_/),
      reference: 'ref-1',
      user: null,
      idempotencyKey: 'key-0001',
      amount: 1900,
      currency: 'usd',
      status: 'succeeded',
      paymentMethod: expect.stringMatching(/^pm_\w{24}$/),
      testMethod: 'pm_card_visa',
      customer: null,
      offSession: false,
      amountRefunded: 0,
      createdAt: expect.stringMatching(/Z$/),
      attempts: 2,
    },
    expect.objectContaining({ reference: 'ref-2', status: 'requires_payment_method', idempotencyKey: null, attempts: 1 }),
    expect.objectContaining({ id: open.id, reference: null, status: 'canceled', amount: 700, attempts: 0 }),
  ]);
  expect(await sandbox.control('GET', '/sandbox/charges?reference=ref-2')).toEqual({ data: [rows[1]], hasMore: false });
});

test('calls are counted and shown with method, path, key and time, refused ones too', async () => {
  await sandbox.post(PATH, chargeForm(), KEY);
  await fetch(`${sandbox.url}/v1/balance?expand[]=x`);
  const calls = (await sandbox.control('GET', '/sandbox/calls')) as { count: number; data: unknown[] };
  expect(calls).toEqual({
    count: 2,
    data: [
      { method: 'POST', path: PATH, idempotencyKey: 'key-0001', at: expect.stringMatching(/Z$/) },
      { method: 'GET', path: '/v1/balance', idempotencyKey: null, at: expect.stringMatching(/Z$/) },
    ],
  });
});

test('health says that it lives', async () => {
  expect(await sandbox.control('GET', '/sandbox/health')).toEqual({ status: 'ok', charges: 0 });
});

test.each([
  ['/sandbox/faults', { next: ['explode'] }],
  ['/sandbox/faults', { latencyMs: 60_001 }],
  ['/sandbox/faults', { latency: 1 }],
  ['/sandbox/faults', { webhooks: 'maybe' }],
  ['/sandbox/faults', { next: Array(1001).fill('none') }],
  ['/sandbox/hold', { at: 'nowhere' }],
  ['/sandbox/hold', { count: 0 }],
  ['/sandbox/hold', { of: 'payout' }],
  ['/sandbox/release', { of: 'payout' }],
  ['/sandbox/faults', { of: 'payout', next: ['none'] }],
])('a POST to %s that cannot be understood is refused', async (path, body) => {
  expect((await fetch(`${sandbox.url}${path}`, { method: 'POST', body: JSON.stringify(body) })).status).toBe(400);
});

test('what is no JSON and what has no route are refused in the shape of Stripe', async () => {
  const wrong = await fetch(`${sandbox.url}/sandbox/faults`, { method: 'POST', body: '{' });
  expect([wrong.status, await wrong.json()]).toMatchObject([400, { error: { type: 'invalid_request_error' } }]);
  const nowhere = await sandbox.get('/v1/subscriptions');
  expect([nowhere.status, await nowhere.json()]).toMatchObject([404, { error: { type: 'invalid_request_error' } }]);
});
