import type { DataSource } from 'typeorm';
import type { JsonRow } from '../platform/database/columns.js';
import { NamedStatement } from '../platform/database/named-statement.js';
import { Subscription } from '../subscriptions/subscription.entity.js';
import { Operation } from './operation.entity.js';
import { OPEN, sqlList } from './states.js';

/** What a user has and what is under way for them. */
export interface Snapshot {
  /** The number of the last event that it contains. */
  last: number;
  subscription: Subscription | null;
  /** Newest first: the one that the user asked for, and refunds. */
  openOperations: Operation[];
  credits: { currency: string; balance: number; reserved: number }[];
}

/** A user has one open operation and, after a bad day, a few refunds. */
const MAX_OPEN_OPERATIONS = 50;

/** Everything in one statement and so in one snapshot: whatever is not in it has a later number. */
export class SnapshotQuery {
  constructor(private readonly database: DataSource) {}

  async read(userId: string): Promise<Snapshot> {
    const [row] = (await SNAPSHOT.run(this.database, [userId])) as [SnapshotRow];
    return {
      last: row.last,
      subscription: row.subscription && Subscription.from(row.subscription),
      openOperations: row.open.map((open) => Operation.from(open)),
      credits: row.credits,
    };
  }
}

interface SnapshotRow {
  last: number;
  subscription: JsonRow | null;
  open: JsonRow[];
  credits: Snapshot['credits'];
}

const SNAPSHOT_SQL = `
select
  coalesce((select c.last from event_cursors c where c.user_id = $1), 0)::float8 as last,
  (select to_jsonb(s) from subscriptions s where s.user_id = $1 and s.status <> 'canceled') as subscription,
  coalesce((select jsonb_agg(to_jsonb(o) - 'timeline' order by o.id desc) from (
    select * from operations o where o.user_id = $1 and o.status in (${sqlList(OPEN)}) order by o.id desc limit ${MAX_OPEN_OPERATIONS}) o), '[]') as open,
  coalesce((select jsonb_agg(jsonb_build_object('currency', a.currency, 'balance', a.balance, 'reserved', a.reserved) order by a.currency)
    from credit_accounts a where a.user_id = $1), '[]') as credits`;

const SNAPSHOT = new NamedStatement<SnapshotRow>('events.snapshot.1', SNAPSHOT_SQL);
