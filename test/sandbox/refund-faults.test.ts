import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { chargeForm, type Started, startSandbox, until } from './start.js';

const KEY = { 'Idempotency-Key': 'key-of-a-refund' };
const REFUNDS = '/v1/refunds';

let sandbox: Started;
let form: Record<string, string>;

beforeAll(async () => {
  sandbox = await startSandbox();
});
beforeEach(async () => {
  await sandbox.control('DELETE', '/sandbox');
  const { id } = (await (await sandbox.post('/v1/payment_intents', chargeForm())).json()) as { id: string };
  form = { payment_intent: id, amount: '400', 'metadata[reference]': 'rf_1' };
});
afterAll(() => sandbox.close());

const refundOnce = (key: Record<string, string> = KEY, signal?: AbortSignal) => sandbox.post(REFUNDS, form, key, signal);
const givenBack = async (): Promise<number | undefined> => (await sandbox.charges())[0]?.amountRefunded;
const failNext = (...next: string[]) => sandbox.control('POST', '/sandbox/faults', { of: 'refund', next });
const heldCount = async (of: string, atLeast: number): Promise<number> =>
  ((await sandbox.control('GET', `/sandbox/held?of=${of}&atLeast=${atLeast}`)) as { count: number }).count;

describe('a fault of a refund keeps its promise', () => {
  test.each([
    { fault: 'none', first: 200, after: 400, retry: 200, replayed: true, afterRetry: 400 },
    { fault: '500_charged', first: 500, after: 400, retry: 500, replayed: true, afterRetry: 400 },
    { fault: '500_uncharged', first: 500, after: 0, retry: 500, replayed: true, afterRetry: 0 },
    { fault: 'rate_limited', first: 429, after: 0, retry: 200, replayed: false, afterRetry: 400 },
    { fault: 'refused_credentials', first: 401, after: 0, retry: 200, replayed: false, afterRetry: 400 },
    { fault: 'malformed', first: 200, after: 400, retry: 200, replayed: true, afterRetry: 400 },
    { fault: 'slow_3s', first: 200, after: 400, retry: 200, replayed: true, afterRetry: 400 },
  ])('$fault', async ({ fault, first, after, retry, replayed, afterRetry }) => {
    await failNext(fault);
    expect([(await refundOnce()).status, await givenBack()]).toEqual([first, after]);
    const again = await refundOnce();
    expect([again.status, again.headers.get('idempotent-replayed') === 'true', await givenBack()]).toEqual([retry, replayed, afterRetry]);
  });

  test('reset_charged', async () => {
    await failNext('reset_charged');
    await expect(refundOnce()).rejects.toThrow('fetch failed');
    expect([await givenBack(), (await refundOnce()).status, await givenBack()]).toEqual([400, 200, 400]);
  });

  test.each([
    ['timeout_charged', 400],
    ['timeout_uncharged', 0],
  ])('%s: there is no answer, and %i is given back', async (fault, amount) => {
    await failNext(fault);
    const gone = new AbortController();
    const silent = refundOnce(KEY, gone.signal);
    silent.catch(() => undefined);
    await until(
      () => sandbox.control('GET', '/sandbox/calls'),
      (calls) => (calls as { data: { path: string }[] }).data.some(({ path }) => path === REFUNDS),
    );
    expect(await until(givenBack, (sum) => sum === amount)).toBe(amount);
    gone.abort();
    await expect(silent).rejects.toThrow('aborted');
    expect([(await refundOnce()).status, await givenBack()]).toEqual([200, 400]);
  });
});

test('faults of charges and of refunds are queued apart', async () => {
  expect(await sandbox.control('POST', '/sandbox/faults', { next: ['500_uncharged'] })).toMatchObject({
    of: 'charge',
    next: ['500_uncharged'],
  });
  expect(await failNext('rate_limited')).toMatchObject({ of: 'refund', next: ['rate_limited'] });
  expect((await refundOnce()).status).toBe(429);
  expect((await refundOnce()).status).toBe(200);
  expect((await sandbox.post('/v1/payment_intents', chargeForm())).status).toBe(500);
});

test('a refund of a charge whose payment method has a fault has none of its own', async () => {
  const lost = await sandbox.post('/v1/payment_intents', chargeForm('pm_sandbox_500_charged'));
  expect(lost.status).toBe(500);
  const id = (await sandbox.charges())[1]?.id ?? '';
  expect((await sandbox.post(REFUNDS, { payment_intent: id })).status).toBe(200);
});

describe('a refund is held', () => {
  test.each([
    ['arrival', 0, 200],
    ['before', 0, 409],
    ['after', 400, 200],
  ] as const)('at "%s", where %i is given back, a repeat is answered %i, and it is given back once', async (at, amount, repeated) => {
    expect(await sandbox.control('POST', '/sandbox/hold', { of: 'refund', at, count: 1 })).toEqual({ of: 'refund', at, count: 1 });
    const held = refundOnce();
    expect([await heldCount('refund', 1), await givenBack()]).toEqual([1, amount]);
    expect((await refundOnce()).status).toBe(repeated);
    expect(await sandbox.control('POST', '/sandbox/release', { of: 'refund' })).toEqual({ released: 1 });
    expect([(await held).status, await givenBack()]).toEqual([200, 400]);
  });

  test('and charges go on meanwhile, as refunds do while charges are held', async () => {
    await sandbox.control('POST', '/sandbox/hold', { of: 'refund' });
    const refund = refundOnce();
    await heldCount('refund', 1);
    expect((await sandbox.post('/v1/payment_intents', chargeForm())).status).toBe(200);
    await sandbox.control('POST', '/sandbox/hold');
    const charge = sandbox.post('/v1/payment_intents', chargeForm());
    expect(await heldCount('charge', 1)).toBe(1);
    expect(await sandbox.control('POST', '/sandbox/release', { of: 'refund' })).toEqual({ released: 1 });
    expect((await refund).status).toBe(200);
    expect([await heldCount('charge', 1), await heldCount('refund', 0)]).toEqual([1, 0]);
    expect(await sandbox.control('POST', '/sandbox/release')).toEqual({ released: 1 });
    expect((await charge).status).toBe(200);
  });

  test('and is dropped, and no more are held, when the sandbox is emptied', async () => {
    await sandbox.control('POST', '/sandbox/hold', { of: 'refund', at: 'arrival' });
    await failNext('none', 'none', 'none');
    const held = refundOnce();
    held.catch(() => undefined);
    await heldCount('refund', 1);
    await sandbox.control('DELETE', '/sandbox');
    await expect(held).rejects.toThrow('fetch failed');
    expect(await sandbox.control('POST', '/sandbox/faults', { of: 'refund' })).toMatchObject({ next: [] });
    expect((await refundOnce()).status).toBe(400);
  });
});
