import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chargeForm, errorOf, type Started, startSandbox } from './start.js';

const HOUR_MS = 3_600_000;
const PATH = '/v1/payment_intents';
const KEY = { 'Idempotency-Key': 'key-0001' };

let folder: string;
let sandbox: Started;
let nowMs: number;
const start = (): Promise<Started> => startSandbox({ dataFile: join(folder, 'charges.jsonl'), now: () => nowMs });

beforeEach(async () => {
  nowMs = Date.UTC(2026, 10, 1);
  folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
  sandbox = await start();
});
afterEach(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true });
});

const waiting = async (): Promise<string> => (await sandbox.stripe.paymentIntents.create({ amount: 500, currency: 'usd' })).id;

test('the same key with the same parameters answers the very same bytes and charges once', async () => {
  const first = await sandbox.post(PATH, chargeForm(), KEY);
  const again = await sandbox.post(PATH, chargeForm(), KEY);
  expect([first.status, first.headers.get('idempotent-replayed')]).toEqual([200, null]);
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
  expect(again.headers.get('original-request')).toBe(first.headers.get('request-id'));
  expect(await again.text()).toBe(await first.text());
  expect(await sandbox.charges()).toMatchObject([{ idempotencyKey: KEY['Idempotency-Key'], reference: 'ref-1', attempts: 2 }]);
});

test('the order in which parameters are sent does not matter', async () => {
  await sandbox.post(PATH, chargeForm(), KEY);
  const turned = Object.fromEntries(Object.entries(chargeForm()).reverse());
  expect((await sandbox.post(PATH, turned, KEY)).headers.get('idempotent-replayed')).toBe('true');
});

test.each([
  ['another amount', PATH, chargeForm('pm_card_visa', { amount: '2000' })],
  ['another metadata value', PATH, chargeForm('pm_card_visa', { 'metadata[reference]': 'ref-2' })],
  ['another path', '/v1/customers', {}],
])('the same key with %s is an idempotency_error and changes nothing', async (_what, path, form) => {
  await sandbox.post(PATH, chargeForm(), KEY);
  const refused = await sandbox.post(path, form, KEY);
  expect([refused.status, await refused.json()]).toMatchObject([400, { error: { type: 'idempotency_error' } }]);
  expect(await sandbox.charges()).toHaveLength(1);
});

test('a key belongs to the object in the path as well: it does not cancel a second intent', async () => {
  const [one, two] = [await waiting(), await waiting()];
  expect((await sandbox.post(`${PATH}/${one}/cancel`, {}, KEY)).status).toBe(200);
  expect((await sandbox.post(`${PATH}/${two}/cancel`, {}, KEY)).status).toBe(400);
  expect((await sandbox.stripe.paymentIntents.retrieve(two)).status).toBe('requires_payment_method');
});

test('the library sees the mismatch as its own error class', async () => {
  const params = { amount: 1900, currency: 'usd' };
  await sandbox.stripe.paymentIntents.create(params, { idempotencyKey: 'key-0002' });
  const error = await errorOf(sandbox.stripe.paymentIntents.create({ ...params, amount: 1 }, { idempotencyKey: 'key-0002' }));
  expect(error).toMatchObject({ type: 'StripeIdempotencyError', statusCode: 400 });
});

test('keys belong to the API key that sent them', async () => {
  await sandbox.post(PATH, chargeForm(), KEY);
  const other = await sandbox.post(PATH, chargeForm(), { ...KEY, Authorization: 'Bearer sk_test_other' });
  expect([other.status, other.headers.get('idempotent-replayed')]).toEqual([200, null]);
  expect(await sandbox.charges()).toHaveLength(2);
});

test('a key whose first request is in progress is 409 until that one is done, and a replay then', async () => {
  await sandbox.control('POST', '/sandbox/hold');
  const first = sandbox.post(PATH, chargeForm(), KEY);
  await sandbox.control('GET', '/sandbox/held?atLeast=1');
  const second = await sandbox.post(PATH, chargeForm(), KEY);
  expect([second.status, await second.json()]).toMatchObject([
    409,
    { error: { type: 'idempotency_error', code: 'idempotency_key_in_use' } },
  ]);
  await sandbox.control('POST', '/sandbox/release');
  expect((await first).status).toBe(200);
  const third = await sandbox.post(PATH, chargeForm(), KEY);
  expect([third.status, third.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
  expect(await sandbox.charges()).toHaveLength(1);
});

test('a decline is stored and replayed like any other answer', async () => {
  const form = chargeForm('pm_card_chargeDeclined');
  const first = await sandbox.post(PATH, form, KEY);
  const again = await sandbox.post(PATH, form, KEY);
  expect([first.status, again.status, again.headers.get('idempotent-replayed')]).toEqual([402, 402, 'true']);
  expect(await again.text()).toBe(await first.text());
  expect(await sandbox.charges()).toHaveLength(1);
});

test.each([
  ['validation', chargeForm('pm_card_visa', { amount: 'x' }), {}, 400],
  ['an unknown payment method', chargeForm('pm_gone'), {}, 400],
])('what %s refused is not stored: the key is free for the right parameters', async (_what, form, headers, status) => {
  expect((await sandbox.post(PATH, form, { ...KEY, ...headers })).status).toBe(status);
  const right = await sandbox.post(PATH, chargeForm(), KEY);
  expect([right.status, right.headers.get('idempotent-replayed')]).toEqual([200, null]);
});

test('every POST is replayed, and a replayed refund refunds once', async () => {
  const intent = await sandbox.stripe.paymentIntents.create({
    amount: 1900,
    currency: 'usd',
    confirm: true,
    payment_method: 'pm_card_visa',
  });
  const ask = () => sandbox.stripe.refunds.create({ payment_intent: intent.id, amount: 500 }, { idempotencyKey: 'refund-1' });
  const [first, again] = [await ask(), await ask()];
  expect(again.id).toBe(first.id);
  expect(await sandbox.charges()).toMatchObject([{ amountRefunded: 500, attempts: 1 }]);
});

test('without a key every request is its own', async () => {
  await sandbox.post(PATH, chargeForm());
  await sandbox.post(PATH, chargeForm());
  expect(await sandbox.charges()).toHaveLength(2);
});

test('a key of more than 255 characters is refused', async () => {
  expect((await sandbox.post(PATH, chargeForm(), { 'Idempotency-Key': 'k'.repeat(256) })).status).toBe(400);
  expect((await sandbox.post(PATH, chargeForm(), { 'Idempotency-Key': 'k'.repeat(255) })).status).toBe(200);
});

test('keys live for 24 hours, and after that the same key charges again', async () => {
  await sandbox.post(PATH, chargeForm(), KEY);
  nowMs += 24 * HOUR_MS - 1;
  expect((await sandbox.post(PATH, chargeForm(), KEY)).headers.get('idempotent-replayed')).toBe('true');
  nowMs += 1;
  expect((await sandbox.post(PATH, chargeForm(), KEY)).headers.get('idempotent-replayed')).toBeNull();
  expect(await sandbox.charges()).toHaveLength(2);
});

test('keys survive a restart byte for byte, and no API key is in the file', async () => {
  const body = await (await sandbox.post(PATH, chargeForm(), KEY)).text();
  await sandbox.close();
  sandbox = await start();
  const again = await sandbox.post(PATH, chargeForm(), KEY);
  expect([await again.text(), again.headers.get('idempotent-replayed')]).toEqual([body, 'true']);
  const other = await sandbox.post(PATH, chargeForm('pm_card_visa', { amount: '2000' }), KEY);
  expect(other.status).toBe(400);
  expect(await readFile(join(folder, 'charges.jsonl'), 'utf8')).not.toContain('sk_test_');
});

test('requests that arrive together with one key make one charge', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => sandbox.post(PATH, chargeForm(), KEY)));
  for (const { status } of answers) expect([200, 409]).toContain(status);
  expect(await sandbox.charges()).toHaveLength(1);
});
