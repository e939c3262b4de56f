import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { Problem } from '../problems/problem.js';
import { sqlState } from './named-statement.js';

/** What the clock of business says. */
export interface ClockReading {
  now: Date;
  /** Milliseconds by which it is ahead of the database's own clock; 0 unless it was moved. */
  aheadMs: number;
}

/** Where the clock is to be moved: so far ahead of now, or to a moment. */
export type ClockWish = { by: string } | { to: string };

/** An ISO 8601 duration without fractions, no longer than what Postgres can add to any time of ours. */
export const ISO_DURATION = /^P(?=\d|T\d)(\d{1,2}Y)?(\d{1,3}M)?(\d{1,3}W)?(\d{1,4}D)?(T(?=\d)(\d{1,5}H)?(\d{1,7}M)?(\d{1,9}S)?)?$/;
/** In one move. Whoever wants to see further moves twice. */
const MAX_MOVE = '10 years';
/** Any number will do that no other lock of ours has. */
const LOCK = 4_070_002;
const INSUFFICIENT_PRIVILEGE = '42501';
const UNDEFINED_FUNCTION = '42883';

/**
 * The clock of business, which is the SQL function `service_now()`. Moving it puts another function in its place: all processes are moved in one commit,
 * Postgres plans anew whatever rested on the old one, and where nobody moves it, it is inlined and costs nothing.
 */
export class ServiceClock {
  constructor(private readonly database: DataSource) {}

  read(): Promise<ClockReading> {
    return reading(this.database.manager);
  }

  /** Throws where the clock was ever moved: nobody is charged real money by it. A database without a clock is not migrated yet, and is told of elsewhere. */
  async refuseMoved(): Promise<void> {
    const known = await this.read().catch((error: unknown) => {
      if (sqlState(error) === UNDEFINED_FUNCTION) return { aheadMs: 0 };
      throw error;
    });
    if (known.aheadMs !== 0) throw new Error(MOVED);
  }

  /**
   * Gives the hands of the clock to `work`, and to nobody else meanwhile, in any process. Null where somebody else has them. They are lost with the
   * connection that holds them, and then move nothing any more; a connection that says nothing for ten seconds is given up, so they must be used.
   */
  async inHand<T>(work: (hands: ClockHands) => Promise<T>): Promise<{ result: T } | null> {
    const runner = this.database.createQueryRunner();
    try {
      const [lock] = (await runner.query('select pg_try_advisory_lock($1) as taken', [LOCK])) as [{ taken: boolean }];
      if (!lock.taken) return null;
      return { result: await work(new ClockHands(runner)) };
    } finally {
      await runner.query('select pg_advisory_unlock_all()').catch(() => undefined);
      await runner.release();
    }
  }
}

/** What moves the clock, in the hands of one. */
export class ClockHands {
  constructor(private readonly runner: QueryRunner) {}

  read(): Promise<ClockReading> {
    return reading(this.runner);
  }

  /** The moment that is wished for; a month ahead is a month of the calendar, in UTC. Throws `validation-failed` for one that is too far away. */
  async momentOf(wish: ClockWish): Promise<Date> {
    const [name, value] = 'by' in wish ? ['by', wish.by] : ['to', wish.to];
    const [row] = (await this.runner.query(name === 'by' ? AHEAD_SQL : MOMENT_SQL, [value])) as [{ at: Date; too_far: boolean }];
    if (row.too_far)
      throw new Problem('validation-failed', { errors: [{ pointer: `/${name}`, detail: `must be no more than ${MAX_MOVE} ahead` }] });
    return row.at;
  }

  /** Moves it to `at`, from where it runs on. Forwards only: a clock that is there or beyond stays. Throws `clock-not-movable`. */
  async moveTo(at: Date): Promise<void> {
    const [replacement] = (await this.runner.query(REPLACEMENT_SQL, [at])) as { statement: string }[];
    if (!replacement) return;
    await this.runner.query(replacement.statement).catch((error: unknown) => {
      if (sqlState(error) !== INSUFFICIENT_PRIVILEGE) throw error;
      throw new Problem('clock-not-movable', { detail: NOT_THE_OWNER, cause: error });
    });
  }
}

async function reading(on: EntityManager | QueryRunner): Promise<ClockReading> {
  const [row] = (await on.query(READ_SQL)) as [ClockReading];
  return row;
}

const NOT_THE_OWNER = "The database's role of this service does not own the function service_now(), and so may not replace it.";

const MOVED = 'The clock of this database was moved by the test clock, so it is no database for a gateway that charges real cards.';

const READ_SQL = `select service_now() as now, (extract(epoch from service_now() - now()) * 1000)::float8 as "aheadMs"`;

const TOO_FAR = `at > service_now() + interval '${MAX_MOVE}' as too_far`;
const AHEAD_SQL = `select at, ${TOO_FAR} from (select (service_now() at time zone 'UTC' + $1::interval) at time zone 'UTC' as at) wished`;
const MOMENT_SQL = `select at, ${TOO_FAR} from (select $1::timestamptz as at) wished`;

/** The statement that puts the next clock in the place of the last, in whatever schema that is. */
const REPLACEMENT_SQL = `
select format($f$create or replace function %I.service_now() returns timestamptz language sql stable as 'select now() + interval ''%s microseconds'''$f$,
  n.nspname, (extract(epoch from $1::timestamptz - now()) * 1000000)::bigint) as statement
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where p.oid = 'service_now()'::regprocedure and $1::timestamptz > service_now()`;
