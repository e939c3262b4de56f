import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { endServers, newDataDir, startServer, type ServerProcess } from '../kit/processes.js';
import { eventually } from '../kit/waiting.js';
import { surroundings, type Surroundings } from './beside.js';
import { Browser, newPress, SECRET, type Press, type Seen } from './pressing.js';

const START_TIMEOUT_MS = 150_000;
const TEST_TIMEOUT_MS = 150_000;
/** Two seconds more than a call of the gateway, which must not be given up while it is held, on a busy machine either. */
const GRACE_MS = 5_000;
const SHORT = {
  LEASE_TTL_MS: '1000',
  RECOVERY_SCHEDULE: '2s,4s,1h',
  RECOVERY_INTERVAL_MS: '100',
  GATEWAY_TIMEOUT_MS: '3000',
  SHUTDOWN_GRACE_MS: String(GRACE_MS),
};
/** The grace, a second for the last answers, three to let go of the database; and several times that for a machine that is busy. */
const ENDS_WITHIN_MS = 30_000;

let around: Surroundings;
let database: pg.Pool;
beforeAll(async () => {
  around = await surroundings();
  database = new pg.Pool({ connectionString: around.env['DATABASE_URL'] as string, max: 4 });
  database.on('error', () => undefined);
}, START_TIMEOUT_MS);
afterEach(async () => {
  await around.gateway('POST', '/sandbox/release');
  await endServers();
});
afterAll(async () => {
  await database?.end();
  await around?.close();
});

const start = async (env: Record<string, string> = {}): Promise<ServerProcess> =>
  startServer({
    dataDir: await newDataDir(),
    env: { ...around.env, ...SHORT, AUTH_JWT_SECRET: SECRET, REDIS_URLS: process.env['TEST_REDIS_URL'] as string, ...env },
  });

async function pressOnce(at: ServerProcess, press: Press): Promise<Seen> {
  const browser = new Browser();
  return browser.press(at.url, press).finally(() => browser.close());
}

async function operationOf({ user }: Press): Promise<{ status: string; requests: number }> {
  const sql =
    'select status, (select count(*)::int from operation_keys k where k.operation_id = o.id) as requests from operations o where user_id = $1';
  return (await database.query<{ status: string; requests: number }>(sql, [user])).rows[0] ?? { status: 'none', requests: 0 };
}

async function parked(at: ServerProcess, press: Press, point: 'before' | 'after'): Promise<{ pressed: Promise<Seen> }> {
  await around.gateway('POST', '/sandbox/hold', { at: point, count: 1 });
  const pressed = pressOnce(at, press);
  expect(await around.gateway('GET', '/sandbox/held?atLeast=1')).toEqual({ count: 1 });
  return { pressed };
}

const TO_ASK_AGAIN = { answered: true, status: 503, code: 'shutting-down', closes: true };

async function endsInTime(server: ServerProcess): Promise<void> {
  const startedAt = performance.now();
  expect(await server.ended).toBe(0);
  const tookMs = performance.now() - startedAt;
  expect(tookMs).toBeGreaterThan(GRACE_MS / 2);
  expect(tookMs).toBeLessThan(ENDS_WITHIN_MS);
}

test(
  'what cannot be written down within the grace is left to the next process, charged once; its caller is told to ask again',
  async () => {
    const before = (await around.charges()).length;
    const server = await start();
    const press = await newPress();
    const { pressed } = await parked(server, press, 'after');
    const somebody = await database.connect();
    await somebody.query('begin');
    await somebody.query('select 1 from operations where user_id = $1 for update', [press.user]);
    await around.gateway('POST', '/sandbox/release');
    server.signal('SIGTERM');
    await endsInTime(server);
    expect(await pressed).toEqual(TO_ASK_AGAIN);
    expect(server.output()).toContain('left to recovery');
    await somebody.query('rollback');
    somebody.release();

    const next = await start();
    await eventually(
      () => operationOf(press),
      ({ status }) => status === 'succeeded',
      20_000,
    );
    expect(await pressOnce(next, press)).toMatchObject({ status: 201 });
    expect((await around.charges()).length - before).toBe(1);
  },
  TEST_TIMEOUT_MS,
);

test(
  'whoever waits at it for the end of what another process does is told to ask again, and learns the outcome there',
  async () => {
    const before = (await around.charges()).length;
    const [other, server] = await Promise.all([start({ GATEWAY_TIMEOUT_MS: '20000', SHUTDOWN_GRACE_MS: '25000' }), start()]);
    const [press, again] = await Promise.all([newPress(), newPress()]);
    const secondPress = { ...press, key: again.key };
    const { pressed } = await parked(other, press, 'before');
    const waiting = pressOnce(server, secondPress);
    await eventually(
      () => operationOf(press),
      ({ requests }) => requests === 2,
    );
    server.signal('SIGTERM');
    await endsInTime(server);
    expect(await waiting).toEqual(TO_ASK_AGAIN);
    await around.gateway('POST', '/sandbox/release');
    expect(await pressed).toMatchObject({ status: 201 });
    expect(await pressOnce(other, secondPress)).toMatchObject({ status: 201 });
    expect((await around.charges()).length - before).toBe(1);
  },
  TEST_TIMEOUT_MS,
);
