import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newKey, newUser } from '../kit/names.js';
import { endServers, newDataDir, startServer, type ProcessAnswer, type ServerProcess } from '../kit/processes.js';
import { eventually } from '../kit/waiting.js';
import { surroundings, type Surroundings } from './beside.js';

const START_TIMEOUT_MS = 150_000;

/** As short as they may be, for the process that finds what another one left. */
const SHORT = { LEASE_TTL_MS: '1000', RECOVERY_SCHEDULE: '1s,3s,1h', RECOVERY_INTERVAL_MS: '100' };

let around: Surroundings;
let delay: Record<string, string> = {};
let server: ServerProcess;
let user: string;
let inFlight: Promise<ProcessAnswer>;

beforeAll(async () => {
  around = await surroundings();
}, START_TIMEOUT_MS);
beforeEach(async () => {
  server = await startServer({ dataDir: await newDataDir(), env: { ...around.env, ...SHORT, ...delay } });
  user = newUser();
  await around.gateway('POST', '/sandbox/hold', { at: 'before', count: 1 });
  inFlight = press(user);
  inFlight.catch(() => undefined);
  expect(await around.gateway('GET', '/sandbox/held?atLeast=1')).toEqual({ count: 1 });
}, START_TIMEOUT_MS);
afterEach(async () => {
  await around.gateway('POST', '/sandbox/release');
  await endServers();
});
afterAll(() => around?.close());

function press(who = newUser()): Promise<ProcessAnswer> {
  const body = { planId: 'pro', paymentMethod: 'pm_card_visa' };
  return server.send(who, 'PUT', '/v1/me/subscription', body, { 'idempotency-key': newKey() });
}

const isSettled = ({ body }: ProcessAnswer): boolean => body.data[0].status === 'succeeded';
const readiness = () => server.send('anybody', 'GET', '/readyz');

test.each(['SIGTERM', 'SIGINT'] as const)(
  'at %s a call in flight gets its answer, new requests are refused, readiness is off, and then it ends',
  async (signal) => {
    server.signal(signal);
    expect(await eventually(readiness, ({ status }) => status === 503)).toMatchObject({ body: { status: 'stopping' } });
    expect(await press()).toMatchObject({ status: 503, body: { code: 'shutting-down' } });
    expect((await server.send('anybody', 'GET', '/livez')).status).toBe(200);
    await around.gateway('POST', '/sandbox/release');
    expect(await inFlight).toMatchObject({ status: 201, body: { status: 'succeeded' } });
    expect(await server.ended).toBe(0);
  },
);

test('at a second signal it leaves at once, and what was in flight is settled by the next process, charged once', async () => {
  const before = (await around.charges()).length;
  server.signal('SIGTERM');
  await eventually(readiness, ({ status }) => status === 503);
  const signaledAt = performance.now();
  server.signal('SIGTERM');
  expect(await server.ended).toBe(143);
  // The grace is 25 s, and the gateway is given 20.
  expect(performance.now() - signaledAt).toBeLessThan(15_000);
  await expect(inFlight).rejects.toThrow();
  await around.gateway('POST', '/sandbox/release');
  const next = await startServer({ dataDir: await newDataDir(), env: { ...around.env, ...SHORT } });
  await eventually(() => next.send(user, 'GET', '/v1/me/operations'), isSettled);
  expect((await around.charges()).length - before).toBe(1);
});

describe('with SHUTDOWN_DELAY_MS', () => {
  beforeAll(() => {
    delay = { SHUTDOWN_DELAY_MS: '4000' };
  });
  afterAll(() => {
    delay = {};
  });

  test('readiness is off that much sooner than anything is refused', async () => {
    server.signal('SIGTERM');
    expect(await eventually(readiness, ({ status }) => status === 503)).toMatchObject({ body: { status: 'stopping' } });
    expect(await press()).toMatchObject({ status: 201 });
    expect(await readiness()).toMatchObject({ status: 503 });
    await eventually(press, ({ status, body }) => status === 503 && body.code === 'shutting-down');
    await around.gateway('POST', '/sandbox/release');
    expect(await inFlight).toMatchObject({ status: 201, body: { status: 'succeeded' } });
    expect(await server.ended).toBe(0);
  });
});
