import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { endServers, newDataDir, startServer } from '../kit/processes.js';
import { surroundings, type Surroundings } from './beside.js';
import { Browser, newPress, SECRET, type Press, type Seen } from './pressing.js';

const START_TIMEOUT_MS = 150_000;
const ROUND_TIMEOUT_MS = 150_000;
const CLIENTS = 100;
/** Long enough that most clients wait for the gateway when the signal comes. */
const GATEWAY_MS = 100;
/** A client that is told to go elsewhere, and has nowhere to go, asks again. */
const PAUSE_MS = 20;
/** The signal comes when so many answers have been seen: in the first wave of presses, between two, or long after. */
const ANSWERS_BEFORE_SIGNAL = [1, CLIENTS + Math.ceil(Math.random() * CLIENTS), 3 * CLIENTS + Math.ceil(Math.random() * CLIENTS)];

let around: Surroundings;
let database: pg.Pool;
beforeAll(async () => {
  around = await surroundings();
  database = new pg.Pool({ connectionString: around.env['DATABASE_URL'] as string, max: 2 });
  database.on('error', () => undefined);
}, START_TIMEOUT_MS);
afterEach(endServers);
afterAll(async () => {
  await database?.end();
  await around?.close();
});

interface Told extends Press {
  seen: Seen;
}

/** Presses again and again, each time as another user, until nothing listens any more. */
async function pressUntilRefused(url: string, tell: (told: Told) => void): Promise<Told[]> {
  const browser = new Browser();
  const all: Told[] = [];
  for (;;) {
    const press = await newPress();
    const told = { ...press, seen: await browser.press(url, press) };
    all.push(told);
    tell(told);
    if (!told.seen.answered) break;
    if (told.seen.closes) await sleep(PAUSE_MS);
  }
  browser.close();
  return all;
}

async function keysOnRecord(keys: string[]): Promise<string[]> {
  const { rows } = await database.query<{ idempotency_key: string }>(
    'select idempotency_key from operation_keys where idempotency_key = any($1)',
    [keys],
  );
  return rows.map((row) => row.idempotency_key);
}

test.each(ANSWERS_BEFORE_SIGNAL)(
  `SIGTERM after %i answers to ${CLIENTS} clients loses none: whoever was charged was told so, and of all others nothing is on record`,
  async (answersBefore) => {
    const before = (await around.charges()).length;
    await around.gateway('POST', '/sandbox/faults', { latencyMs: GATEWAY_MS });
    const server = await startServer({ dataDir: await newDataDir(), env: { ...around.env, AUTH_JWT_SECRET: SECRET } });
    let answers = 0;
    const count = ({ seen }: Told): void => {
      if (seen.answered && ++answers === answersBefore) server.signal('SIGTERM');
    };
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => pressUntilRefused(server.url, count)));
    expect(await server.ended).toBe(0);

    const all = clients.flat();
    const charged = all.filter(({ seen }) => seen.answered && seen.status === 201);
    const turnedAway = all.filter(({ seen }) => seen.answered && seen.code === 'shutting-down');
    const cut = all.filter(({ seen }) => !seen.answered);
    expect(all.length).toBe(charged.length + turnedAway.length + cut.length);
    expect(await keysOnRecord(charged.map(({ key }) => key))).toHaveLength(charged.length);
    expect(await keysOnRecord([...turnedAway, ...cut].map(({ key }) => key))).toEqual([]);
    expect((await around.charges()).length - before).toBe(charged.length);
    expect(charged.length).toBeGreaterThanOrEqual(answersBefore);
  },
  ROUND_TIMEOUT_MS,
);

test(
  'while it stops every answer closes its connection, so that a client that keeps one goes elsewhere',
  async () => {
    const server = await startServer({ dataDir: await newDataDir(), env: { ...around.env, AUTH_JWT_SECRET: SECRET } });
    await around.gateway('POST', '/sandbox/hold', { at: 'before', count: CLIENTS });
    const browsers = Array.from({ length: CLIENTS }, () => new Browser());
    const inFlight = browsers.map(async (browser) => browser.press(server.url, await newPress()));
    expect(await around.gateway('GET', `/sandbox/held?atLeast=${CLIENTS}`)).toEqual({ count: CLIENTS });
    server.signal('SIGTERM');
    const late = new Browser();
    let refused = await late.press(server.url, await newPress());
    while (refused.answered && refused.status === 201) refused = await late.press(server.url, await newPress());
    expect(refused).toEqual({ answered: true, status: 503, code: 'shutting-down', closes: true });
    await around.gateway('POST', '/sandbox/release');
    for (const seen of await Promise.all(inFlight)) expect(seen).toEqual({ answered: true, status: 201, code: null, closes: true });
    expect(await server.ended).toBe(0);
    for (const browser of [...browsers, late]) browser.close();
  },
  ROUND_TIMEOUT_MS,
);
