import type { Pool } from 'pg';
import { DUE_SQL, HOLD_DUE_SUBSCRIPTIONS_SQL } from '../src/operations/store/look.sql.js';
import { percentile } from '../test/overload/open-loop.js';

const LOOKS = 50;

/** What the database does for one look at what time asks for, by its own account, in ms: recovery's p50 and p99, renewals' p50 and p99. */
export async function looksOfTimeMs(database: Pool): Promise<number[]> {
  const recovery = await looks(database, DUE_SQL.replace('$1', '512'));
  const renewals = await looks(database, HOLD_DUE_SUBSCRIPTIONS_SQL.replace('$2', `'60 s'`).replace('$1', '128'));
  return [recovery, renewals].flatMap((each) => [percentile(each, 0.5), percentile(each, 0.99)]);
}

async function looks(database: Pool, sql: string): Promise<number[]> {
  const took: number[] = [];
  for (let n = 0; n < LOOKS; n += 1) {
    const { rows } = await database.query(`explain (analyze, buffers, format json) ${sql}`);
    const [{ 'Planning Time': planning, 'Execution Time': execution }] = (rows[0] as { 'QUERY PLAN': [Record<string, number>] })[
      'QUERY PLAN'
    ] as [{ 'Planning Time': number; 'Execution Time': number }];
    took.push(planning + execution);
  }
  return took;
}
