import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { MAX_HELD_SOCKETS } from '../../src/sandbox/held-sockets.js';
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

test('everything is forgotten, and what was under way is dropped without a charge', async () => {
  await sandbox.stripe.customers.create({});
  await sandbox.post(PATH, chargeForm(), { 'Idempotency-Key': 'key-0000' });
  await sandbox.control('POST', '/sandbox/faults', { next: ['slow_3s', '500_charged'], latencyMs: 5, webhooks: 'off' });
  const slow = sandbox.post(PATH, chargeForm(), KEY);
  await until(
    () => sandbox.control('POST', '/sandbox/faults', {}),
    (faults) => (faults as { next: string[] }).next.length === 1,
  );
  await sandbox.control('POST', '/sandbox/hold');
  await sandbox.control('POST', '/sandbox/faults', { next: [] });
  const held = sandbox.post(PATH, chargeForm(), { 'Idempotency-Key': 'key-0002' });
  await heldCount(1);
  await sandbox.control('DELETE', '/sandbox');
  await expect(slow).rejects.toThrow('fetch failed');
  await expect(held).rejects.toThrow('fetch failed');
  expect(await sandbox.control('POST', '/sandbox/faults', {})).toEqual({
    latencyMs: 0,
    searchLagMs: 0,
    of: 'charge',
    next: [],
    webhooks: 'on',
  });
  expect(await sandbox.control('GET', '/sandbox/calls')).toEqual({ count: 0, data: [] });
  expect(await sandbox.charges()).toEqual([]);
  const again = await sandbox.post(PATH, chargeForm(), { 'Idempotency-Key': 'key-0000' });
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, null]);
  expect((await sandbox.post(PATH, chargeForm(), KEY)).status).toBe(200);
});

test('a request that never gets an answer is let go', async () => {
  const silent = sandbox.post(PATH, chargeForm('pm_sandbox_timeout_charged'), KEY);
  await until(sandbox.charges, (charges) => charges.length === 1);
  await sandbox.control('DELETE', '/sandbox');
  await expect(silent).rejects.toThrow('fetch failed');
});

test('as many requests as the limit are kept without an answer, and one more is cut off', async () => {
  const form = chargeForm('pm_sandbox_timeout_charged');
  const silent = Array.from({ length: MAX_HELD_SOCKETS }, () => sandbox.post(PATH, form).catch(() => 'cut'));
  await until(sandbox.charges, (charges) => charges.length === MAX_HELD_SOCKETS);
  expect(await Promise.race([...silent, sleep(100, 'silent')])).toBe('silent');
  await expect(sandbox.post(PATH, form)).rejects.toThrow('fetch failed');
  await sandbox.control('DELETE', '/sandbox');
  expect(await Promise.all(silent)).toEqual(Array(MAX_HELD_SOCKETS).fill('cut'));
  const later = sandbox.post(PATH, form).catch(() => 'cut');
  await until(sandbox.charges, (charges) => charges.length === 1);
  expect(await Promise.race([later, sleep(300, 'silent')])).toBe('silent');
  await sandbox.control('DELETE', '/sandbox');
  await later;
});
test('what was under way when the sandbox was closed does nothing afterwards', async () => {
  let steps = 0;
  const closing = await startSandbox({ now: () => (steps += 1) });
  await closing.control('POST', '/sandbox/faults', { next: ['slow_3s'] });
  const request = closing.post(PATH, chargeForm()).catch(() => 'cut');
  await until(
    () => closing.control('POST', '/sandbox/faults', {}) as Promise<{ next: unknown[] }>,
    ({ next }) => next.length === 0,
  );
  await closing.close();
  const stepsAtClose = steps;
  expect(await request).toBe('cut');
  await sleep(3_200);
  expect(steps).toBe(stepsAtClose);
});
