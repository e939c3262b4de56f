import { deepEqual } from 'node:assert/strict';
import { MOVES, OPEN, type Status } from '../../src/operations/states.js';
import { creditAgrees, type AccountFact, type EntryFact } from './credit-invariants.js';
import { EVENT_FACTS, eventsAgree, type EventFacts } from './event-invariants.js';
import { grouped } from './grouped.js';
import { refundsAgree } from './refund-invariants.js';
import { eventually } from './waiting.js';

/** What a test can be asked for by whoever checks the invariants: our rows, and what the gateway did. */
export interface Scene {
  // oxlint-disable-next-line typescript/no-explicit-any -- rows of whatever was asked
  sql(text: string, values?: unknown[]): Promise<any[]>;
  charges(): Promise<ChargeFact[]>;
}

/** A charge as the gateway's own list shows it: the oracle. */
export interface ChargeFact {
  id: string;
  reference: string | null;
  amount: number;
  currency: string;
  status: string;
  amountRefunded: number;
}

export interface OperationFact {
  id: string;
  userId: string;
  kind: string;
  status: Status;
  reference: string;
  amount: number;
  currency: string | null;
  /** Minor units of credit that pay a part of it. */
  creditApplied: number;
  /** Minor units that become credit with it. */
  creditGranted: number;
  /** Minor units of it that are given back or are to be. */
  refundedToCard: number;
  refundedToCredit: number;
  fence: number;
  version: number;
  seatPlanId: string | null;
  ageMs: number;
  /** The operation whose money a refund gives back. */
  refundsOperationId: string | null;
  timeline: { type: string; data: Record<string, unknown> }[];
}

export interface Facts {
  operations: OperationFact[];
  charges: ChargeFact[];
  plans: { id: string; capacity: number | null; held: number; taken: number }[];
  subscriptions: { userId: string; planId: string; seated: boolean; live: boolean }[];
  accounts: AccountFact[];
  entries: EntryFact[];
  /** The simulation has none. */
  events?: EventFacts;
  /** Statements of the service that sit in an open transaction and do nothing. */
  idleInTransaction: number;
}

/** What a client saw: one answer to one request. */
export interface Heard {
  userId: string;
  key: string;
  /** Method, path and body. */
  request: string;
  httpStatus: number;
  operationId: string | null;
  /** The operation's status in the answer. */
  status: string | null;
}

export interface Bounds {
  /** No open operation may be older, except one that waits for a person or the customer. Milliseconds. */
  openMs?: number;
  /** The operation's id in an answer, as the row has it. */
  rowId?: (publicId: string) => string | null;
}

const MAY_WAIT: readonly Status[] = ['requires_action', 'needs_review'];

/**
 * The named invariants, in sentences; empty where all hold. Pure, so that the simulation asks the same questions as a real shop.
 *
 * I1 at most one charge that stays per operation. I2 every charge that bears our reference has its operation. I3 `succeeded` means exactly one
 * charge of that amount and currency; `failed` and `canceled` mean none that stays, or one that a refund is giving back; and what was given back is what
 * the refunds say, never more than was paid. I4 status and fence only
 * move forward. I5 same key, same answer; another body is refused. I6 what a client saw exists. I7 nothing stays open for longer than its bound.
 * I8 seats are held by open operations only, taken by live subscriptions only, and nothing sits idle in a transaction. I9 a user's
 * events are numbered from 1 without a gap, and every version of an operation and of a subscription has exactly one. I10 every balance equals the sum
 * of its entries, what is reserved is reserved by open operations, and credit that was applied is spent or released once, when its operation ends.
 */
export function brokenInvariants(facts: Facts, heard: readonly Heard[] = [], bounds: Bounds = {}): string[] {
  const operations = new Map(facts.operations.map((operation) => [operation.reference, operation]));
  const refunded = new Set(facts.operations.map(({ refundsOperationId }) => refundsOperationId));
  const charges = grouped(
    facts.charges.filter(({ reference, status }) => reference !== null && status === 'succeeded'),
    ({ reference }) => reference as string,
  );
  return [
    ...[...charges].flatMap(([reference, made]) => chargedOnce(reference, made, operations.get(reference))),
    ...facts.operations.flatMap((operation) => [
      ...moneyAgrees(operation, charges.get(operation.reference) ?? [], refunded.has(operation.id)),
      ...onlyForward(operation),
      ...notTooOld(operation, bounds),
    ]),
    ...onePerUser(facts),
    ...answersAgree(heard),
    ...heardExists(heard, new Map(facts.operations.map((operation) => [operation.id, operation])), bounds),
    ...seatsAgree(facts),
    ...(facts.events ? eventsAgree(facts.events) : []),
    ...refundsAgree(facts),
    ...creditAgrees(facts),
    ...(facts.idleInTransaction > 0 ? [`I8 ${facts.idleInTransaction} connections sit idle in a transaction`] : []),
  ];
}

/** Fails with every broken invariant. With `settleWithinMs` everything that can settle by itself is given that long. */
export async function expectInvariants(
  scene: Scene,
  { heard = [], bounds = {}, settleWithinMs }: { heard?: readonly Heard[]; bounds?: Bounds; settleWithinMs?: number } = {},
): Promise<void> {
  if (settleWithinMs !== undefined) await settled(scene, settleWithinMs);
  deepEqual(brokenInvariants(await factsOf(scene), heard, bounds), []);
}

/** Resolves when nothing is open but what waits for a person or the customer. Fails after `withinMs`. */
export async function settled(scene: Scene, withinMs: number): Promise<void> {
  const waiting = MAY_WAIT.map((status) => `'${status}'`).join(', ');
  const left = `select id, kind, status, next_check_at from operations where settled_at is null and status not in (${waiting}) limit 5`;
  await eventually(
    () => scene.sql(left),
    (rows) => rows.length === 0,
    withinMs,
  );
}

/** All that the invariants are about, as it is now. */
export async function factsOf(scene: Scene): Promise<Facts> {
  const [operations, charges, plans, subscriptions, accounts, entries, events, idle] = await Promise.all([
    scene.sql(OPERATIONS),
    scene.charges(),
    scene.sql('select id, capacity, seats_held as held, seats_taken as taken from plans'),
    scene.sql(`select user_id as "userId", plan_id as "planId", seated, status <> 'canceled' as live from subscriptions`),
    scene.sql('select user_id as "userId", currency, balance::float8 as balance, reserved::float8 as reserved from credit_accounts'),
    scene.sql(
      'select user_id as "userId", account, currency, amount::float8 as amount, kind, operation_id as "operationId" from credit_entries',
    ),
    scene.sql(EVENT_FACTS),
    scene.sql(IDLE),
  ]);
  return {
    operations,
    charges,
    plans,
    subscriptions,
    accounts,
    entries,
    events: events[0] as EventFacts,
    idleInTransaction: idle[0]?.count ?? 0,
  };
}

const OPERATIONS = `
select id, user_id as "userId", kind, status, reference, amount::float8 as amount, currency,
  credit_applied::float8 as "creditApplied", credit_granted::float8 as "creditGranted", refunded_to_card::float8 as "refundedToCard",
  refunded_to_credit::float8 as "refundedToCredit", fence, version, seat_plan_id as "seatPlanId",
  (extract(epoch from now() - created_at) * 1000)::float as "ageMs", refunds_operation_id as "refundsOperationId", timeline
from operations`;

const IDLE = `
select count(*)::int as count from pg_stat_activity
where datname = current_database() and state like 'idle in transaction%' and now() - state_change > interval '5 seconds'`;

function chargedOnce(reference: string, made: ChargeFact[], operation: OperationFact | undefined): string[] {
  const staying = made.filter(({ amount, amountRefunded }) => amountRefunded < amount);
  return [
    ...(staying.length > 1 ? [`I1 ${staying.length} charges stay under ${reference}`] : []),
    ...(operation ? [] : [`I2 charge ${made[0]?.id} bears ${reference}, which names no operation`]),
  ];
}

function moneyAgrees(operation: OperationFact, made: ChargeFact[], isRefunded: boolean): string[] {
  const { id, kind, status, amount, currency } = operation;
  if (kind === 'refund' || amount === 0)
    return made.length > 0 ? [`I3 ${kind} ${id} charges nothing and the gateway has ${made.length}`] : [];
  const staying = made.filter((charge) => charge.amountRefunded < charge.amount);
  if (status === 'succeeded') {
    const right = made.filter((charge) => charge.amount === amount && charge.currency.toUpperCase() === currency);
    return made.length === 1 && right.length === 1
      ? []
      : [`I3 ${id} succeeded and has ${made.length} charges, ${right.length} of them right`];
  }
  if (status !== 'failed' && status !== 'canceled') return [];
  return staying.length > 0 && !isRefunded ? [`I3 ${id} is ${status} and its charge stays`] : [];
}

/** Reads the moves off the timeline, which is appended by the statements that make them. */
function onlyForward({ id, status, fence, timeline }: OperationFact): string[] {
  const fences = timeline.filter(({ type }) => type === 'taken_over').map(({ data }) => Number(data['fence']));
  const moves = timeline.filter(({ type }) => type === 'settled').map(({ data }) => data['status'] as Status);
  const broken: string[] = [];
  if (fences.some((at, n) => at <= (fences[n - 1] ?? 0)) || (fences.at(-1) ?? 0) > fence)
    broken.push(`I4 the fences of ${id} went ${fences.join(', ')}`);
  let from: Status = 'pending';
  for (const to of moves) {
    if (!MOVES.some(([a, b]) => a === from && b === to)) broken.push(`I4 ${id} moved from ${from} to ${to}`);
    from = to;
  }
  if (moves.length > 0 && from !== status) broken.push(`I4 ${id} is ${status} and moved last to ${from}`);
  return broken;
}

function notTooOld({ id, status, ageMs }: OperationFact, { openMs }: Bounds): string[] {
  if (openMs === undefined || !OPEN.includes(status) || MAY_WAIT.includes(status)) return [];
  return ageMs > openMs ? [`I7 ${id} is ${status} since ${Math.round(ageMs)} ms`] : [];
}

function onePerUser({ operations, subscriptions }: Facts): string[] {
  const open = operations.filter(({ status, kind }) => OPEN.includes(status) && kind !== 'refund');
  const live = subscriptions.filter((subscription) => subscription.live);
  return [...twice(open, 'open operations'), ...twice(live, 'live subscriptions')];
}

function twice(rows: { userId: string }[], what: string): string[] {
  const perUser = grouped(rows, ({ userId }) => userId);
  return [...perUser].filter(([, own]) => own.length > 1).map(([userId, own]) => `I1 ${userId} has ${own.length} ${what}`);
}

function answersAgree(heard: readonly Heard[]): string[] {
  const broken: string[] = [];
  for (const [name, answers] of grouped(heard, ({ userId, key }) => `${userId} with ${key}`)) {
    const named = answers.filter(({ operationId, httpStatus }) => operationId !== null && httpStatus !== 409 && httpStatus !== 422);
    const operations = new Set(named.map(({ operationId }) => operationId));
    if (operations.size > 1) broken.push(`I5 ${name} was told of ${operations.size} operations`);
    if (new Set(named.map(({ request }) => request)).size > 1) broken.push(`I5 ${name} was answered for two requests`);
    const ends = new Set(
      named.map(({ status }) => status).filter((status) => status === 'succeeded' || status === 'failed' || status === 'canceled'),
    );
    if (ends.size > 1) broken.push(`I5 ${name} was told of ${[...ends].join(' and ')}`);
  }
  return broken;
}

function heardExists(heard: readonly Heard[], operations: Map<string, OperationFact>, { rowId = (id) => id }: Bounds): string[] {
  return heard.flatMap(({ httpStatus, operationId, userId, status }) => {
    if (operationId === null || httpStatus < 200 || httpStatus > 299) return [];
    const operation = operations.get(rowId(operationId) ?? '');
    if (operation?.userId !== userId) return [`I6 ${operationId} was answered with ${httpStatus} to ${userId} and does not exist`];
    const over = status === 'succeeded' || status === 'failed' || status === 'canceled';
    return over && operation.status !== status ? [`I6 ${operationId} was answered as ${status} and is ${operation.status}`] : [];
  });
}

function seatsAgree({ operations, plans, subscriptions }: Facts): string[] {
  return plans.flatMap(({ id, capacity, held, taken }) => {
    const holding = operations.filter(({ seatPlanId, status }) => seatPlanId === id && OPEN.includes(status)).length;
    const sitting = subscriptions.filter(({ planId, seated, live }) => planId === id && seated && live).length;
    return [
      ...(held === holding ? [] : [`I8 plan ${id} holds ${held} seats and ${holding} open operations hold one`]),
      ...(taken === sitting ? [] : [`I8 plan ${id} has ${taken} seats taken and ${sitting} subscriptions sit`]),
      ...(capacity !== null && held + taken > capacity ? [`I8 plan ${id} is oversold`] : []),
    ];
  });
}
