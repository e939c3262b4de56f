import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { newKey, newUser } from '../kit/names.js';
import { endServers, newDataDir, startServer, type ProcessAnswer, type ServerProcess } from '../kit/processes.js';
import { eventually } from '../kit/waiting.js';
import { surroundings, type Surroundings } from './beside.js';

const START_TIMEOUT_MS = 150_000;

let around: Surroundings;
let server: ServerProcess;
let inFlight: Promise<ProcessAnswer>;

beforeAll(async () => {
  around = await surroundings();
}, START_TIMEOUT_MS);
beforeEach(async () => {
  server = await startServer({ dataDir: await newDataDir(), env: around.env });
  await around.gateway('POST', '/sandbox/hold', { at: 'before', count: 1 });
  inFlight = press();
  inFlight.catch(() => undefined);
  expect(await around.gateway('GET', '/sandbox/held?atLeast=1')).toEqual({ count: 1 });
}, START_TIMEOUT_MS);
afterEach(async () => {
  await around.gateway('POST', '/sandbox/release');
  await endServers();
});
afterAll(() => around?.close());

function press(): Promise<ProcessAnswer> {
  const body = { planId: 'pro', paymentMethod: 'pm_card_visa' };
  return server.send(newUser(), 'PUT', '/v1/me/subscription', body, { 'idempotency-key': newKey() });
}

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

test('at a second signal it leaves at once, and what was in flight is left to recovery', async () => {
  server.signal('SIGTERM');
  await eventually(readiness, ({ status }) => status === 503);
  const signaledAt = performance.now();
  server.signal('SIGTERM');
  expect(await server.ended).toBe(130);
  expect(performance.now() - signaledAt).toBeLessThan(2_000);
  await expect(inFlight).rejects.toThrow();
});
