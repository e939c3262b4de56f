import type { ProcessAnswer } from '../kit/processes.js';
import { eventually } from '../kit/waiting.js';
import type { Orders } from './failpoints.js';
import { fewAtOnce, ready, type Scenario, type Subject } from './scenarios.js';
import { stopsOf, untilAllStopped, usersOf, type Stop, type Stopping } from './stops.js';
import type { World } from './world.js';

/** Who comes back to what was left: the next process by itself, or the client, who presses again. */
export type Healer = 'recovery' | 'client';

/** A user whose process dies, and where. */
export interface Crash extends Stopping {
  subject: Subject;
  healer: Healer;
}

/** The points that users passed in a process. */
export type Traces = Record<string, string[]>;

/** No more rows than recovery works on at once: those who stop there do not come back. */
const MAX_CRASHED_AT_ONCE = 200;

/** The points that an undisturbed run of a scenario passes. */
export async function discover(world: World, scenario: Scenario): Promise<string[]> {
  const [subject] = (await ready(world, scenario, 1)) as [Subject];
  const { user, names } = subject;
  world.order({ [user]: { names } });
  await scenario.press(world, subject);
  await world.untilSettled();
  const trace = async (): Promise<string[]> => (await world.traces())[user] ?? [];
  // Nobody waits for the release of a lease, nor for an event to be acted on.
  const ends = scenario.steps.slice(-2).map((step) => `after ${step}`);
  return eventually(trace, (points) => ends.every((end) => points.includes(end)));
}

/** Users who are ready to press, one for each place. */
export async function crashesAt(world: World, scenario: Scenario, stops: readonly Stop[], healer: Healer): Promise<Crash[]> {
  const subjects = await ready(world, scenario, stops.length);
  return subjects.map((subject, n) => ({ subject, user: subject.user, names: subject.names, stop: stops[n] as Stop, healer }));
}

/** All press, everybody stops where it is to stop, and then the process dies. Answers with those who were there. */
export async function crash(world: World, crashes: readonly Crash[], how: { statementsGoOn?: boolean } = {}): Promise<Crash[]> {
  world.order(ordersOf(crashes));
  const pressed = await pressUntilParked(world, crashes);
  const there = await untilAllStopped(world, crashes, await world.untilParked(usersOf(crashes)));
  await world.kill(how);
  await Promise.all(pressed);
  return there;
}

/** A process that comes back to those who crashed stops with each at another place, and dies too. Answers with those who were there. */
export async function crashAgain(world: World, crashes: readonly Crash[]): Promise<Crash[]> {
  const healer = crashes[0]?.healer;
  // Where the client is to be the one, nobody else is.
  await world.start(ordersOf(crashes), healer === 'client' ? { ROLES: 'api' } : {});
  await world.letGatewayGo();
  const pressing = async (): Promise<Pressed> => {
    const pressed = await pressUntilParked(world, healer === 'client' ? crashes : untold(crashes));
    return { pressed, missing: await world.untilParked(usersOf(crashes)) };
  };
  const { pressed, missing } = healer === 'client' ? await pressing() : await world.hurried(pressing);
  const there = await untilAllStopped(world, crashes, missing);
  await world.kill();
  await Promise.all(pressed);
  return there;
}

/** A process takes over and everything comes to its end. Answers with what it passed for whom, and after how many milliseconds each was over. */
export async function heal(world: World, crashes: readonly Crash[]): Promise<{ traces: Traces; tookMs: number[] }> {
  await world.start(watching(crashes));
  await world.letGatewayGo();
  await fewAtOnce(untold(crashes), ({ subject }) => toldUntilAcknowledged(world, subject));
  await world.hurried(() => world.untilSettled());
  return { traces: await world.traces(), tookMs: await settledAfterMs(world, crashes) };
}

/** As a gateway does it: a process that has just started may be too busy to take an event. */
function toldUntilAcknowledged(world: World, subject: Subject): Promise<unknown> {
  return eventually(
    () => subject.scenario.press(world, subject),
    () => subject.acknowledged,
  );
}

/** How long after the start of the process that is alive each operation was over that was not before. */
export async function settledAfterMs(world: World, crashes: readonly Crash[]): Promise<number[]> {
  const rows = await world.sql(
    `select extract(epoch from settled_at - $1) * 1000 as ms from operations where settled_at > $1 and user_id = any($2)`,
    [world.startedAt, crashes.map(({ user }) => user)],
  );
  return rows.map(({ ms }) => Number(ms));
}

/** Clients press again, at a process in which nobody else looks after what was left. Then that dies too. */
export async function healByClients(world: World, crashes: readonly Crash[]): Promise<Traces> {
  await world.start(watching(crashes), { ROLES: 'api' });
  await world.letGatewayGo();
  await fewAtOnce(crashes, ({ subject }) => subject.scenario.press(world, subject));
  const traces = await world.traces();
  await world.kill();
  return traces;
}

/**
 * The places of a second crash, by what was passed for a user after its first. Between two calls nothing happens outside the process, so that the
 * end of one and the beginning of the next are the same place. A sweep, or a lease that is not free yet, comes up again; each is crashed once.
 */
export function placesAfter(trace: readonly string[]): Stop[] {
  return stopsOf(trace.filter((point) => !point.includes('#'))).filter(({ name }) => !name.startsWith('before '));
}

export function inBatches<T>(items: readonly T[]): T[][] {
  const count = Math.ceil(items.length / MAX_CRASHED_AT_ONCE);
  return Array.from({ length: count }, (_, n) => items.slice(n * MAX_CRASHED_AT_ONCE, (n + 1) * MAX_CRASHED_AT_ONCE));
}

interface Pressed {
  pressed: Promise<unknown>[];
  /** Who did not come. */
  missing: string[];
}

export async function pressUntilParked(world: World, crashes: readonly Crash[]): Promise<Promise<ProcessAnswer | null>[]> {
  const pressed: Promise<ProcessAnswer | null>[] = [];
  await fewAtOnce(crashes, async ({ subject, user }) => {
    pressed.push(world.whilePressing(user, () => subject.scenario.press(world, subject)));
    await world.untilParked([user]);
  });
  return pressed;
}

function watching(crashes: readonly Crash[]): Orders {
  return Object.fromEntries(crashes.map(({ user, names }) => [user, { names }]));
}

export function ordersOf(crashes: readonly Crash[]): Orders {
  return Object.fromEntries(crashes.map(({ user, names, stop }) => [user, { names, parkAt: stop.parkAt }]));
}

/** What the gateway tells again, because nobody acknowledged it. */
function untold(crashes: readonly Crash[]): Crash[] {
  return crashes.filter(({ subject }) => subject.scenario.tells && !subject.acknowledged);
}
