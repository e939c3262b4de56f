import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { endServers } from '../kit/processes.js';
import { crash, crashAgain, crashesAt, discover, heal, healByClients, inBatches, placesAfter, type Crash, type Healer } from './matrix.js';
import { SCENARIOS, type Scenario } from './scenarios.js';
import { inShare } from './share.js';
import { stopsOf, type Stop } from './stops.js';
import { Tally } from './tally.js';
import { FAST, World } from './world.js';
import { wrongs } from './wrongs.js';

/** Starts of several processes and hundreds of operations, on a busy machine. */
const TIMEOUT_MS = 400_000;
/** Of the places of a second crash, how many must be reached: who meets somebody else at work passes by. */
const REACHED_AGAIN = 0.9;

const tally = new Tally();
const traces = new Map<string, string[]>();
/** Those of the first crash who stopped at the end of a call, and what was passed for each of them afterwards. */
const healed: { scenario: Scenario; healer: Healer; first: Stop; trace: string[] }[] = [];
let world: World;

beforeAll(async () => {
  world = await World.open(FAST);
}, TIMEOUT_MS);
beforeEach(() => world.begin(), TIMEOUT_MS);
afterAll(async () => {
  await world?.close();
  await endServers();
  tally.print();
}, TIMEOUT_MS);

describe('undisturbed', () => {
  test.each(SCENARIOS)(
    '$name passes the steps that the protocol names, in their order',
    async (scenario) => {
      const trace = await discover(world, scenario);
      traces.set(scenario.name, trace);
      const steps = trace.filter((point) => scenario.steps.some((step) => point === `after ${step}`));
      expect(steps).toEqual(scenario.steps.map((step) => `after ${step}`));
    },
    TIMEOUT_MS,
  );
});

test(
  'a process that is killed at every step of every kind of operation leaves nothing that is lost, charged twice or stuck',
  async () => {
    const crashes: Crash[] = [];
    for (const scenario of SCENARIOS) {
      const stops = stopsOf(traces.get(scenario.name) ?? []);
      for (const healer of healersOf(scenario)) crashes.push(...(await crashesAt(world, scenario, stops, healer)));
    }
    const there = await crash(world, crashes);
    const byClients = await healByClients(
      world,
      crashes.filter(({ healer }) => healer === 'client'),
    );
    const { traces: byRecovery, tookMs } = await heal(world, crashes);
    for (const { subject, user, healer, stop } of there) {
      const trace = (healer === 'client' ? byClients : byRecovery)[user] ?? [];
      if (stop.name.startsWith('after ') && trace.length > 0) healed.push({ scenario: subject.scenario, healer, first: stop, trace });
    }
    tally.crashed('first crash', there.length, tookMs);
    expect(await wrongs(world, crashes)).toEqual([]);
    expect(SCENARIOS.flatMap((scenario) => notReached(scenario, there))).toEqual([]);
  },
  TIMEOUT_MS,
);

test.each(['recovery', 'client'] as const)(
  'a second crash, while the %s comes back to what the first one left, leaves nothing either',
  async (healer) => {
    const places = inShare(
      healed
        .filter((each) => each.healer === healer)
        .flatMap(({ scenario, first, trace }) => placesAfter(trace).map((second) => ({ scenario, first, second }))),
    );
    expect(places).not.toEqual([]);
    let [wanted, reached] = [0, 0];
    for (const batch of inBatches(places)) {
      const firsts = await crashesOf(batch, healer);
      await crash(world, firsts);
      const seconds = firsts.map((each, n) => ({ ...each, stop: again(each.stop, batch[n]!.second) }));
      const there = await crashAgain(world, seconds);
      const { tookMs } = await heal(world, seconds);
      tally.crashed(`second crash, of the ${healer}`, there.length, tookMs);
      expect(await wrongs(world, seconds)).toEqual([]);
      [wanted, reached] = [wanted + atCalls(seconds), reached + atCalls(there)];
    }
    expect(reached).toBeGreaterThan(wanted * REACHED_AGAIN);
  },
  TIMEOUT_MS,
);

/** An event has no client who presses again: the gateway tells it until it is acknowledged. Nor has what time asks for. */
function healersOf(scenario: Scenario): Healer[] {
  return scenario.tells || scenario.byTime ? ['recovery'] : ['recovery', 'client'];
}

/** In the order of the places. */
async function crashesOf(places: readonly { scenario: Scenario; first: Stop }[], healer: Healer): Promise<Crash[]> {
  const crashes = new Map<object, Crash>();
  for (const scenario of SCENARIOS) {
    const own = places.filter((place) => place.scenario === scenario);
    const made = await crashesAt(
      world,
      scenario,
      own.map(({ first }) => first),
      healer,
    );
    own.forEach((place, n) => crashes.set(place, made[n] as Crash));
  }
  return places.map((place) => crashes.get(place) as Crash);
}

function again(first: Stop, second: Stop): Stop {
  return { ...second, name: `${first.name} and again ${second.name}` };
}

/** Those who stop between two calls. In a statement or at the gateway not everybody can be held up who comes there. */
function atCalls(crashes: readonly Crash[]): number {
  return crashes.filter(({ stop }) => !stop.gate && !stop.hold).length;
}

/** Places where nobody of a scenario was when the process died. Statements that write nothing of their user's cannot be held up; those that must be are named. */
function notReached(scenario: Scenario, there: readonly Crash[]): string[] {
  const reached = new Set(there.filter(({ subject }) => subject.scenario === scenario).map(({ stop }) => stop.name));
  const written = scenario.steps.filter((step) => step.startsWith('OperationStore.') && step !== 'OperationStore.findByReference');
  const wanted = stopsOf(traces.get(scenario.name) ?? []).filter(({ gate, name }) => !gate || written.some((step) => name.endsWith(step)));
  return wanted.filter(({ name }) => !reached.has(name)).map(({ name }) => `${scenario.name}: ${name}`);
}
