import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FAULTS, type FaultName } from '../../src/sandbox/faults.js';
import { chargeForm, type Started, startSandbox, until } from './start.js';

const PATH = '/v1/payment_intents';
const KEY = { 'Idempotency-Key': 'key-0001' };

type First = number | 'silence' | 'reset' | 'malformed';

/** What the first caller gets, how many charges there are then, and what the same key is answered afterwards. */
interface Promised {
  first: First;
  charges: number;
  retry: First;
  replayed: boolean;
  chargesAfterRetry: number;
}

const PROMISED: Record<FaultName, Promised> = {
  none: { first: 200, charges: 1, retry: 200, replayed: true, chargesAfterRetry: 1 },
  slow_3s: { first: 200, charges: 1, retry: 200, replayed: true, chargesAfterRetry: 1 },
  timeout_charged: { first: 'silence', charges: 1, retry: 200, replayed: true, chargesAfterRetry: 1 },
  timeout_uncharged: { first: 'silence', charges: 0, retry: 200, replayed: false, chargesAfterRetry: 1 },
  '500_charged': { first: 500, charges: 1, retry: 500, replayed: true, chargesAfterRetry: 1 },
  '500_uncharged': { first: 500, charges: 0, retry: 500, replayed: true, chargesAfterRetry: 0 },
  reset_charged: { first: 'reset', charges: 1, retry: 200, replayed: true, chargesAfterRetry: 1 },
  rate_limited: { first: 429, charges: 0, retry: 200, replayed: false, chargesAfterRetry: 1 },
  malformed: { first: 'malformed', charges: 1, retry: 200, replayed: true, chargesAfterRetry: 1 },
  refused_credentials: { first: 401, charges: 0, retry: 200, replayed: false, chargesAfterRetry: 1 },
};
const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];
const METHOD_FAULTS = FAULT_NAMES.filter((name) => name !== 'none' && name !== 'refused_credentials');

let folder: string;
let sandbox: Started;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
  sandbox = await startSandbox({ dataFile: join(folder, 'charges.jsonl') });
});
beforeEach(() => sandbox.control('DELETE', '/sandbox'));
afterAll(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true });
});

const succeeded = async (): Promise<number> => (await sandbox.charges()).filter(({ status }) => status === 'succeeded').length;
const calls = async (): Promise<number> => ((await sandbox.control('GET', '/sandbox/calls')) as { count: number }).count;

/** Gives up on an answer that will not come, once the gateway has had the request and done with it whatever it does. */
async function ask(form: Record<string, string>, silentWithCharges: number | null): Promise<{ got: First; replayed: boolean }> {
  const gaveUp = new AbortController();
  const before = await calls();
  const answer = sandbox.post(PATH, form, KEY, gaveUp.signal).then(seen, () => ({
    got: gaveUp.signal.aborted ? ('silence' as const) : ('reset' as const),
    replayed: false,
  }));
  if (silentWithCharges === null) return answer;
  await until(calls, (count) => count > before);
  await until(succeeded, (count) => count === silentWithCharges);
  gaveUp.abort();
  return answer;
}

async function seen(response: Response): Promise<{ got: number | 'malformed'; replayed: boolean }> {
  const got = await response.json().then(
    () => response.status,
    () => 'malformed' as const,
  );
  return { got, replayed: response.headers.get('idempotent-replayed') === 'true' };
}

/** Asks twice with one key and says what came of it. */
async function courseOf(name: FaultName, form: Record<string, string>): Promise<Promised> {
  const promised = PROMISED[name];
  const { got: first } = await ask(form, promised.first === 'silence' ? promised.charges : null);
  const charges = await succeeded();
  const { got: retry, replayed } = await ask(form, null);
  return { first, charges, retry, replayed, chargesAfterRetry: await succeeded() };
}

describe('a fault keeps its promise', () => {
  test.each(METHOD_FAULTS)('as the payment method pm_sandbox_%s', async (name) => {
    expect(await courseOf(name, chargeForm(`pm_sandbox_${name}`))).toEqual(PROMISED[name]);
  });

  test.each(FAULT_NAMES)('as %s queued for the next request', async (name) => {
    await sandbox.control('POST', '/sandbox/faults', { next: [name] });
    expect(await courseOf(name, chargeForm())).toEqual(PROMISED[name]);
  });
});

test('a charge behind a 500 is found by its reference and in the list', async () => {
  expect((await sandbox.post(PATH, chargeForm('pm_sandbox_500_charged'), KEY)).status).toBe(500);
  const { data: found } = await sandbox.stripe.paymentIntents.search({ query: "metadata['reference']:'ref-1'" });
  const { data: listed } = await sandbox.stripe.paymentIntents.list();
  expect([found, listed]).toMatchObject([[{ status: 'succeeded' }], [{ status: 'succeeded' }]]);
});

test('a slow charge does not exist before its answer, and its key is in use meanwhile', async () => {
  const startedAt = performance.now();
  const slow = sandbox.post(PATH, chargeForm('pm_sandbox_slow_3s'), KEY);
  await until(calls, (count) => count === 1);
  const second = await sandbox.post(PATH, chargeForm('pm_sandbox_slow_3s'), KEY);
  expect([second.status, await succeeded()]).toEqual([409, 0]);
  expect((await slow).status).toBe(200);
  expect(performance.now() - startedAt).toBeGreaterThan(2_900);
  expect(await succeeded()).toBe(1);
});

test('a rate limit says when to come again', async () => {
  const response = await sandbox.post(PATH, chargeForm('pm_sandbox_rate_limited'), KEY);
  expect([response.status, response.headers.get('retry-after'), await response.json()]).toMatchObject([
    429,
    '2',
    { error: { code: 'rate_limit' } },
  ]);
});

test("a payment method's fault fires once per key, and a restart does not wind that back", async () => {
  const form = chargeForm('pm_sandbox_rate_limited');
  const file = join(folder, 'restart.jsonl');
  let other = await startSandbox({ dataFile: file });
  expect((await other.post(PATH, form, KEY)).status).toBe(429);
  await other.close();
  other = await startSandbox({ dataFile: file });
  try {
    expect((await other.post(PATH, form, KEY)).status).toBe(200);
    expect((await other.post(PATH, form, { 'Idempotency-Key': 'key-0002' })).status).toBe(429);
  } finally {
    await other.close();
  }
});

test('a queued fault meets replays too: the stored answer is lost on its way, and is there afterwards', async () => {
  await sandbox.post(PATH, chargeForm(), KEY);
  await sandbox.control('POST', '/sandbox/faults', { next: ['rate_limited', 'reset_charged', 'malformed', '500_charged'] });
  expect((await sandbox.post(PATH, chargeForm(), KEY)).status).toBe(429);
  await expect(sandbox.post(PATH, chargeForm(), KEY)).rejects.toThrow('fetch failed');
  await expect((await sandbox.post(PATH, chargeForm(), KEY)).json()).rejects.toThrow('JSON');
  expect((await sandbox.post(PATH, chargeForm(), KEY)).status).toBe(200);
  expect(await succeeded()).toBe(1);
});

test('queued faults are for confirming requests only, in their order', async () => {
  await sandbox.control('POST', '/sandbox/faults', { next: ['none', '500_uncharged'] });
  const { confirm: _confirm, ...bare } = chargeForm();
  const waiting = (await (await sandbox.post(PATH, bare)).json()) as { id: string };
  expect((await sandbox.get(PATH)).status).toBe(200);
  expect((await sandbox.post(PATH, chargeForm())).status).toBe(200);
  expect((await sandbox.post(`${PATH}/${waiting.id}/confirm`, {})).status).toBe(500);
  expect((await sandbox.post(`${PATH}/${waiting.id}/confirm`, {})).status).toBe(200);
});

test("the intent's own payment method brings its fault to the confirmation", async () => {
  const { confirm: _confirm, ...bare } = chargeForm('pm_sandbox_500_charged');
  const waiting = (await (await sandbox.post(PATH, bare)).json()) as { id: string };
  expect((await sandbox.post(`${PATH}/${waiting.id}/confirm`, {}, KEY)).status).toBe(500);
  expect(await succeeded()).toBe(1);
});

test('the library itself sends again after a reset, and meets the stored answer', async () => {
  const intent = await sandbox.stripe.paymentIntents.create(
    { amount: 1900, currency: 'usd', confirm: true, payment_method: 'pm_sandbox_reset_charged' },
    { idempotencyKey: 'key-0003' },
  );
  expect(intent.status).toBe('succeeded');
  expect(await sandbox.charges()).toMatchObject([{ attempts: 2 }]);
});

test('latency is waited for before anything is looked at', async () => {
  await sandbox.control('POST', '/sandbox/faults', { latencyMs: 150 });
  const startedAt = performance.now();
  expect((await sandbox.get('/v1/balance')).status).toBe(200);
  expect(performance.now() - startedAt).toBeGreaterThan(140);
});
