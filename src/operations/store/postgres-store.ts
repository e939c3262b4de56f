import type { DataSource, EntityManager } from 'typeorm';
import type { GatewayEvent } from '../../gateways/payment-gateway.js';
import { newId } from '../../platform/ids.js';
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
import { asMoved, asRecorded } from './as-written.js';
import { recordRefund } from './refund-record.js';
import { FORGET_KEYS_SQL } from './look.sql.js';
import { draftRow, elements, inOrder, interval, joinRow, lookRow, operation, seen, settled, settlementRow } from './store-rows.js';
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
  newcomersIn,
  recordOf,
  SETTLE,
  settleNewcomersOf,
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
    return (await LOOK.run(this.database, [elements(asked, lookRow)])).map(seen);
  }

  async record(drafts: Draft[]): Promise<Recorded[]> {
    try {
      const ids = drafts.map(newId);
      const set = elements(drafts, (draft, n) => draftRow(draft, ids[n] as string));
      const rows = await recordOf(drafts).run(this.database, [set, this.schedule]);
      const [firstCheckMs = 0] = this.scheduleMs;
      const recorded = rows.map(({ kind, now }, n): Recorded => {
        if (kind !== 'recorded') return { kind };
        return { kind, now, operation: asRecorded(drafts[n] as Draft, ids[n] as string, now, firstCheckMs) };
      });
      this.ringFor(recorded);
      return recorded;
    } catch (error) {
      // Of a set nobody knows which of them it was: whoever made the set sends them again one by one.
      if (drafts.length > 1) throw error;
      if (sqlState(error) === UNIQUE_VIOLATION) return [{ kind: 'overtaken' }];
      if (sqlState(error) === CHECK_VIOLATION) return [{ kind: 'plan_full' }];
      throw error;
    }
  }

  async recordBeside(draft: Draft, change: SubscriptionChange, subscriptionVersion: number): Promise<Recorded> {
    const row = { ...draftRow(draft, newId()), change, subscription_version: subscriptionVersion };
    const [made] = await BESIDE.run(this.database, [elements([row], (r) => r)]);
    if (!made?.recorded) return { kind: 'overtaken' };
    const recorded: Recorded = { kind: 'recorded', operation: Operation.from(made.operation), now: made.now };
    this.ringFor([recorded]);
    return recorded;
  }

  async join(joins: Join[]): Promise<(Operation | null)[]> {
    const rows = await JOIN.run(this.database, [elements(joins, joinRow)]);
    return rows.map((row) => operation(row.operation));
  }

  async claim(claims: Claim[]): Promise<(Claimed | null)[]> {
    const set = elements(claims, ({ id, fence, by, asks }) => ({ id, fence, by, asks }));
    const rows = await CLAIM.run(this.database, [set, this.schedule, interval(this.againMs)]);
    const claimed = inOrder(claims, rows, (row) => ({ operation: Operation.from(row.operation), now: row.now, last: row.last }));
    this.ringFor(claimed);
    return claimed;
  }

  async settle(settlements: Settlement[]): Promise<(Settled | null)[]> {
    const moved = await this.move(settlements);
    this.ringFor(moved);
    return moved;
  }

  async refundLate({ operationId, refundId, gatewayReference }: Late): Promise<Operation | null> {
    const [row] = await REFUND_LATE.run(this.database, [operationId, refundId, gatewayReference]);
    if (!row) return null;
    const refund = Operation.from(row.operation);
    this.ringFor([{ operation: refund }]);
    return refund;
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

  private async move(settlements: Settlement[]): Promise<(Settled | null)[]> {
    const set = elements(settlements, settlementRow);
    const newcomers = newcomersIn(settlements);
    if (!newcomers) return inOrder(settlements, await SETTLE.run(this.database, [set]), settled);
    const rows = await settleNewcomersOf(newcomers).run(this.database, [set]);
    return inOrder(settlements, rows, (row) => asMoved(newcomers[row.n] as Operation, settlements[row.n] as Settlement, row));
  }

  private ringFor(moved: ({ operation: Operation } | Recorded | null)[]): void {
    this.ring(moved.flatMap((each) => (each && 'operation' in each ? each.operation.userId : [])));
  }
}
