import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import pLimit from 'p-limit';
import { referenceOf } from '../../src/operations/intent.js';
import { toPublicId } from '../../src/platform/ids.js';
import { giveCredit } from '../kit/credit.js';
import { newKey, newUser } from '../kit/names.js';
import type { ProcessAnswer } from '../kit/processes.js';
import { eventually } from '../kit/waiting.js';
import { tellOf } from './gateway-event.js';
import type { World } from './world.js';

/** A user with one thing to do, who can do it again with the same key. */
export interface Subject {
  user: string;
  key: string;
  /** What the rows of the user are known by besides: the reference of its charge. */
  names: string[];
  scenario: Scenario;
  /** A plan with one seat, this user's. */
  plan: string;
  /** The event that the gateway has to tell, where the scenario begins with one. */
  eventId: string;
  /** Whether the gateway's event was acknowledged: it is not told again by itself then. */
  acknowledged: boolean;
}

export interface Scenario {
  name: string;
  /** What an undisturbed run passes, in this order. */
  steps: string[];
  /** How the operations of a user of this scenario end, by kind. */
  ends: Record<string, string>;
  /** Charges that stay in the end. */
  staying: number;
  /** What its client is answered in the end, as an HTTP status. */
  answers: number;
  /** The press is the gateway's, which tells an event until it is acknowledged. */
  tells?: true;
  /** Nobody presses: time asks, and comes back by itself. */
  byTime?: true;
  /** Brings users to where it can begin. */
  prepare(world: World, subject: Subject): Promise<unknown>;
  /** Does it. Null where no answer came. */
  press(world: World, subject: Subject): Promise<ProcessAnswer | null>;
  /** Something else that the user can do afterwards. */
  next(world: World, subject: Subject): Promise<ProcessAnswer | null>;
}

/** Users of a scenario who are ready to press. */
export async function ready(world: World, scenario: Scenario, count: number): Promise<Subject[]> {
  const subjects = Array.from({ length: count }, () => subjectOf(scenario));
  await world.sql(
    `insert into plans (id, name, price_amount, price_currency, "interval", capacity)
     select id, 'One seat', 2500, 'USD', 'month', 1 from unnest($1::text[]) id`,
    [subjects.map(({ plan }) => plan)],
  );
  await fewAtOnce(subjects, (subject) => scenario.prepare(world, subject));
  // An answer does not wait for the release of its lease; a press that meets it would pass more points than another.
  await world.untilNoLease(subjects.map(({ user }) => user));
  return subjects;
}

/** More at one moment wait for leases and connections longer than these are waited for, on a slow machine. */
const AT_ONCE = 20;

/** Works on all of them, not too many at one moment. */
export function fewAtOnce<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const limit = pLimit(AT_ONCE);
  return Promise.all(items.map((item) => limit(() => work(item))));
}

function subjectOf(scenario: Scenario): Subject {
  const [user, key] = [newUser(), newKey()];
  const plan = `seat-${randomUUID()}`;
  const reference = referenceOf(user, 'put_subscription', key, 0);
  const eventId = `evt_${randomUUID().replaceAll('-', '')}`;
  return { user, key, names: [reference, reference.replace(/^cf/, 'rf')], scenario, plan, eventId, acknowledged: false };
}

/** A busy machine may have to ask again. */
const PREPARED_WITHIN_MS = 60_000;
/** A sweep is made ten times a second; a busy machine may be late. */
const BY_TIME_MS = 10_000;
const CARD = 'pm_card_visa';
const PROTOCOL = ['Leases.acquire', 'OperationStore.record', 'PaymentGateway.charge', 'OperationStore.settle', 'Lease.release'];
const WITHOUT_MONEY = PROTOCOL.filter((step) => !step.startsWith('PaymentGateway'));

const put = (world: World, { user }: Subject, key: string, planId: string, paymentMethod = CARD) =>
  world.ask(user, key, 'PUT', '/v1/me/subscription', { planId, paymentMethod });
const cancel = (world: World, { user }: Subject, key: string, at: 'now' | 'period_end') =>
  world.ask(user, key, 'POST', '/v1/me/subscription/cancel', { at });

/** What comes before the scenario: asked for, with one key, until it is as it should be. */
function until(status: string, ask: (key: string) => Promise<ProcessAnswer | null>, key = newKey()): Promise<ProcessAnswer | null> {
  return eventually(
    () => ask(key),
    (answer) => answer?.body.status === status,
    PREPARED_WITHIN_MS,
  );
}

export const SUBSCRIBE: Scenario = {
  name: 'subscribe',
  steps: PROTOCOL,
  ends: { subscribe: 'succeeded' },
  staying: 1,
  answers: 201,
  // A part is paid with credit: wherever it dies, that is spent once.
  prepare: (world, { user }) => giveCredit((text, values) => world.sql(text, values), user, 400),
  press: (world, subject) => put(world, subject, subject.key, subject.plan),
  next: (world, subject) => cancel(world, subject, newKey(), 'period_end'),
};

const DECLINED: Scenario = {
  ...SUBSCRIBE,
  name: 'subscribe with a card that is declined',
  ends: { subscribe: 'failed' },
  staying: 0,
  answers: 402,
  press: (world, subject) => put(world, subject, subject.key, subject.plan, 'pm_card_chargeDeclined'),
  next: (world, subject) => put(world, subject, newKey(), subject.plan),
};

export const CHANGE_PLAN: Scenario = {
  name: 'change_plan',
  steps: PROTOCOL,
  ends: { subscribe: 'succeeded', change_plan: 'succeeded' },
  staying: 2,
  answers: 200,
  prepare: (world, subject) => until('succeeded', (key) => put(world, subject, key, 'basic')),
  press: (world, subject) => put(world, subject, subject.key, subject.plan),
  next: (world, subject) => put(world, subject, newKey(), 'pro-yearly'),
};

/** What is left over of the dearer plan becomes credit, once. */
const STEP_DOWN: Scenario = {
  name: 'change_plan to a cheaper one, now',
  steps: WITHOUT_MONEY,
  ends: { subscribe: 'succeeded', change_plan: 'succeeded' },
  staying: 1,
  answers: 200,
  prepare: (world, subject) => until('succeeded', (key) => put(world, subject, key, subject.plan)),
  press: (world, { user, key }) => world.ask(user, key, 'PUT', '/v1/me/subscription', { planId: 'basic', effective: 'now' }),
  next: (world, subject) => put(world, subject, newKey(), subject.plan),
};

const CANCEL: Scenario = {
  name: 'cancel',
  steps: WITHOUT_MONEY,
  ends: { subscribe: 'succeeded', cancel: 'succeeded' },
  staying: 1,
  answers: 200,
  prepare: (world, subject) => until('succeeded', (key) => put(world, subject, key, subject.plan)),
  press: (world, subject) => cancel(world, subject, subject.key, 'now'),
  next: (world, subject) => put(world, subject, newKey(), subject.plan),
};

const RESUME: Scenario = {
  name: 'resume',
  steps: WITHOUT_MONEY,
  ends: { subscribe: 'succeeded', cancel: 'succeeded', resume: 'succeeded' },
  staying: 1,
  answers: 200,
  prepare: async (world, subject) => {
    await until('succeeded', (key) => put(world, subject, key, subject.plan));
    await until('succeeded', (key) => cancel(world, subject, key, 'period_end'));
  },
  press: (world, { user, key }) => world.ask(user, key, 'POST', '/v1/me/subscription/resume', {}),
  next: (world, subject) => put(world, subject, newKey(), 'pro-yearly'),
};

/** The customer has authenticated, and the gateway's event is all that says so: no check of recovery's is due for an hour. */
const WEBHOOK: Scenario = {
  name: 'webhook',
  steps: [
    'OperationStore.keepEvent',
    'OperationStore.findByReference',
    'Leases.acquire',
    'OperationStore.claim',
    'PaymentGateway.find',
    'OperationStore.settle',
    'OperationStore.closeEvent',
  ],
  ends: { subscribe: 'succeeded' },
  staying: 1,
  answers: 200,
  tells: true,
  prepare: async (world, subject) => {
    const ask = (key: string) => put(world, subject, key, subject.plan, 'pm_card_authenticationRequired');
    const answer = await until('requires_action', ask, subject.key);
    await putOff(world, subject);
    await approve(world, answer?.body.gateway.reference as string);
  },
  press: (world, subject) => tellOf(world, subject),
  next: (world, subject) => cancel(world, subject, newKey(), 'period_end'),
};

/** The customer gives up instead of authenticating. */
export const GIVE_UP: Scenario = {
  name: 'cancel of a payment that waits for the customer',
  steps: ['Leases.acquire', 'OperationStore.claim', 'PaymentGateway.cancel', 'OperationStore.settle', 'Lease.release'],
  ends: { subscribe: 'canceled' },
  staying: 0,
  answers: 200,
  prepare: async (world, subject) => {
    await until('requires_action', (key) => put(world, subject, key, subject.plan, 'pm_card_authenticationRequired'));
    await putOff(world, subject);
  },
  press: async (world, { user, key }) => {
    const [row] = await world.sql(`select id from operations where user_id = $1`, [user]);
    return world.ask(user, key, 'POST', `/v1/operations/${toPublicId('op', row.id as string)}/cancel`, {});
  },
  next: (world, subject) => put(world, subject, newKey(), subject.plan),
};

/** A person ruled that nothing was charged; then the money came, and the gateway says so. */
const REFUND: Scenario = {
  name: 'refund',
  steps: [
    'OperationStore.keepEvent',
    'PaymentGateway.find',
    'OperationStore.refundLate',
    'Leases.acquire',
    'OperationStore.claim',
    'PaymentGateway.refund',
    'OperationStore.settle',
    'Lease.release',
  ],
  ends: { subscribe: 'failed', refund: 'succeeded' },
  staying: 0,
  answers: 200,
  tells: true,
  prepare: async (world, subject) => {
    const answer = await until('unknown', (key) => put(world, subject, key, subject.plan, 'pm_sandbox_processing'), subject.key);
    await putOff(world, subject);
    const ruling = { outcome: 'not_charged', reason: 'the bank shows nothing' };
    // Recovery may be looking at it at this very moment.
    const rule = () => world.asked('admin_1', newKey(), 'POST', `/v1/admin/operations/${answer?.body.id as string}/resolve`, ruling);
    await eventually(rule, (ruled) => ruled?.status === 200, PREPARED_WITHIN_MS);
    const { data } = (await world.around.gateway('GET', `/sandbox/charges?reference=${subject.names[0]}`)) as { data: { id: string }[] };
    expect(await world.around.gateway('POST', `/sandbox/charges/${data[0]?.id}/succeed`)).toMatchObject({ status: 'succeeded' });
  },
  press: (world, subject) => tellOf(world, subject),
  next: (world, subject) => put(world, subject, newKey(), subject.plan),
};

/** On the bank's page. */
async function approve(world: World, intentId: string): Promise<void> {
  const page = `${world.around.env['STRIPE_API_BASE']}/sandbox/3ds/${intentId}`;
  const body = new URLSearchParams({ decision: 'approve' });
  expect((await fetch(page, { method: 'POST', body, redirect: 'manual' })).status).toBe(303);
}

function putOff(world: World, { user }: Subject): Promise<unknown> {
  return world.sql(`update operations set next_check_at = now() + interval '1 hour' where user_id = $1`, [user]);
}

/** Time asks, not the customer: all that is done here is that the period ends, and that a hold of who died is over. */
const RENEW: Scenario = {
  name: 'renew',
  steps: PROTOCOL,
  ends: { subscribe: 'succeeded', renew: 'succeeded' },
  staying: 2,
  answers: 200,
  byTime: true,
  prepare: async (world, subject) => {
    await until('succeeded', (key) => put(world, subject, key, subject.plan));
    const kept = () => world.sql('select customer from subscriptions where user_id = $1', [subject.user]);
    await eventually(kept, ([row]) => row.customer !== null, PREPARED_WITHIN_MS);
  },
  press: async (world, { user }) => {
    await world.sql(END_PERIOD_ONCE, [user]);
    const renewals = () => world.sql(`select id, status from operations where user_id = $1 and kind = 'renew'`, [user]);
    // Who is stopped before it is recorded has none, and is not waited for longer than a look or two take.
    const [renewal] = await eventually(renewals, (rows) => rows.length > 0 || !world.isAlive, BY_TIME_MS).catch(() => []);
    return { status: 200, body: renewal ?? null };
  },
  next: (world, subject) => cancel(world, subject, newKey(), 'period_end'),
};

/** Of a subscription: its period is over, unless it was renewed, and nobody holds it. */
export const END_PERIOD_ONCE = `
update subscriptions set claimed_until = null,
  period_start = case when next_at > service_now() then period_start - (period_end - service_now()) else period_start end,
  period_end = least(period_end, service_now()), next_at = least(next_at, service_now())
where user_id = $1 and not exists (select from operations o where o.user_id = $1 and o.kind = 'renew')`;

export const SCENARIOS: readonly Scenario[] = [
  SUBSCRIBE,
  DECLINED,
  CHANGE_PLAN,
  STEP_DOWN,
  CANCEL,
  RESUME,
  RENEW,
  WEBHOOK,
  REFUND,
  GIVE_UP,
];
