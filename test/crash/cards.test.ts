import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { customerReferenceOf } from '../../src/operations/intent.js';
import type { ChargeFact } from '../kit/invariants.js';
import { endServers } from '../kit/processes.js';
import { eventually } from '../kit/waiting.js';
import { BY_SWEEP, FOR_A_CHANGE, REPLACED } from './card-scenarios.js';
import { crash, crashesAt, discover, heal, healByClients, ordersOf, type Crash } from './matrix.js';
import { ready, type Scenario, type Subject } from './scenarios.js';
import { stopsOf, untilAllStopped, type Stop } from './stops.js';
import { FAST, World } from './world.js';
import { wrongs } from './wrongs.js';

/** Starts of several processes and dozens of operations, on a busy machine. */
const TIMEOUT_MS = 400_000;
/** Nobody keeps cards in it but those whom somebody asks. */
const NO_SWEEP = { ROLES: 'api,recovery' };
/** The sweep keeps 16 cards at one time. Whoever stops in it keeps a place. */
const MAX_STOPPED = 15;

let world: World;
beforeAll(async () => {
  world = await World.open(FAST);
}, TIMEOUT_MS);
afterAll(async () => {
  await world?.close();
  await endServers();
}, TIMEOUT_MS);

test(
  'a process that is killed at any step of keeping a card leaves one customer per user, whose card is kept and pays the renewal once',
  async () => {
    const sweep = await stopsOfTheSweep();
    await world.start({}, NO_SWEEP);
    // First, so that the first look of a sweep finds them all.
    const swept = await crashesAt(world, BY_SWEEP, sweep, 'recovery');
    const asked: Crash[] = [];
    for (const scenario of [FOR_A_CHANGE, REPLACED]) {
      const stops = placesIn(scenario, await discover(world, scenario));
      for (const healer of ['recovery', 'client'] as const) asked.push(...(await crashesAt(world, scenario, stops, healer)));
    }
    expect(notReached(asked, await crash(world, asked))).toEqual([]);
    await healByClients(
      world,
      asked.filter(({ healer }) => healer === 'client'),
    );
    expect(notReached(swept, await crashInSweep(swept))).toEqual([]);
    const all = [...swept, ...asked];
    await heal(world, all);
    expect(await wrongs(world, all)).toEqual([]);
    expect(await wrongCards(all.map(({ subject }) => subject))).toEqual([]);
  },
  TIMEOUT_MS,
);

/** Nobody presses: the process that finds them as it starts is the one that dies. */
async function crashInSweep(crashes: readonly Crash[]): Promise<Crash[]> {
  await world.start(ordersOf(crashes));
  const coming = async () => crashes.filter(({ user }) => !world.parked.has(user)).map(({ stop }) => stop.name);
  await eventually(coming, (names) => names.length === 0);
  const there = await untilAllStopped(world, crashes, []);
  await world.kill();
  return there;
}

/** What a sweep passes that finds a card to be kept from its first look on. */
async function stopsOfTheSweep(): Promise<Stop[]> {
  await world.start({}, NO_SWEEP);
  const [subject] = (await ready(world, BY_SWEEP, 1)) as [Subject];
  await world.kill();
  await world.start({ [subject.user]: { names: subject.names } });
  await BY_SWEEP.next(world, subject);
  const trace = (await world.traces())[subject.user] ?? [];
  await world.kill();
  const stops = placesIn(BY_SWEEP, trace);
  expect(stops.filter(({ name }) => !/withCardToKeep/.test(name)).length).toBeLessThanOrEqual(MAX_STOPPED);
  return stops;
}

/** Where cards are kept in what was passed. A statement that only reads cannot be held up. */
function placesIn({ steps }: Scenario, trace: string[]): Stop[] {
  const ends = steps.map((step) => `after ${step}`);
  expect(trace.filter((point) => ends.includes(point))).toEqual(ends);
  return stopsOf(trace, 'cards').filter(({ gate, name }) => !gate || /(addCustomer|kept|replace)$/.test(name));
}

function notReached(wanted: readonly Crash[], there: readonly Crash[]): string[] {
  const reached = new Set(there.map(({ user }) => user));
  return wanted.filter(({ user }) => !reached.has(user)).map(({ subject, stop }) => `${subject.scenario.name}: ${stop.name}`);
}

interface CustomerFact {
  id: string;
  user: string | null;
  reference: string | null;
  cards: { id: string; testMethod: string }[];
}

/** By the gateway's own list of customers and charges, in sentences. */
async function wrongCards(subjects: readonly Subject[]): Promise<string[]> {
  const { data } = (await world.around.gateway('GET', '/sandbox/customers')) as { data: CustomerFact[] };
  const charges = (await world.charges()) as (ChargeFact & { customer: string | null; offSession: boolean })[];
  const rows = await world.sql(
    `select s.user_id as "user", s.customer, s.payment_method as card, c.customer as known, o.reference as renewal
     from subscriptions s join customers c using (user_id) join operations o on o.subscription_id = s.id and o.kind = 'renew'`,
  );
  return subjects.flatMap(({ user, scenario }) => {
    const made = data.filter((customer) => customer.user === user);
    const own = rows.filter((row) => row.user === user);
    const [customer, row] = [made[0], own[0]];
    const who = `${scenario.name}, ${user}`;
    if (made.length !== 1 || own.length !== 1 || !customer) return [`${who}: ${made.length} customers, ${own.length} renewals`];
    const paid = charges.filter(({ reference, status }) => reference === row.renewal && status === 'succeeded');
    const card = customer.cards.find(({ id }) => id === row.card);
    const wanted = scenario === REPLACED ? 'pm_card_mastercard' : 'pm_card_visa';
    return [
      ...(customer.reference === customerReferenceOf(user) && row.customer === customer.id && row.known === customer.id
        ? []
        : [`${who}: ${JSON.stringify(row)} is not ${JSON.stringify(customer)}`]),
      ...(card?.testMethod === wanted ? [] : [`${who}: ${JSON.stringify(customer.cards)} without ${row.card} from ${wanted}`]),
      ...(paid.length === 1 && paid.every((charge) => charge.customer === customer.id && charge.offSession)
        ? []
        : [`${who}: renewed by ${JSON.stringify(paid)}`]),
    ];
  });
}
