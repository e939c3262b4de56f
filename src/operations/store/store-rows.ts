import type { JsonRow } from '../../platform/database/columns.js';
import { newId } from '../../platform/ids.js';
import { Subscription } from '../../subscriptions/subscription.entity.js';
import type { Draft } from '../draft.js';
import type { Join, Look, Seen, Settled, Settlement } from './operation-store.js';
import { Operation } from '../operation.entity.js';

export interface SeenRow {
  now: Date;
  fingerprint: string | null;
  keyed: JsonRow | null;
  keyed_subscription: JsonRow | null;
  open: JsonRow | null;
  subscription: JsonRow | null;
  had_subscription: boolean;
  credit: Record<string, number> | null;
  last_id: string | null;
  last_turn: number;
  last_intent: string;
  last_named_card: string | null;
  reference_used: boolean;
}

export interface SettledRow {
  n: number;
  operation: JsonRow;
  subscription: JsonRow | null;
  refunded?: boolean;
}

export interface DueSubscriptionRow {
  id: string;
  user_id: string;
  period_end: Date;
  renewal_attempts: number;
}

export interface TakenEventRow {
  event_id: string;
  type: string;
  reference: string | null;
  gateway_reference: string | null;
  last: boolean;
}

/** The set as one parameter: each element with its place, so that answers find back to their questions. */
export function elements<T>(items: T[], row: (item: T, n: number) => JsonRow): string {
  return JSON.stringify(items.map((item, n) => ({ n, ...row(item, n) })));
}

export function inOrder<Row extends { n: number }, T>(asked: unknown[], rows: Row[], read: (row: Row) => T): (T | null)[] {
  const answers: (T | null)[] = asked.map(() => null);
  for (const row of rows) answers[row.n] = read(row);
  return answers;
}

export function draftRow(draft: Draft, id: string): JsonRow {
  return {
    id,
    user_id: draft.userId,
    idempotency_key: draft.key,
    fingerprint: draft.fingerprint,
    turn: draft.turn,
    kind: draft.kind,
    intent: draft.intent,
    reference: draft.reference,
    status: draft.status,
    result: draft.result,
    from_plan_id: draft.fromPlanId,
    to_plan_id: draft.toPlanId,
    plan_version: draft.planVersion,
    seat: draft.seat,
    subscription_id: draft.subscriptionId,
    amount: draft.amount,
    credit_applied: draft.creditApplied,
    credit_granted: draft.creditGranted,
    movement_id: newId(),
    currency: draft.currency,
    period_start: draft.periodStart,
    payment_method: draft.paymentMethod,
    terms: draft.terms,
    gateway: draft.gateway,
    traceparent: draft.traceparent,
    happened: draft.happened,
  };
}

export function settlementRow(settlement: Settlement): JsonRow {
  return {
    id: settlement.id,
    fence: settlement.fence,
    status: settlement.status,
    gateway_reference: settlement.gatewayReference ?? null,
    problem: settlement.problem ?? null,
    next_action: settlement.nextAction ?? null,
    change: settlement.change ?? null,
    refund_id: settlement.refundId ?? null,
    movement_id: newId(),
    happened: settlement.happened,
  };
}

export function lookRow({ userId, key, reference }: Look): JsonRow {
  return { user_id: userId, idempotency_key: key, reference };
}

export function joinRow({ operationId, userId, key, fingerprint, requestId }: Join): JsonRow {
  return { operation_id: operationId, user_id: userId, idempotency_key: key, fingerprint, request_id: requestId };
}

export function seen(row: SeenRow): Seen {
  const { now, fingerprint } = row;
  return {
    now,
    keyed:
      fingerprint === null ? null : { fingerprint, operation: operation(row.keyed), subscription: subscription(row.keyed_subscription) },
    open: operation(row.open),
    subscription: subscription(row.subscription),
    hadSubscription: row.had_subscription,
    credit: row.credit ?? {},
    last: lastOf(row),
    referenceUsed: row.reference_used,
  };
}

function lastOf(row: SeenRow): Seen['last'] {
  if (row.last_id === null) return null;
  return { id: row.last_id, turn: row.last_turn, intent: row.last_intent, namedCard: row.last_named_card };
}

export function settled(row: Omit<SettledRow, 'n'>): Settled {
  const settled = { operation: Operation.from(row.operation), subscription: subscription(row.subscription) };
  return row.refunded ? { ...settled, refunded: true } : settled;
}

export function operation(row: JsonRow | null): Operation | null {
  return row && Operation.from(row);
}

export function subscription(row: JsonRow | null): Subscription | null {
  return row && Subscription.from(row);
}

export function interval(ms: number): string {
  return `${ms} milliseconds`;
}
