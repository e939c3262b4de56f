import type { JsonRow } from '../../platform/database/columns.js';
import { NamedStatement } from '../../platform/database/named-statement.js';
import { RECORD_BESIDE_SQL } from './beside.sql.js';
import { CLAIM_SQL } from './claim.sql.js';
import { CLOSE_EVENT_SQL, KEEP_EVENT_SQL, TAKE_EVENTS_SQL } from './inbox.sql.js';
import { BY_REFERENCE_SQL, DUE_SQL, HOLD_DUE_SUBSCRIPTIONS_SQL, JOIN_SQL, LOOK_SQL, READ_SQL, VERSIONS_SQL } from './look.sql.js';
import { settleNewcomersSql } from './newcomers.sql.js';
import { recordSql } from './record.sql.js';
import { REFUND_LATE_SQL } from './refund.sql.js';
import { SETTLE_SQL } from './settle.sql.js';
import type { Draft } from '../draft.js';
import type { Operation } from '../operation.entity.js';
import type { MovedRow } from './as-written.js';
import type { Recorded, Settlement } from './operation-store.js';
import type { DueSubscriptionRow, SeenRow, SettledRow, TakenEventRow } from './store-rows.js';

/** The statements of the store, each prepared by name. The number moves where a statement changes what it takes or answers. */
export const LOOK = new NamedStatement<SeenRow>('operations.look.2', LOOK_SQL);
export const BESIDE = new NamedStatement<{ recorded: boolean; operation: JsonRow; now: Date }>('operations.beside.1', RECORD_BESIDE_SQL);
export const JOIN = new NamedStatement<{ operation: JsonRow | null }>('operations.join.2', JOIN_SQL);
export const CLAIM = new NamedStatement<{ n: number; now: Date; operation: JsonRow; last: boolean }>('operations.claim.2', CLAIM_SQL);
export const DUE = new NamedStatement<{ id: string; user_id: string; fence: number }>('operations.due.1', DUE_SQL);
export const HOLD_DUE = new NamedStatement<DueSubscriptionRow>('subscriptions.hold_due.1', HOLD_DUE_SUBSCRIPTIONS_SQL);
export const VERSIONS = new NamedStatement<{ id: string; version: number }>('operations.versions.1', VERSIONS_SQL);
export const READ = new NamedStatement<Omit<SettledRow, 'n'>>('operations.read.2', READ_SQL);
export const REFUND_LATE = new NamedStatement<{ operation: JsonRow }>('operations.refund_late.1', REFUND_LATE_SQL);
export const BY_REFERENCE = new NamedStatement<{ operation: JsonRow }>('operations.by_reference.2', BY_REFERENCE_SQL);
export const KEEP_EVENT = new NamedStatement<{ event_id: string }>('gateway_events.keep.1', KEEP_EVENT_SQL);
export const TAKE_EVENTS = new NamedStatement<TakenEventRow>('gateway_events.take.1', TAKE_EVENTS_SQL);
export const CLOSE_EVENT = new NamedStatement<never>('gateway_events.close.1', CLOSE_EVENT_SQL);

type RecordStatement = NamedStatement<{ now: Date; kind: Recorded['kind'] }>;
const RECORD_PLAIN: RecordStatement = new NamedStatement('operations.record_plain.2', recordSql({ seats: false, credit: false }));
const RECORD_SEATED: RecordStatement = new NamedStatement('operations.record_seated.2', recordSql({ seats: true, credit: false }));
const RECORD: RecordStatement = new NamedStatement('operations.record.3', recordSql({ seats: true, credit: true }));

const SETTLE_NEWCOMERS = new NamedStatement<MovedRow>('operations.settle_newcomers.2', settleNewcomersSql({ seats: false }));
const SETTLE_SEATED = new NamedStatement<MovedRow>('operations.settle_seated.2', settleNewcomersSql({ seats: true }));
export const SETTLE = new NamedStatement<SettledRow>('operations.settle.2', SETTLE_SQL);

/** The least that records all of these. */
export function recordOf(drafts: Draft[]): RecordStatement {
  if (drafts.some(({ creditApplied, creditGranted }) => creditApplied + creditGranted > 0)) return RECORD;
  return drafts.some(({ seat }) => seat) ? RECORD_SEATED : RECORD_PLAIN;
}

/** The operations of a set of newcomers, as their holders have them; null where somebody else is among them. */
export function newcomersIn(settlements: Settlement[]): Operation[] | null {
  const newcomers = settlements.flatMap(({ newcomer }) => newcomer ?? []);
  return newcomers.length === settlements.length ? newcomers : null;
}

/** The least that settles all of these. */
export function settleNewcomersOf(newcomers: Operation[]): NamedStatement<MovedRow> {
  return newcomers.some(({ seatPlanId }) => seatPlanId !== null) ? SETTLE_SEATED : SETTLE_NEWCOMERS;
}
