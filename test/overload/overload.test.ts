import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { newPress, Browser, SECRET } from '../process/pressing.js';
import { surroundings, type Surroundings } from '../process/beside.js';
import { endServers, newDataDir, startServer, type ServerProcess } from '../kit/processes.js';
import { Beside } from './beside-the-load.js';
import { openLoop, percentile, type Arrival } from './open-loop.js';

/** Longer by order: OVERLOAD_SECONDS=300. */
const SECONDS = Number(process.env['OVERLOAD_SECONDS'] ?? 20);
const GATEWAY_MS = 500;
/** Few, so that the processor keeps up on a machine that does other things too; more by order: OVERLOAD_IN_FLIGHT=32. */
const IN_FLIGHT = Number(process.env['OVERLOAD_IN_FLIGHT'] ?? 5);
const QUEUED = IN_FLIGHT;
/** What can be charged in a second when nothing else holds it up. */
const CAPACITY_PER_SECOND = IN_FLIGHT / (GATEWAY_MS / 1_000);
const TIMES = 10;
/** What a caller waits when it says nothing: eight times what the queue and the gateway take. */
const DEADLINE_MS = 8_000;
/** Left behind by a process that was killed, to be found while clients press. */
const ABANDONED = 20;
/** Their first check: when the load has been on for a while. On a busy machine it may take more than one. */
const CHECK_AFTER_MS = 5_000;
const CHECKS = `${CHECK_AFTER_MS}ms,8s,12s,16s,1h`;
/** The gateway's patience with whoever takes its events. */
const ACKNOWLEDGED_WITHIN_MS = 10_000;
const TIMEOUT_MS = 240_000 + SECONDS * 1_000;

let around: Surroundings;
let database: pg.Pool;
let server: ServerProcess;
let arrivals: Arrival[];
let beside: Beside;

beforeAll(async () => {
  around = await surroundings();
  database = new pg.Pool({ connectionString: around.env['DATABASE_URL'] as string, max: 2 });
  database.on('error', () => undefined);
  server = await start({ MAX_IN_FLIGHT: String(IN_FLIGHT), MAX_QUEUED: String(QUEUED) });
  const load = { url: server.url, secret: SECRET, perSecond: CAPACITY_PER_SECOND * TIMES };
  await around.gateway('POST', '/sandbox/faults', { latencyMs: GATEWAY_MS });
  // A process that has just started grows; what is measured is whether it goes on growing.
  await (await openLoop({ ...load, name: 'warm', seconds: 3 })).begin();
  const generator = await openLoop({ ...load, name: 'load', seconds: SECONDS });
  const abandoned = await leaveBehind(ABANDONED);
  beside = new Beside({
    server,
    database,
    abandoned,
    checkAfterMs: CHECK_AFTER_MS,
    webhookSecret: around.env['STRIPE_WEBHOOK_SECRET'] as string,
  });
  beside.begin();
  arrivals = await generator.begin();
  await beside.end();
  report();
}, TIMEOUT_MS);
afterAll(async () => {
  await endServers();
  await database?.end();
  await around?.close();
});

async function start(env: Record<string, string>): Promise<ServerProcess> {
  const shared = { AUTH_JWT_SECRET: SECRET, REDIS_URLS: process.env['TEST_REDIS_URL'] as string, LEASE_TTL_MS: '1000', LOG_LEVEL: 'info' };
  const schedule = { RECOVERY_SCHEDULE: CHECKS, RECOVERY_INTERVAL_MS: '200', GATEWAY_TIMEOUT_MS: '20000' };
  return startServer({ dataDir: await newDataDir(), env: { ...around.env, ...shared, ...schedule, ...env } });
}

/** Users whose charges were made by a process that was killed before it heard of them. */
async function leaveBehind(count: number): Promise<string[]> {
  const doomed = await start({ ROLES: 'api' });
  await around.gateway('POST', '/sandbox/hold', { at: 'after', count });
  const presses = await Promise.all(Array.from({ length: count }, () => newPress()));
  const browsers = presses.map((press) => {
    const browser = new Browser();
    void browser.press(doomed.url, press);
    return browser;
  });
  expect(await around.gateway('GET', `/sandbox/held?atLeast=${count}`)).toEqual({ count });
  doomed.signal('SIGKILL');
  await doomed.ended;
  await around.gateway('POST', '/sandbox/release');
  for (const browser of browsers) browser.close();
  return presses.map(({ user }) => user);
}

/** 202: the wait was over before the charge was. */
const served = (): Arrival[] => arrivals.filter(({ status }) => status === 201 || status === 202);
const refused = (): Arrival[] => arrivals.filter(({ status }) => status === 503);
const cut = (): Arrival[] => arrivals.filter(({ status }) => status === 0);
/** How long a process had to wait for the processor on this machine at the worst moment. */
const busyMs = (): number => Math.max(...arrivals.map(({ lateMs }) => lateMs));
const latencies = (of: Arrival[]): number[] => of.map(({ latencyMs }) => latencyMs);

function report(): void {
  const [accepted, turnedAway] = [served(), refused()];
  const line = (values: number[]): string => `p50 ${percentile(values, 0.5).toFixed(0)} ms, p99 ${percentile(values, 0.99).toFixed(0)} ms`;
  const { rssMb, acknowledgedMs, settledAfterMs } = beside;
  process.stdout.write(
    [
      `${TIMES} times overload for ${SECONDS} s: ${(arrivals.length / SECONDS).toFixed(0)}/s came, capacity ${CAPACITY_PER_SECOND}/s`,
      `accepted  ${(accepted.length / SECONDS).toFixed(1)}/s, ${line(latencies(accepted))}`,
      `refused   ${(turnedAway.length / SECONDS).toFixed(1)}/s, ${line(latencies(turnedAway))}`,
      `all       ${JSON.stringify(countByAnswer(arrivals))}; the generator was late by ${busyMs().toFixed(0)} ms at most`,
      `processor ${((1_000 * beside.cpuTaken) / arrivals.length).toFixed(2)} ms for each who came`,
      `memory    ${rssMb.start.toFixed(0)} MB at the start, ${rssMb.middle.toFixed(0)} in the middle, ${rssMb.end.toFixed(0)} at the end`,
      `recovery  ${settledAfterMs.length} of ${ABANDONED} settled after they were due: ${line(settledAfterMs)}`,
      `webhooks  ${acknowledgedMs.length} acknowledged: ${line(acknowledgedMs)}`,
      '',
    ].join('\n'),
  );
}

function countByAnswer(of: Arrival[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, code, error } of of) counts[error ?? code ?? status] = (counts[error ?? code ?? status] ?? 0) + 1;
  return counts;
}

async function keysOnRecord(of: Arrival[]): Promise<number> {
  const sql = 'select count(*)::int as n from operation_keys where idempotency_key = any($1)';
  return (await database.query<{ n: number }>(sql, [of.map(({ key }) => key)])).rows[0]?.n ?? NaN;
}

describe(`at ${TIMES} times as many customers as can be served`, () => {
  test('every customer is served, or turned away with 503 overloaded and Retry-After', () => {
    expect(refused().filter(({ code, retryAfter }) => code !== 'overloaded' || !retryAfter)).toEqual([]);
    expect(served().length + refused().length + cut().length).toBe(arrivals.length);
    // A client that is kept from the processor for so long that its request does not arrive in time is cut off.
    expect(cut().length).toBeLessThan(arrivals.length / 20);
  });

  test('whoever is turned away is turned away before anything is recorded', async () => {
    expect(refused().length).toBeGreaterThan(arrivals.length / 2);
    expect(await keysOnRecord(refused())).toBe(0);
    expect(await keysOnRecord(served())).toBe(served().length);
  });

  test('whoever is accepted is charged once, within its deadline', async () => {
    expect(percentile(latencies(served()), 1)).toBeLessThan(DEADLINE_MS + busyMs());
    const charges = await around.charges();
    expect(new Set(charges.map(({ reference }) => reference)).size).toBe(charges.length);
  });

  test('as many are served as there is capacity for: refusing costs little', () => {
    // A third leaves room for a machine that does other things too.
    expect(served().length / SECONDS).toBeGreaterThan(CAPACITY_PER_SECOND / 3);
  });

  test('being turned away takes less than being served', () => {
    expect(percentile(latencies(refused()), 0.5)).toBeLessThan(percentile(latencies(served()), 0.5));
  });

  test('memory stays flat', () => {
    // The collector lets it swing; a queue without bound would hold several times as much at the end.
    expect(beside.rssMb.end).toBeLessThan(1.5 * beside.rssMb.middle);
    expect(beside.rssMb.end).toBeLessThan(2 * beside.rssMb.start);
  });

  test('what a killed process left is settled meanwhile', () => {
    expect(beside.settledAfterMs).toHaveLength(ABANDONED);
  });

  test('events of the gateway are all acknowledged, within its patience', () => {
    expect(beside.notAcknowledged).toEqual([]);
    // On a machine that is not busy, five a second.
    expect(beside.acknowledgedMs.length).toBeGreaterThan(SECONDS / 2);
    expect(percentile(beside.acknowledgedMs, 1)).toBeLessThan(ACKNOWLEDGED_WITHIN_MS + busyMs());
  });
});
