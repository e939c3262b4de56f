import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { FaultProxy } from '../kit/fault-proxy.js';
import { endServers, newDataDir, startServer, type ProcessAnswer, type ServerProcess } from '../kit/processes.js';
import { startTestPostgres, type TestServer } from '../kit/servers.js';
import { eventually } from '../kit/waiting.js';
import { expectWell, openScene, pressers, type FaultScene } from './scene.js';

/** A cold build of the program and a first start of a database, on a busy machine. */
const START_TIMEOUT_MS = 150_000;
/** A case takes a few seconds; on a machine with other work it may take twenty times as long. */
const CASE_TIMEOUT_MS = 90_000;
const PATIENCE_MS = 40_000;
const CROWD = 30;
const BREATH_MS = 40;
const LEAST_ENDED = 3;
const POOL = 8;
/** So many connections the service's role may have in all: enough for its pool, and few for somebody else to eat up. */
const CONNECTIONS = 20;
const SETTINGS = {
  LEASE_TTL_MS: '1000',
  RECOVERY_SCHEDULE: '1s,2s,4s,8s,16s,32s,1h',
  RECOVERY_INTERVAL_MS: '100',
  DATABASE_POOL_SIZE: `${POOL}`,
  MIGRATE: 'auto',
};
const OWN = `application_name = 'counterfoil' and usename = 'shop'`;

let postgres: TestServer;
/** What the service connects to, and what stands behind it: the second can fall silent for those who came by it, while others are let past it. */
let proxy: FaultProxy;
let behind: FaultProxy;
const target = { host: '127.0.0.1', port: 0 };
let scene: FaultScene;
let server: ServerProcess;
/** As the role of the service, past the proxy. */
let shopUrl: string;
let pressed = 0;

beforeAll(async () => {
  postgres = await startTestPostgres();
  behind = await FaultProxy.to({ host: '127.0.0.1', port: postgres.port });
  target.port = behind.port;
  proxy = await FaultProxy.to(target);
  const own = new pg.Client({ connectionString: postgres.url });
  await own.connect();
  await own.query(`create role shop login password 'shop' connection limit ${CONNECTIONS}`);
  await own.query('create database shop owner shop');
  await own.end();
  const direct = new URL(postgres.url);
  direct.pathname = '/shop';
  shopUrl = `postgres://shop:shop@127.0.0.1:${postgres.port}/shop`;
  scene = await openScene({ ...SETTINGS, DATABASE_URL: proxy.instead(shopUrl) }, direct.href);
  server = await startServer({ dataDir: await newDataDir(), env: scene.env });
}, START_TIMEOUT_MS);
afterAll(async () => {
  await endServers();
  proxy?.close();
  behind?.close();
  await scene?.close();
  await postgres?.stop();
});

const release = () => scene.gateway('POST', '/sandbox/release');
const statuses = (answers: ProcessAnswer[]) => [...new Set(answers.map(({ status }) => status))];
const ready = () =>
  eventually(
    () => server.send('anybody', 'GET', '/readyz'),
    ({ status }) => status === 200,
    PATIENCE_MS,
  );

/** Nobody who was refused was told that nothing was charged, or that something was. */
function expectUnavailable(answers: ProcessAnswer[]): void {
  for (const { status, body } of answers) {
    expect([status, body]).toMatchObject([503, { code: 'service-unavailable', charged: 'unknown', retryable: true }]);
  }
}

/** Whoever repeats with the same key has one operation and one charge in the end. */
async function expectServed(crowd: ReturnType<typeof pressers>): Promise<void> {
  const answers = await Promise.all(crowd.map((presser) => scene.pressUntilOver(server, presser)));
  expect(statuses(answers)).toEqual([201]);
  await scene.expectInvariants(PATIENCE_MS);
  pressed += crowd.length;
  const staying = (await scene.charges()).filter(({ status }) => status === 'succeeded');
  const [{ count }] = await scene.sql(`select count(*)::int as count from operations where status = 'succeeded'`);
  expect(staying).toHaveLength(count as number);
}

describe('a database that is stopped at once', () => {
  test.each(['before', 'after'] as const)(
    'with calls at the gateway, %s the charge, is answered 202 charged unknown to them and 503 to newcomers; started again, everybody is charged once',
    async (point) => {
      const [crowd, newcomers] = [pressers(CROWD), pressers(5)];
      const held = await scene.inFlight(server, crowd, point);
      await postgres.kill();
      expectUnavailable(await Promise.all(newcomers.map((presser) => scene.press(server, presser))));
      expect((await server.send('anybody', 'GET', '/readyz')).status).toBe(503);
      await release();
      for (const { status, body } of await Promise.all(held)) {
        expect([status, body]).toMatchObject([202, { status: 'pending', charged: 'unknown' }]);
      }
      await postgres.restart();
      await ready();
      await expectServed([...crowd, ...newcomers]);
    },
    CASE_TIMEOUT_MS,
  );

  test(
    'and is back before the gateway answers costs nobody anything',
    async () => {
      const crowd = pressers(CROWD);
      const held = await scene.inFlight(server, crowd, 'after');
      await postgres.kill();
      await postgres.restart();
      await release();
      expect(statuses(await Promise.all(held))).toEqual([201]);
      await expectServed(crowd);
    },
    CASE_TIMEOUT_MS,
  );
});

describe('connections that are ended by the database', () => {
  test(
    'while calls are at the gateway are opened anew: everybody is answered 201',
    async () => {
      const crowd = pressers(CROWD);
      const held = await scene.inFlight(server, crowd, 'after');
      await scene.sql(`select pg_terminate_backend(pid) from pg_stat_activity where ${OWN}`);
      await release();
      expect(statuses(await Promise.all(held))).toEqual([201]);
      await expectServed(crowd);
    },
    CASE_TIMEOUT_MS,
  );

  test(
    'in the middle of their statements, around every commit: whoever is refused repeats, and everybody is charged once',
    async () => {
      const crowd: ReturnType<typeof pressers> = [];
      const answers: ProcessAnswer[] = [];
      let over = false;
      let ended = 0;
      const ending = (async () => {
        while (!over) {
          ended += (await scene.sql(`select pg_terminate_backend(pid) from pg_stat_activity where ${OWN} and state = 'active' limit 1`))
            .length;
          // Requests share statements: without a breath none of them would ever get through.
          await sleep(Math.random() * BREATH_MS);
        }
      })();
      // Few statements serve a wave, and it may pass between two looks for one that is under way.
      while (ended < LEAST_ENDED) {
        const wave = pressers(CROWD * 2);
        answers.push(...(await Promise.all(wave.map((presser) => scene.press(server, presser)))));
        crowd.push(...wave);
      }
      over = true;
      await ending;
      for (const { status, body } of answers)
        if (status !== 201) expect([202, 503, status, body.charged]).toEqual([202, 503, expect.any(Number), 'unknown']);
      const count = (wanted: number) => answers.filter(({ status }) => status === wanted).length;
      process.stdout.write(
        `postgres: ${ended} statements ended; of ${crowd.length} presses ${count(201)} paid, ${count(202)} open, ${count(503)} refused\n`,
      );
      await expectServed(crowd);
    },
    CASE_TIMEOUT_MS,
  );
});

describe('connections that are used up', () => {
  test(
    'by somebody else: 503 to newcomers, 202 to those whose charge is made; when there is room again, everybody is charged once',
    async () => {
      const [crowd, newcomers] = [pressers(CROWD), pressers(5)];
      const held = await scene.inFlight(server, crowd, 'after');
      const eaters = await eatConnections();
      expectUnavailable(await Promise.all(newcomers.map((presser) => scene.press(server, presser))));
      await release();
      for (const { status, body } of await Promise.all(held)) {
        expect([status, body]).toMatchObject([202, { status: 'pending', charged: 'unknown' }]);
      }
      await Promise.all(eaters.map((eater) => eater.end()));
      await ready();
      await expectServed([...crowd, ...newcomers]);
    },
    CASE_TIMEOUT_MS,
  );

  test(
    'by statements of its own that wait for a lock: whoever finds no connection in time is answered 503',
    async () => {
      const crowd = pressers(POOL * 3);
      const unlock = await scene.lockOperations();
      const answers = crowd.map((presser) => scene.press(server, presser));
      const early: ProcessAnswer[] = [];
      for (const answer of answers) void answer.then((each) => early.push(each));
      // They share a statement until the lock's timeout undoes it. Then each is sent alone, and there are more of them than connections.
      await eventually(
        async () => early.length,
        (count) => count > POOL * 2,
        PATIENCE_MS,
      );
      expectUnavailable(early);
      await unlock();
      // Whoever is recorded only now is answered 202 where the wait that they asked for is over.
      for (const { status, body } of await Promise.all(answers))
        if (status !== 201 && status !== 202) expectUnavailable([{ status, body }]);
      await expectServed(crowd);
    },
    CASE_TIMEOUT_MS,
  );
});

describe('a database that says nothing any more', () => {
  test(
    'is given up: newcomers are answered 503 and calls in flight 202; when it speaks again, everybody is charged once',
    async () => {
      const [crowd, newcomers] = [pressers(CROWD), pressers(5)];
      const held = await scene.inFlight(server, crowd, 'after');
      proxy.hang();
      const refused = newcomers.map((presser) => scene.press(server, presser));
      await release();
      expectUnavailable(await Promise.all(refused));
      for (const { status, body } of await Promise.all(held)) {
        expect([status, body]).toMatchObject([202, { status: 'pending', charged: 'unknown' }]);
      }
      await proxy.heal();
      await ready();
      await expectServed([...crowd, ...newcomers]);
    },
    CASE_TIMEOUT_MS,
  );

  test(
    'to those who are connected, and answers whoever connects anew: nobody waits until the network gives up',
    async () => {
      const [crowd, newcomers] = [pressers(CROWD), pressers(POOL)];
      const held = await scene.inFlight(server, crowd, 'after');
      behind.hang();
      target.port = postgres.port;
      const refused = newcomers.map((presser) => scene.press(server, presser));
      await release();
      await Promise.all([...held, ...refused]);
      await ready();
      await expectServed([...crowd, ...newcomers]);
    },
    CASE_TIMEOUT_MS,
  );
});

test('through all of that the process lived, and nothing in it went wrong unseen', async () => {
  await expectWell(server);
  process.stdout.write(`postgres: ${pressed} operations charged once\n`);
});

/** Ends the service's connections and takes all that its role may have. */
async function eatConnections(): Promise<pg.Client[]> {
  const eaters: pg.Client[] = [];
  for (;;) {
    await scene.sql(`select pg_terminate_backend(pid) from pg_stat_activity where ${OWN}`);
    const eater = new pg.Client({ connectionString: shopUrl, application_name: 'eater' });
    eater.on('error', () => undefined);
    try {
      await eater.connect();
      eaters.push(eater);
    } catch {
      const [{ own }] = await scene.sql(`select count(*)::int as own from pg_stat_activity where ${OWN}`);
      if (own === 0) return eaters;
    }
  }
}
