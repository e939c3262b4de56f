import type { DataSource } from 'typeorm';
import { OPEN, sqlList } from './states.js';

/** Work that some process has to do by itself, and whether it is done in time. */
export interface Chore {
  name: 'recovery' | 'gateway_events' | 'invoices' | 'renewals';
  /** The role of the processes that do it. */
  role: 'recovery' | 'renewals';
  /** What has waited longer than it should: nobody does it, or those who do cannot keep up. At most MAX_COUNTED. */
  overdue: number;
  oldestAt: Date | null;
}

/** Beyond this, how many exactly makes no difference to whoever looks. */
const MAX_COUNTED = 1_000;
/** Each is looked for every second or so; what has waited for so long is late. */
const LATE = "interval '1 minute'";

/** Looks, through the indexes by which the work is found, for what is late. It tells of all processes together: nobody is asked, the work is. */
export class ChoresQuery {
  constructor(private readonly database: DataSource) {}

  read(): Promise<Chore[]> {
    return Promise.all(
      CHORES.map(async ({ name, role, sql }) => {
        const [row] = (await this.database.query(
          `select count(*)::int as overdue, min(at) as "oldestAt" from (${sql} order by at limit ${MAX_COUNTED}) late`,
        )) as [{ overdue: number; oldestAt: Date | null }];
        return { name, role, ...row };
      }),
    );
  }
}

const CHORES: { name: Chore['name']; role: Chore['role']; sql: string }[] = [
  {
    name: 'recovery',
    role: 'recovery',
    sql: `select next_check_at as at from operations where status in (${sqlList(OPEN)}) and next_check_at < service_now() - ${LATE}`,
  },
  {
    name: 'gateway_events',
    role: 'recovery',
    sql: `select next_attempt_at as at from gateway_events where next_attempt_at < now() - ${LATE}`,
  },
  {
    name: 'invoices',
    role: 'recovery',
    sql: `select settled_at as at from operations
      where status = 'succeeded' and kind <> 'refund' and not invoiced and amount + credit_applied > 0 and settled_at < service_now() - ${LATE}`,
  },
  {
    name: 'renewals',
    role: 'renewals',
    sql: `select next_at as at from subscriptions
      where next_at < service_now() - ${LATE} and (claimed_until is null or claimed_until < service_now() - ${LATE})`,
  },
];
