import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { refundReferenceOf } from '../../src/operations/intent.js';
import { toPublicId } from '../../src/platform/ids.js';
import { newKey } from '../kit/names.js';
import { endServers } from '../kit/processes.js';
import { eventually } from '../kit/waiting.js';
import { crash, crashesAt, discover, heal, healByClients } from './matrix.js';
import type { Scenario } from './scenarios.js';
import { stopsOf, type Stop } from './stops.js';
import { FAST, World } from './world.js';
import { wrongs } from './wrongs.js';

/** Starts of several processes and dozens of operations, on a busy machine. */
const TIMEOUT_MS = 400_000;
/** Whoever stops keeps a place among the requests of admins, of which a process has 64. */
const MAX_STOPPED = 60;
const PREPARED_WITHIN_MS = 60_000;
const PERSON = 'admin_1';

/** Its record is one transaction with the key and the audit; from there on it goes the way of all operations. */
const GIVE_BACK: Scenario = {
  name: 'refund by a person',
  steps: ['Leases.acquire', 'OperationStore.claim', 'PaymentGateway.refund', 'OperationStore.settle', 'Lease.release'],
  ends: { subscribe: 'succeeded', refund: 'succeeded' },
  staying: 1,
  answers: 200,
  prepare: (world, subject) => {
    const { user, key, names, plan } = subject;
    names.push(refundReferenceOf(names[0] as string, PERSON, key, 0));
    return eventually(
      () => world.ask(user, key, 'PUT', '/v1/me/subscription', { planId: plan, paymentMethod: 'pm_card_visa' }),
      (answer) => answer?.body.status === 'succeeded',
      PREPARED_WITHIN_MS,
    );
  },
  press: async (world, { key, names }) => {
    const [row] = await world.sql('select id from operations where reference = $1', [names[0]]);
    const wish = { amount: { amount: 700, currency: 'USD' }, reason: 'an apology for the outage' };
    return world.asked(PERSON, key, 'POST', `/v1/admin/operations/${toPublicId('op', row.id as string)}/refund`, wish);
  },
  next: (world, { user }) => world.ask(user, newKey(), 'POST', '/v1/me/subscription/cancel', { at: 'period_end' }),
};

let world: World;
let stops: Stop[];
beforeAll(async () => {
  world = await World.open(FAST);
  await world.begin();
  const trace = await discover(world, GIVE_BACK);
  expect(trace).toEqual(expect.arrayContaining(GIVE_BACK.steps.map((step) => `after ${step}`)));
  stops = stopsOf(trace);
}, TIMEOUT_MS);
afterAll(async () => {
  await world?.close();
  await endServers();
}, TIMEOUT_MS);

test.each(['recovery', 'client'] as const)(
  'a process that is killed at any step of a refund leaves nothing that is lost, given back twice or stuck: the %s comes back to it',
  async (healer) => {
    await world.begin();
    expect(stops.length).toBeLessThan(MAX_STOPPED);
    const crashes = await crashesAt(world, GIVE_BACK, stops, healer);
    const there = await crash(world, crashes);
    if (healer === 'client') await healByClients(world, crashes);
    await heal(world, crashes);
    expect(await wrongs(world, crashes)).toEqual([]);
    // A statement that only reads, and one in the transaction that records it all, cannot be held up; every other place is reached.
    const wanted = crashes.filter(({ stop: { gate, name } }) => !gate || /(claim|settle)$/.test(name));
    expect(wanted.filter((each) => !there.includes(each)).map(({ stop }) => stop.name)).toEqual([]);
    const charges = await world.charges();
    const users = crashes.map(({ subject }) => subject.names[0]);
    expect(charges.filter(({ reference }) => users.includes(reference as string)).map(({ amountRefunded }) => amountRefunded)).toEqual(
      Array(stops.length).fill(700),
    );
  },
  TIMEOUT_MS,
);
