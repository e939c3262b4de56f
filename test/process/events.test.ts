import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { newKey, newUser } from '../kit/names.js';
import { outboxOf } from '../kit/outbox.js';
import { endServers, newDataDir, SECRET, startServer, type ProcessAnswer, type ServerProcess } from '../kit/processes.js';
import { Tab } from '../kit/tab.js';
import { eventually } from '../kit/waiting.js';
import { surroundings, type Surroundings } from './beside.js';
import { LoyalReader } from './loyal-reader.js';

const START_TIMEOUT_MS = 150_000;
const TEST_TIMEOUT_MS = 240_000;
/** As short as they may be, for the process that finds what another one left. */
const SHORT = { LEASE_TTL_MS: '1000', RECOVERY_SCHEDULE: '1s,3s,1h', RECOVERY_INTERVAL_MS: '100' };
/** An event is to be seen so soon after its commit. */
const SEEN_WITHIN_MS = 200;
const PRO = { planId: 'pro', paymentMethod: 'pm_card_visa' };

let around: Surroundings;
let pool: pg.Pool;
let [one, two]: [ServerProcess, ServerProcess] = [undefined as never, undefined as never];
beforeAll(async () => {
  around = await surroundings();
  pool = new pg.Pool({ connectionString: around.env['DATABASE_URL'] as string, max: 2 });
  pool.on('error', () => undefined);
  const env = { ...around.env, ...SHORT, REDIS_URLS: process.env['TEST_REDIS_URL'] as string };
  [one, two] = (await Promise.all([1, 2].map(async () => startServer({ dataDir: await newDataDir(), env })))) as [
    ServerProcess,
    ServerProcess,
  ];
}, START_TIMEOUT_MS);
afterAll(async () => {
  await endServers();
  await pool?.end();
  await around?.close();
});

const sql = async (text: string, values?: unknown[]) => (await pool.query(text, values)).rows;
const openTab = (at: ServerProcess, userId: string, after?: number) =>
  Tab.open({ url: at.url, secret: SECRET, userId, ...(after === undefined ? {} : { after }) });
const subscribe = (at: ServerProcess, user: string, key = newKey(), headers: Record<string, string> = {}) =>
  at.send(user, 'PUT', '/v1/me/subscription', PRO, { 'idempotency-key': key, ...headers });
const cancel = (at: ServerProcess, user: string, key = newKey()) =>
  at.send(user, 'POST', '/v1/me/subscription/cancel', { at: 'now' }, { 'idempotency-key': key });

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

const isOver = ({ status, body }: ProcessAnswer): boolean => status < 202 && ['succeeded', 'failed'].includes(body.status as string);

test(
  'what one process commits is seen on a stream of the other within 200 ms',
  async () => {
    const user = newUser();
    const tab = await openTab(two, user);
    await tab.until((events) => events.length > 0);
    for (let time = 1; time <= 5; time += 1) {
      expect((await subscribe(one, user)).body).toMatchObject({ status: 'succeeded' });
      expect((await cancel(one, user)).body).toMatchObject({ status: 'succeeded' });
    }
    const outbox = await outboxOf(sql, user);
    await tab.until(() => tab.last === outbox.length);
    const latencies = tab.news.map(({ atMs }, n) => atMs - (outbox[n] as { atMs: number }).atMs);
    expect(latencies.length).toBeGreaterThanOrEqual(20);
    process.stdout.write(`seen after ${Math.round(median(latencies))} ms (median of ${latencies.length}, from the start of the commit)\n`);
    expect(median(latencies)).toBeLessThan(SEEN_WITHIN_MS);
    await tab.close();
  },
  TEST_TIMEOUT_MS,
);

test(
  'whoever waits for an operation at one process is answered well before the next look when the other settles it',
  async () => {
    await around.gateway('POST', '/sandbox/faults', { latencyMs: 400 });
    const latencies: number[] = [];
    for (let time = 1; time <= 7; time += 1) {
      const user = newUser();
      const { body } = await subscribe(one, user, newKey(), { prefer: 'respond-async' });
      const answer = await two.send(user, 'GET', `/v1/operations/${body.id as string}`, undefined, { prefer: 'wait=30' });
      expect(answer.body.status).toBe('succeeded');
      latencies.push(Date.now() - Date.parse(answer.body.settledAt as string));
    }
    await around.gateway('POST', '/sandbox/faults', { latencyMs: 0 });
    process.stdout.write(
      `answered after ${Math.round(median(latencies))} ms (median of ${latencies.length}, from the start of the commit)\n`,
    );
    // Without a ring it would be half a second on average.
    expect(median(latencies)).toBeLessThan(350);
  },
  TEST_TIMEOUT_MS,
);

test(
  'when the database ends the connections that listen, everything is seen all the same, and they come back',
  async () => {
    const user = newUser();
    const tab = await openTab(two, user);
    await tab.until((events) => events.length > 0);
    const listening = `select pid from pg_stat_activity where datname = current_database() and application_name = 'counterfoil listen'`;
    const before = new Set((await sql(listening)).map(({ pid }) => pid as number));
    expect(before.size).toBe(2);
    await sql(`select pg_terminate_backend(pid) from (${listening}) l`);
    await subscribe(one, user);
    const seenAll = async () => {
      const outbox = await outboxOf(sql, user);
      return tab.until(() => tab.last >= outbox.length);
    };
    await seenAll();
    const anew = async () => (await sql(listening)).filter(({ pid }) => !before.has(pid as number)).length;
    await eventually(anew, (count) => count === 2);
    await cancel(one, user);
    await seenAll();
    expect(tab.news.map(({ id }) => id)).toEqual(tab.news.map((_, n) => n + 1));
    await tab.close();
  },
  TEST_TIMEOUT_MS,
);

describe('while 200 operations run and one process is killed', () => {
  const USERS = 8;
  const ROUNDS = 25;
  let killed = false;
  /** A request goes to the one process or the other, and is sent again with its key until it is answered for good. */
  const press = async (send: (at: ServerProcess, key: string) => Promise<ProcessAnswer>, at: ServerProcess): Promise<void> => {
    const key = newKey();
    await eventually(
      () => send(killed ? two : at, key).catch(() => ({ status: 0, body: {} })),
      (answer) => isOver(answer),
      120_000,
    );
  };

  test(
    'every client that comes back with the id it saw last sees every event of its user exactly once',
    async () => {
      const users = Array.from({ length: USERS }, () => newUser());
      const readers = users.flatMap((user) =>
        [one, two].map((at) => new LoyalReader((after) => openTab(killed ? two : at, user, after), user)),
      );
      await eventually(
        async () => readers.map(({ snapshots }) => snapshots),
        (snapshots) => snapshots.every((count) => count === 1),
      );
      let done = 0;
      const halfWay = async () => {
        await eventually(
          async () => done,
          (count) => count >= 60,
          120_000,
        );
        one.signal('SIGKILL');
        await one.ended;
        killed = true;
      };
      const work = users.map(async (user, n) => {
        for (let round = 0; round < ROUNDS; round += 1) {
          const at = (round + n) % 2 === 0 ? one : two;
          await press((to, key) => (round % 2 === 0 ? subscribe(to, user, key) : cancel(to, user, key)), at);
          done += 1;
        }
      });
      await Promise.all([...work, halfWay()]);
      expect(done).toBe(200);
      for (const user of users) {
        const outbox = await outboxOf(sql, user);
        const numbers = outbox.map(({ number }) => number);
        expect(numbers).toEqual(outbox.map((_, n) => n + 1));
        for (const reader of readers.filter((each) => each.user === user)) {
          await eventually(
            async () => reader.last,
            (last) => last >= outbox.length,
          );
          expect(reader.ids).toEqual(numbers);
          expect(reader.snapshots).toBe(1);
        }
      }
      expect(readers.filter(({ streams }) => streams > 1)).toHaveLength(USERS);
      for (const reader of readers) await reader.close();
    },
    TEST_TIMEOUT_MS,
  );
});
