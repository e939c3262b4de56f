import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { whileHeld } from '../kit/held.js';
import { newKey, newUser } from '../kit/names.js';
import { freePort, startTestPostgres, type TestServer } from '../kit/servers.js';
import { Shop, type Answer } from '../kit/shop.js';
import { eventually } from '../kit/waiting.js';

let shop: Shop;

describe('a gateway that refuses the connection', () => {
  beforeAll(async () => {
    shop = await Shop.open({ env: { STRIPE_API_BASE: `http://127.0.0.1:${await freePort()}` } });
  });
  afterAll(() => shop?.close());

  test('is answered 503 gateway-unavailable, charged no: the operation is failed and the seat free', async () => {
    const client = shop.as(newUser());
    const { status, headers, body } = await client.subscribe('studio-a');
    expect([status, body]).toMatchObject([503, { code: 'gateway-unavailable', charged: 'no', retryable: false }]);
    expect([headers.get('retry-after'), headers.get('operation-id')]).toEqual(['5', body.operationId]);
    const { body: operation } = await client.get(`/v1/operations/${body.operationId}`);
    expect(operation).toMatchObject({
      status: 'failed',
      charged: 'no',
      problem: { code: 'gateway-unavailable' },
      gateway: { reference: null, attempts: 1 },
    });
    const { data } = (await client.get('/v1/plans')).body;
    expect(data.find((plan: { id: string }) => plan.id === 'studio-a').seats).toMatchObject({ held: 0, taken: 0 });
  });

  test('is answered the same to the same key, and nobody is asked again', async () => {
    const client = shop.as(newUser());
    const key = newKey();
    const first = await client.subscribe('pro', { key });
    const replay = await client.subscribe('pro', { key });
    expect([replay.status, replay.headers.get('idempotent-replayed'), replay.body.operationId]).toEqual([
      503,
      'true',
      first.body.operationId,
    ]);
    expect((await client.get(`/v1/operations/${first.body.operationId}`)).body.gateway.attempts).toBe(1);
  });

  test('does not keep anybody from what costs nothing', async () => {
    expect((await shop.as(newUser()).subscribe('free')).status).toBe(201);
  });
});

describe('a gateway that answers, but not about the charge', () => {
  beforeAll(async () => {
    shop = await Shop.open();
  });
  afterAll(() => shop?.close());

  test('and refuses our credentials is answered 503 gateway-unavailable, and rings an alarm', async () => {
    await shop.gateway('POST', '/sandbox/faults', { next: ['refused_credentials'] });
    const answer = await shop.as(newUser()).subscribe('pro');
    expect([answer.status, answer.body]).toMatchObject([503, { code: 'gateway-unavailable', charged: 'no' }]);
    expect(answer.headers.get('retry-after')).not.toBeNull();
    const metrics = await (await fetch(`${shop.url}/metrics`)).text();
    expect(metrics).toMatch(/alarm="gateway_credentials"\} 1$/m);
    expect(await shop.charges()).toEqual([]);
  });

  test('and asks to slow down is answered 503 gateway-unavailable with the time that it names', async () => {
    const answer = await shop.as(newUser()).subscribe('pro', { paymentMethod: 'pm_sandbox_rate_limited' });
    expect([answer.status, answer.body]).toMatchObject([503, { code: 'gateway-unavailable', charged: 'no' }]);
    expect(answer.headers.get('retry-after')).toBe('2');
    expect(await shop.charges()).toEqual([]);
  });
});

describe('too much at once', () => {
  afterEach(() => shop.close());

  test('beyond what is at work and what may wait, 503 overloaded with Retry-After; no gateway call was made', async () => {
    shop = await Shop.open({ env: { MAX_IN_FLIGHT: '1', MAX_QUEUED: '0' } });
    const refused = shop.as(newUser());
    await whileHeld(
      shop,
      () => shop.as(newUser()).subscribe('pro'),
      async () => {
        const answer = await refused.subscribe('pro');
        expect([answer.status, answer.body]).toMatchObject([503, { code: 'overloaded', charged: 'unknown', retryable: true }]);
        expect(answer.headers.get('retry-after')).toBe('1');
        expect((await refused.get('/v1/me/operations')).body.data).toEqual([]);
      },
    );
    expect((await refused.subscribe('pro')).status).toBe(201);
    expect(await shop.charges()).toHaveLength(2);
  });

  test('requests of one user beyond the limit are answered 429 rate-limited with Retry-After; those of another go on', async () => {
    shop = await Shop.open({ env: { RATE_LIMIT_PER_MINUTE: '2' } });
    const client = shop.as(newUser());
    for (const planId of ['free', 'free']) await client.subscribe(planId);
    const answer = await client.subscribe('pro');
    expect([answer.status, answer.body]).toMatchObject([429, { code: 'rate-limited', charged: 'unknown', retryable: true }]);
    const retryAfter = Number(answer.headers.get('retry-after'));
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(60);
    expect((await shop.as(newUser()).subscribe('free')).status).toBe(201);
    expect(await shop.charges()).toEqual([]);
  });
});

describe('a process that stops', () => {
  test('takes nothing new (503 shutting-down), answers questions, and finishes what is in flight', async () => {
    shop = await Shop.open();
    const [at, late] = [shop.as(newUser()), shop.as(newUser())];
    await late.get('/v1/plans');
    let stopped!: Promise<void>;
    const first = await whileHeld(
      shop,
      () => at.subscribe('pro', { prefer: 'wait=30' }),
      async () => {
        stopped = shop.service.stop();
        const answer = await late.subscribe('pro');
        expect([answer.status, answer.body]).toMatchObject([503, { code: 'shutting-down', charged: 'unknown', retryable: true }]);
        expect(answer.headers.get('retry-after')).toBe('1');
        expect((await late.get('/v1/me/operations')).body.data).toEqual([]);
        const ready = await fetch(`${shop.url}/readyz`);
        expect([ready.status, await ready.json()]).toMatchObject([503, { status: 'stopping' }]);
      },
    );
    expect([first.status, first.body]).toMatchObject([201, { status: 'succeeded' }]);
    await stopped;
    expect(await shop.succeededCharges()).toHaveLength(1);
    await shop.close();
  });
});

describe('a database that is away', () => {
  let postgres: TestServer;
  beforeAll(async () => {
    postgres = await startTestPostgres();
    shop = await Shop.open({ env: { DATABASE_URL: postgres.url, MIGRATE: 'auto', RECOVERY_INTERVAL_MS: '50' } });
  });
  afterAll(async () => {
    await shop?.close();
    await postgres?.stop();
  });

  test('is answered 503 service-unavailable with Retry-After, no gateway call was made, and the same key succeeds later', async () => {
    const client = shop.as(newUser());
    const key = newKey();
    await client.get('/v1/me/operations');
    await postgres.kill();
    const answer = await client.subscribe('pro', { key });
    expect([answer.status, answer.body]).toMatchObject([503, { code: 'service-unavailable', charged: 'unknown', retryable: true }]);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await shop.charges()).toEqual([]);
    await postgres.restart();
    const again = await untilServed(() => client.subscribe('pro', { key }));
    expect([again.status, again.body]).toMatchObject([201, { result: 'created', charged: 'yes' }]);
    expect(await shop.charges()).toMatchObject([{ status: 'succeeded', attempts: 1 }]);
  });

  test('when the money has moved already is answered 202 and never 5xx; recovery writes it down', async () => {
    const user = newUser();
    const client = shop.as(user);
    const key = newKey();
    const before = (await shop.charges()).length;
    const first = await whileHeld(
      shop,
      () => client.subscribe('pro', { key, prefer: 'wait=30' }),
      () => postgres.kill(),
      'after',
    );
    expect([first.status, first.body]).toMatchObject([202, { status: 'pending', charged: 'unknown' }]);
    expect(first.headers.get('retry-after')).not.toBeNull();
    await postgres.restart();
    await untilServed(() => client.get('/v1/me/operations'));
    await shop.sql('update operations set next_check_at = now() where user_id = $1', [user]);
    const settled = await eventually(
      () => client.get(`/v1/operations/${first.body.id}`),
      ({ body }) => body.status !== 'pending',
    );
    expect(settled.body).toMatchObject({ status: 'succeeded', charged: 'yes', subscription: { planId: 'pro' } });
    expect(await shop.succeededCharges()).toHaveLength(before + 1);
  });
});

function untilServed(ask: () => Promise<Answer>): Promise<Answer> {
  return eventually(ask, ({ status }) => status < 500);
}
