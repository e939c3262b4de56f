import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { MAX_PARKED } from '../../src/sandbox/barrier.js';
import { chargeForm, type Started, startSandbox, until } from './start.js';

const PATH = '/v1/payment_intents';
const KEY = { 'Idempotency-Key': 'key-0001' };

let sandbox: Started;

beforeAll(async () => {
  sandbox = await startSandbox();
});
beforeEach(() => sandbox.control('DELETE', '/sandbox'));
afterAll(() => sandbox.close());

const heldCount = async (atLeast: number): Promise<number> =>
  ((await sandbox.control('GET', `/sandbox/held?atLeast=${atLeast}`)) as { count: number }).count;

test.each([
  ['arrival', 0],
  ['before', 0],
  ['after', 1],
] as const)('requests held at "%s" have made %i charges while they are parked, and one each after release', async (at, each) => {
  await sandbox.control('POST', '/sandbox/hold', { at });
  const held = [1, 2, 3].map((n) => sandbox.post(PATH, chargeForm(), { 'Idempotency-Key': `key-000${n}` }));
  expect(await heldCount(3)).toBe(3);
  expect(await sandbox.charges()).toHaveLength(3 * each);
  expect(await sandbox.control('POST', '/sandbox/release')).toEqual({ released: 3 });
  expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(await sandbox.charges()).toHaveLength(3);
  expect(await heldCount(0)).toBe(0);
  expect((await sandbox.post(PATH, chargeForm())).status).toBe(200);
});

test.each([
  ['arrival', 200, null],
  ['before', 409, null],
  ['after', 200, 'true'],
] as const)('while one is held at "%s" a repeat with its key is answered %i, replayed: %s', async (at, status, replayed) => {
  await sandbox.control('POST', '/sandbox/hold', { at, count: 1 });
  const held = sandbox.post(PATH, chargeForm(), KEY);
  expect(await heldCount(1)).toBe(1);
  const repeat = await sandbox.post(PATH, chargeForm(), KEY);
  expect([repeat.status, repeat.headers.get('idempotent-replayed')]).toEqual([status, replayed]);
  await sandbox.control('POST', '/sandbox/release');
  expect((await held).status).toBe(200);
  expect(await sandbox.charges()).toHaveLength(1);
});

test('only confirming requests are held', async () => {
  await sandbox.control('POST', '/sandbox/hold');
  expect((await sandbox.stripe.paymentIntents.create({ amount: 500, currency: 'usd' })).status).toBe('requires_payment_method');
  expect((await sandbox.stripe.balance.retrieve()).object).toBe('balance');
});

test('a held request whose caller is gone is executed all the same when it is released', async () => {
  await sandbox.control('POST', '/sandbox/hold');
  const gone = new AbortController();
  const held = sandbox.post(PATH, chargeForm(), KEY, gone.signal);
  await heldCount(1);
  gone.abort();
  await expect(held).rejects.toThrow('aborted');
  await sandbox.control('POST', '/sandbox/release');
  expect(await until(sandbox.charges, (charges) => charges.length > 0)).toHaveLength(1);
});

test('asking for more held requests than there are waits for them', async () => {
  await sandbox.control('POST', '/sandbox/hold');
  const asked = heldCount(1);
  const held = sandbox.post(PATH, chargeForm());
  expect(await asked).toBe(1);
  await sandbox.control('POST', '/sandbox/release');
  await held;
});

test('as many as the limit are held, and one more is refused', async () => {
  await sandbox.control('POST', '/sandbox/hold');
  const held = Array.from({ length: MAX_PARKED }, () => sandbox.post(PATH, chargeForm()).catch(() => null));
  await until(
    () => heldCount(MAX_PARKED),
    (count) => count === MAX_PARKED,
  );
  expect((await sandbox.post(PATH, chargeForm())).status).toBe(503);
  await sandbox.control('DELETE', '/sandbox');
  expect(await Promise.all(held)).toEqual(Array(MAX_PARKED).fill(null));
});
