import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Operation } from '../../src/operations/operation.entity.js';
import { SharedStatements } from '../../src/operations/store/shared-statements.js';
import { sqlState } from '../../src/platform/database/named-statement.js';
import { Subscription } from '../../src/subscriptions/subscription.entity.js';
import { postgresUnderTest, type PostgresUnderTest } from '../operations/postgres-under-test.js';
import { Random } from './random.js';
import { ScriptWriter, type Known, type Step } from './scripts.js';
import { sell, simulatedUnderTest, type SimulatedUnderTest } from './simulated-under-test.js';

const MINUTE_MS = 60_000;
/** All far from every multiple of the time that passes at once, so that it does not matter how long a statement takes. */
const SCHEDULE = { scheduleMs: [10 * MINUTE_MS, 60 * MINUTE_MS, 360 * MINUTE_MS], againMs: 10 * MINUTE_MS };
const PASSES_MS = 7 * MINUTE_MS;
/** Both read the clock of this machine, one after the other. */
const TOLERANCE_MS = MINUTE_MS;
const SCRIPTS = Number(process.env['SCRIPTS'] ?? 40);
const STEPS = 60;
/** Faster than truncate where there are few rows. */
const EMPTY = [
  // The ledger is append-only; the database is this test's own.
  'set session_replication_role = replica',
  ...['credit_entries', 'credit_accounts', 'operation_keys', 'operations', 'subscriptions', 'plans', 'gateway_events'].map(
    (table) => `delete from ${table}`,
  ),
  'set session_replication_role = origin',
].join('; ');
const WITHIN_MS = 300_000;
const DONE = [
  'record recorded',
  'record overtaken',
  'record plan_full',
  'record plan_changed',
  'recordBeside recorded',
  'claim claimed',
  'claim refused',
  'settle moved',
  'settle refused',
  'join joined',
  'hold held',
  'refundLate refunded',
  'refund recorded',
  'refund refused',
];

let postgres: PostgresUnderTest;
beforeAll(async () => {
  const alone = await postgresUnderTest(SCHEDULE);
  postgres = { ...alone, store: new SharedStatements(alone.store) };
});
afterAll(() => postgres?.close());

test(
  `the simulated store answers ${SCRIPTS} random scripts as Postgres does, and is left as Postgres is`,
  async () => {
    const done = new Map<string, number>();
    for (let number = 1; number <= SCRIPTS; number += 1) {
      const told = await runScript(number, done);
      if (told !== null) throw new Error(`script ${number}: ${told}`);
    }
    // A script that never gets anywhere would agree as well.
    expect([...done.keys()]).toEqual(expect.arrayContaining(DONE));
  },
  WITHIN_MS,
);

/** Null where both agree; otherwise where they part. */
async function runScript(number: number, done: Map<string, number>): Promise<string | null> {
  const random = new Random(number);
  // The ids that Postgres gave, for the other to give as well.
  const given: string[] = [];
  const simulated = simulatedUnderTest({ ...SCHEDULE, newId: () => given.shift() ?? 'an id that Postgres did not give' });
  const plans = await sellBoth(number, simulated);
  const users = [`ann-${number}`, `bob-${number}`];
  for (const userId of users) await giveBoth(userId, random.pick([0, 400, 2_500, 9_000]), simulated);
  // Both as the service has it: of a set that is refused each item is refused for itself.
  const shared = new SharedStatements(simulated.store);
  const writer = new ScriptWriter(random, knownOf(simulated, users, plans), String(number));
  for (let n = 0; n < STEPS; n += 1) {
    const step = writer.next();
    if (random.chance(0.15))
      await Promise.all(users.flatMap((userId) => [postgres.age(userId, PASSES_MS), simulated.age(userId, PASSES_MS)]));
    const theirs = await answerOf(step, postgres);
    given.push(...idsIn(theirs));
    const ours = await answerOf(step, { store: shared });
    const difference = differenceOf(ours, theirs, step.name);
    if (difference) return `step ${n}, ${difference}`;
    for (const what of outcomesOf(step.name, theirs)) done.set(what, (done.get(what) ?? 0) + 1);
    given.length = 0;
    // An event is due again in 2 s, which is too soon to tell on which side of it a statement is.
    if (step.name === 'takeEvents') for (const each of [postgres, simulated]) await each.age('nobody', PASSES_MS);
  }
  const difference = differenceOf(await stateOfSimulated(simulated), await stateOfPostgres(users, plans), 'at the end');
  await postgres.source.query(EMPTY);
  return difference;
}

async function sellBoth(number: number, simulated: SimulatedUnderTest) {
  const plans = [null, 1, 2].map((capacity, n) => ({ id: `plan-${number}-${n}`, capacity }));
  for (const { id, capacity } of plans) {
    sell(simulated.store, id, capacity);
    await postgres.source.query(
      `insert into plans (id, name, price_amount, price_currency, "interval", capacity) values ($1, $1, 1900, 'USD', 'month', $2)`,
      [id, capacity],
    );
  }
  return plans;
}

/** Credit to begin with. */
async function giveBoth(userId: string, amount: number, simulated: SimulatedUnderTest): Promise<void> {
  if (amount === 0) return;
  await simulated.give(userId, amount);
  await postgres.give(userId, amount);
}

function knownOf({ store: { state } }: SimulatedUnderTest, users: string[], plans: Known['plans']): Known {
  return {
    users,
    plans,
    get operations() {
      return [...state.operations.values()];
    },
    get subscriptions() {
      const live = [...state.subscriptions.values()].filter(({ status }) => status !== 'canceled');
      return new Map(live.map((subscription) => [subscription.userId, subscription]));
    },
  };
}

/** What a store said, or by which error it refused. */
async function answerOf(step: Step, { store }: Pick<PostgresUnderTest, 'store'>): Promise<unknown> {
  try {
    return await step.ask(store);
  } catch (error) {
    const state = sqlState(error);
    if (state === undefined) throw error;
    return { refused: state };
  }
}

function idsIn(answer: unknown): string[] {
  const recorded = (Array.isArray(answer) ? answer : [answer]) as ({ kind?: string; operation?: { id: string } } | null | undefined)[];
  return recorded.flatMap((each) => (each?.kind === 'recorded' && each.operation ? [each.operation.id] : []));
}

function outcomesOf(name: string, answer: unknown): string[] {
  const verbs: Record<string, string> = { settle: 'moved', claim: 'claimed', join: 'joined', refundLate: 'refunded', hold: 'held' };
  const answers = Array.isArray(answer) ? (answer as unknown[]) : [answer];
  return answers.map((each) => {
    const kind = (each as { kind?: string } | null)?.kind;
    return `${name} ${name.startsWith('record') || (name === 'refund' && each !== null) ? kind : each === null ? 'refused' : verbs[name]}`;
  });
}

async function stateOfPostgres(users: string[], plans: Known['plans']) {
  const { source } = postgres;
  const rows = (text: string): Promise<{ row: Record<string, unknown> }[]> => source.query(text, [users]);
  const operations = await rows('select to_jsonb(o) as row from operations o where user_id = any($1) order by id');
  const subscriptions = await rows('select to_jsonb(s) as row from subscriptions s where user_id = any($1) order by id');
  const keys = await rows(
    `select jsonb_build_object('key', user_id || ' ' || idempotency_key, 'operationId', operation_id, 'fingerprint', fingerprint) as row
     from operation_keys where user_id = any($1) order by 1`,
  );
  const events = (await source.query(
    'select event_id as id, attempts, outcome, next_attempt_at as at from gateway_events order by 1',
  )) as unknown[];
  const accounts = await rows(
    `select jsonb_build_object('userId', user_id, 'currency', currency, 'balance', balance, 'reserved', reserved, 'version', version) as row
     from credit_accounts where user_id = any($1) order by user_id`,
  );
  const entries = await rows(
    `select jsonb_build_object('entry', concat_ws(' ', user_id, operation_id, kind, account, amount, currency)) as row
     from credit_entries where user_id = any($1)`,
  );
  return {
    accounts: accounts.map(({ row }) => row),
    entries: entries.map(({ row }) => row['entry'] as string).sort(),
    operations: operations.map(({ row }) => Operation.from(row)),
    subscriptions: subscriptions.map(({ row }) => Subscription.from(row)),
    keys: keys.map(({ row }) => row),
    events,
    seats: await Promise.all(plans.map(({ id }) => postgres.seats(id))),
  };
}

async function stateOfSimulated({ store: { state }, seats }: SimulatedUnderTest) {
  const sorted = <T>(rows: Iterable<T>, by: (row: T) => string) => [...rows].sort((a, b) => (by(a) < by(b) ? -1 : 1));
  const keys = [...state.keys].map(([name, { operationId, fingerprint }]) => ({ key: name.replace('\n', ' '), operationId, fingerprint }));
  const events = [...state.events.values()].map(({ event, attempts, outcome, nextAttemptAt }) => {
    return { id: event.id, attempts, outcome, at: nextAttemptAt === null ? null : new Date(nextAttemptAt) };
  });
  const entries = state.entries.map(({ userId, operationId, kind, account, amount, currency }) =>
    [userId, operationId, kind, account, amount, currency].filter((part) => part !== null).join(' '),
  );
  return {
    accounts: sorted(state.accounts.values(), ({ userId }) => userId),
    entries: entries.sort(),
    operations: sorted(state.operations.values(), ({ id }) => id),
    subscriptions: sorted(state.subscriptions.values(), ({ id }) => id),
    keys: sorted(keys, ({ operationId, key }) => JSON.stringify({ key, operationId })),
    events: sorted(events, ({ id }) => id),
    seats: await Promise.all([...state.plans.keys()].map((id) => seats(id))),
  };
}

/** Where two answers part, and how. Times may differ by the time that passes between two statements. */
function differenceOf(ours: unknown, theirs: unknown, where: string): string | null {
  const [ourTime, theirTime] = [timeOf(ours, where), timeOf(theirs, where)];
  if (ourTime !== null && theirTime !== null && Math.abs(ourTime - theirTime) < TOLERANCE_MS) return null;
  if (isObject(ours) && isObject(theirs)) {
    const names = new Set(
      [...Object.keys(ours), ...Object.keys(theirs)].filter((name) => ours[name] !== undefined || theirs[name] !== undefined),
    );
    for (const name of names) {
      const difference = differenceOf(ours[name], theirs[name], `${where}.${name}`);
      if (difference) return difference;
    }
    return null;
  }
  return Object.is(ours, theirs) ? null : `${where}: simulated ${JSON.stringify(ours)}, Postgres ${JSON.stringify(theirs)}`;
}

function timeOf(value: unknown, where: string): number | null {
  if (value instanceof Date) return value.getTime();
  return typeof value === 'string' && /\.(at|expiresAt)$/.test(where) ? Date.parse(value) : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !(value instanceof Date);
}
