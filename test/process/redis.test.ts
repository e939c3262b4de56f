import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { promptly } from '../kit/busy-machine.js';
import { newKey, newUser } from '../kit/names.js';
import { endServers, newDataDir, startServer, type ProcessAnswer, type ServerProcess } from '../kit/processes.js';
import { startTestRedis, type TestRedis } from '../kit/servers.js';
import { eventually } from '../kit/waiting.js';
import { surroundings, type Surroundings } from './beside.js';

const START_TIMEOUT_MS = 150_000;
/** What a request may wait for a Redis that says nothing: 0.4 s for the lease, and what it takes by itself. */
const SILENCE_COSTS_MS = 1_500;

let around: Surroundings;
let redis: TestRedis;
let server: ServerProcess;
let presses = 0;
beforeAll(async () => {
  [around, redis] = await Promise.all([surroundings(), startTestRedis()]);
  const env = { ...around.env, REDIS_URLS: redis.url, RATE_LIMIT_PER_MINUTE: '1000' };
  server = await startServer({ dataDir: await newDataDir(), env });
  await press();
}, START_TIMEOUT_MS);
afterAll(async () => {
  await endServers();
  redis?.resume();
  await redis?.stop();
  await around?.close();
});

function press(): Promise<ProcessAnswer> {
  presses += 1;
  const body = { planId: 'pro', paymentMethod: 'pm_card_visa' };
  return server.send(newUser(), 'PUT', '/v1/me/subscription', body, { 'idempotency-key': newKey() });
}

const readiness = () => server.send('anybody', 'GET', '/readyz');

/** Leases are taken in it again. On a busy machine it may be too slow for a press, which is done without one then. */
async function expectUsedAgain(): Promise<void> {
  await eventually(readiness, ({ body }) => body.status === 'ready');
  const pressed = async () => {
    expect((await press()).status).toBe(201);
    return degraded();
  };
  expect(await eventually(pressed, (still) => still === 0)).toBe(0);
}

async function degraded(): Promise<number> {
  const { body } = await server.send('anybody', 'GET', '/metrics');
  return Number(/^counterfoil_leases_degraded (\d)$/m.exec(body as string)?.[1]);
}

describe('a Redis that is killed while the server serves', () => {
  test('is done without: subscribing goes on, and readiness and a metric say that leases are degraded', async () => {
    await redis.kill();
    const answer = await promptly(SILENCE_COSTS_MS, press);
    expect(answer).toMatchObject({ status: 201, body: { status: 'succeeded' } });
    expect(await readiness()).toMatchObject({ status: 200, body: { status: 'degraded', parts: { leases: 'degraded', database: 'up' } } });
    expect(await degraded()).toBe(1);
  });

  test('is used again when it comes back, empty as it is', async () => {
    await redis.restart();
    await expectUsedAgain();
  });
});

describe('a Redis that is frozen', () => {
  test('after the call has gone to the gateway changes nothing of the answer', async () => {
    await around.gateway('POST', '/sandbox/hold', { at: 'before', count: 1 });
    const pressed = press();
    await around.gateway('GET', '/sandbox/held?atLeast=1');
    redis.pause();
    await around.gateway('POST', '/sandbox/release');
    const answer = await promptly(SILENCE_COSTS_MS, () => pressed);
    expect(answer).toMatchObject({ status: 201, body: { status: 'succeeded' } });
  });

  test('costs a subscribe a moment and never an error', async () => {
    for (let time = 0; time < 3; time += 1) {
      const answer = await promptly(SILENCE_COSTS_MS, press);
      expect(answer).toMatchObject({ status: 201, body: { status: 'succeeded' } });
    }
    expect(await readiness()).toMatchObject({ status: 200, body: { status: 'degraded' } });
  });

  test('is used again when it thaws', async () => {
    redis.resume();
    await expectUsedAgain();
  });
});

test('through all of that every user was charged once', async () => {
  const charges = await around.charges();
  expect(new Set(charges.map(({ reference }) => reference)).size).toBe(charges.length);
  expect(charges).toHaveLength(presses);
});
