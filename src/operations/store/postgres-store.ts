import type { DataSource, EntityManager } from 'typeorm';
import type { GatewayEvent } from '../../gateways/payment-gateway.js';
import type { JsonRow } from '../../platform/database/columns.js';
import { sqlState } from '../../platform/database/named-statement.js';
import type { SubscriptionChange } from '../../subscriptions/subscription.entity.js';
import type { Draft } from '../draft.js';
import {
  OperationStore,
  type Claim,
  type Claimed,
  type Due,
  type DueSubscription,
  type Join,
  type Late,
  type Look,
  type Recorded,
  type Refunding,
  type RefundWish,
  type Seen,
  type Settled,
  type Settlement,
  type TakenEvent,
} from './operation-store.js';
import { Operation } from '../operation.entity.js';
import { recordRefund } from './refund-record.js';
import { FORGET_KEYS_SQL } from './look.sql.js';
import { draftRow, elements, inOrder, interval, lastOf, operation, settled, settlementRow, subscription } from './store-rows.js';
import {
  BESIDE,
  BY_REFERENCE,
  CLAIM,
  CLOSE_EVENT,
  DUE,
  HOLD_DUE,
  JOIN,
  KEEP_EVENT,
  LOOK,
  READ,
  REFUND_LATE,
  recordOf,
  settleOf,
  TAKE_EVENTS,
  VERSIONS,
} from './store-statements.js';

const UNIQUE_VIOLATION = '23505';
const CHECK_VIOLATION = '23514';

/** The operations in Postgres: hand-written statements, prepared by name on TypeORM's own pool. */
export class PostgresOperationStore extends OperationStore {
  private readonly schedule: string[];

  /** `scheduleMs`: checks of an open operation, counted from its start; `againMs`: when a check beyond them is repeated after a crash. */
  constructor(
    private readonly database: DataSource | EntityManager,
    private readonly scheduleMs: readonly number[],
    private readonly againMs: number,
    /** Told after the commit whose operations have moved; within a transaction that is left to its owner. */
    private readonly ring: (userIds: string[]) => void = () => undefined,
  ) {
    super();
    this.schedule = scheduleMs.map(interval);
  }

  within(tx: EntityManager): OperationStore {
    return new PostgresOperationStore(tx, this.scheduleMs, this.againMs);
  }

  async look(asked: Look[]): Promise<Seen[]> {
    const rows = await LOOK.run(this.database, [
      elements(asked, (a) => ({ user_id: a.userId, idempotency_key: a.key, reference: a.reference })),
    ]);
    return rows.map((row) => ({
      now: row.now,
      keyed:
        row.fingerprint === null
          ? null
          : { fingerprint: row.fingerprint, operation: operation(row.keyed), subscription: subscription(row.keyed_subscription) },
      open: operation(row.open),
      subscription: subscription(row.subscription),
      hadSubscription: row.had_subscription,
      credit: row.credit ?? {},
      last: lastOf(row),
      referenceUsed: row.reference_used,
    }));
  }

  async record(drafts: Draft[]): Promise<Recorded[]> {
    try {
      const rows = await recordOf(drafts).run(this.database, [elements(drafts, draftRow), this.schedule]);
      this.ringFor(rows.filter(({ kind }) => kind === 'recorded'));
      return rows.map((row) =>
        row.kind === 'recorded' ? { kind: row.kind, operation: Operation.from(row.operation), now: row.now } : { kind: row.kind },
      );
    } catch (error) {
      // Of a set nobody knows which of them it was: whoever made the set sends them again one by one.
      if (drafts.length > 1) throw error;
      if (sqlState(error) === UNIQUE_VIOLATION) return [{ kind: 'overtaken' }];
      if (sqlState(error) === CHECK_VIOLATION) return [{ kind: 'plan_full' }];
      throw error;
    }
  }

  async recordBeside(draft: Draft, change: SubscriptionChange, subscriptionVersion: number): Promise<Recorded> {
    const row = { ...draftRow(draft), change, subscription_version: subscriptionVersion };
    const [recorded] = await BESIDE.run(this.database, [elements([row], (r) => r)]);
    if (!recorded?.recorded) return { kind: 'overtaken' };
    this.ringFor([recorded]);
    return { kind: 'recorded', operation: Operation.from(recorded.operation), now: recorded.now };
  }

  async join(joins: Join[]): Promise<(Operation | null)[]> {
    const rows = await JOIN.run(this.database, [
      elements(joins, (j) => ({
        operation_id: j.operationId,
        user_id: j.userId,
        idempotency_key: j.key,
        fingerprint: j.fingerprint,
        request_id: j.requestId,
      })),
    ]);
    return rows.map((row) => operation(row.operation));
  }

  async claim(claims: Claim[]): Promise<(Claimed | null)[]> {
    const rows = await CLAIM.run(this.database, [
      elements(claims, ({ id, fence, by, asks }) => ({ id, fence, by, asks })),
      this.schedule,
      interval(this.againMs),
    ]);
    this.ringFor(rows);
    return inOrder(claims, rows, (row) => ({ operation: Operation.from(row.operation), now: row.now, last: row.last }));
  }

  async settle(settlements: Settlement[]): Promise<(Settled | null)[]> {
    const rows = await settleOf(settlements).run(this.database, [elements(settlements, settlementRow)]);
    this.ringFor(rows);
    return inOrder(settlements, rows, settled);
  }

  async refundLate({ operationId, refundId, gatewayReference }: Late): Promise<Operation | null> {
    const [row] = await REFUND_LATE.run(this.database, [operationId, refundId, gatewayReference]);
    if (row) this.ringFor([row]);
    return operation(row?.operation ?? null);
  }

  refund(wish: RefundWish): Promise<Refunding | null> {
    return recordRefund(this.database, wish);
  }

  async due(limit: number): Promise<Due[]> {
    const rows = await DUE.run(this.database, [limit]);
    return rows.map((row) => ({ id: row.id, userId: row.user_id, fence: row.fence }));
  }

  async holdDueSubscriptions(limit: number, holdMs: number): Promise<DueSubscription[]> {
    const rows = await HOLD_DUE.run(this.database, [limit, interval(holdMs)]);
    return rows.map(({ id, user_id: userId, period_end: periodEnd, renewal_attempts: renewalAttempts }) => ({
      id,
      userId,
      periodEnd,
      renewalAttempts,
    }));
  }

  async forgetKeys(olderThanHours: number): Promise<void> {
    await this.database.query(FORGET_KEYS_SQL, [`${olderThanHours} hours`]);
  }

  async versions(ids: string[]): Promise<Map<string, number>> {
    const rows = await VERSIONS.run(this.database, [ids]);
    return new Map(rows.map((row) => [row.id, row.version]));
  }

  async read(id: string): Promise<Settled | null> {
    const [row] = await READ.run(this.database, [id]);
    return row ? settled(row) : null;
  }

  async findByReference(reference: string): Promise<Operation | null> {
    const [row] = await BY_REFERENCE.run(this.database, [reference]);
    return operation(row?.operation ?? null);
  }

  async keepEvent(gateway: string, event: GatewayEvent): Promise<boolean> {
    const kept = await KEEP_EVENT.run(this.database, [gateway, event.id, event.type, event.reference, event.gatewayReference]);
    return kept.length > 0;
  }

  async takeEvents(gateway: string, limit: number): Promise<TakenEvent[]> {
    const rows = await TAKE_EVENTS.run(this.database, [gateway, limit]);
    return rows.map(({ event_id: id, type, reference, gateway_reference: gatewayReference, last }) => ({
      id,
      type,
      reference,
      gatewayReference,
      last,
    }));
  }

  async closeEvent(gateway: string, eventId: string, outcome: string): Promise<void> {
    await CLOSE_EVENT.run(this.database, [gateway, eventId, outcome]);
  }

  private ringFor(rows: { operation: JsonRow }[]): void {
    this.ring(rows.map(({ operation: { user_id: userId } }) => userId as string));
  }
}
