import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newKey } from '../kit/names.js';
import { endServers } from '../kit/processes.js';
import { crash, crashesAt, discover, settledAfterMs, type Crash } from './matrix.js';
import { CHANGE_PLAN, SUBSCRIBE, type Scenario } from './scenarios.js';
import { stopsOf } from './stops.js';
import { Tally } from './tally.js';
import { World } from './world.js';
import { wrongs } from './wrongs.js';

const TIMEOUT_MS = 400_000;
/** The first check of an operation is 10 s after its start; a second one would be 20 s later. */
const SETTLED_WITHIN_MS = 15_000;
const LEASE_TTL_MS = 5_000;
/** Whoever waits for an owner that died looks once a second whether the lease is free. */
const LOOK_MS = 500;

const tally = new Tally();
let world: World;
/** With an operation in flight when their process died, and no client who presses again. */
let leftAlone: Crash[];
/** How long the next process took to start: a machine that is busy takes longer for everything, and is given that much more. */
let startMs: number;
/** Milliseconds from the crash until somebody with an operation in flight had something else done. */
let againMs: number[];
let tookMs: number[];

beforeAll(async () => {
  world = await World.open();
  await world.start();
  const crashes = [...(await crashesOf(SUBSCRIBE)), ...(await crashesOf(CHANGE_PLAN))];
  await crash(world, crashes);
  const crashedAt = performance.now();
  const open = new Set((await world.sql(`select user_id from operations where status = 'pending'`)).map((row) => row.user_id as string));
  const [left, acting] = (['recovery', 'client'] as const).map((who) =>
    crashes.filter(({ user, healer }) => open.has(user) && healer === who),
  );
  leftAlone = left as Crash[];
  await world.start();
  startMs = performance.now() - crashedAt;
  await world.letGatewayGo();
  againMs = await Promise.all((acting as Crash[]).map(async (each) => (await actAgain(each)) - crashedAt));
  await world.untilSettled();
  tookMs = await settledAfterMs(world, leftAlone);
}, TIMEOUT_MS);
afterAll(async () => {
  await world?.close();
  await endServers();
  tally.print();
}, TIMEOUT_MS);

/** Two users for every place, but for the inside of statements. */
async function crashesOf(scenario: Scenario): Promise<Crash[]> {
  const stops = stopsOf(await discover(world, scenario)).filter(({ gate }) => !gate);
  return [...(await crashesAt(world, scenario, stops, 'recovery')), ...(await crashesAt(world, scenario, stops, 'client'))];
}

/** Not the same wish again, but the next one. */
async function actAgain({ subject }: Crash): Promise<number> {
  const answer = await world.ask(subject.user, newKey(), 'POST', '/v1/me/subscription/cancel', { at: 'period_end' });
  expect(answer).toMatchObject({ status: 200, body: { kind: 'cancel', status: 'succeeded' } });
  return performance.now();
}

test('with every setting at its default, what a crash left open is settled within 15 s', () => {
  expect(tookMs).toHaveLength(leftAlone.length);
  tally.crashed('default settings', leftAlone.length, tookMs);
  expect(Math.max(...tookMs)).toBeLessThan(SETTLED_WITHIN_MS + 2 * startMs);
});

test('and whoever has such an operation can do something else as soon as the lease has run out', () => {
  expect(againMs).not.toEqual([]);
  tally.crashed('default settings, acting again', againMs.length, againMs);
  expect(Math.max(...againMs)).toBeLessThan(LEASE_TTL_MS + LOOK_MS + 2 * startMs);
});

test(
  'and nothing is lost, charged twice or stuck',
  async () => {
    expect(await wrongs(world, leftAlone)).toEqual([]);
  },
  TIMEOUT_MS,
);
