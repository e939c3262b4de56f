import type { DataSource } from 'typeorm';
import { idBoundAt } from '../platform/ids.js';
import { CHARGED_TWICE_SQL } from './charged-twice.js';
import { OPEN } from './states.js';

const DAY_MS = 86_400_000;

/** Per minute of the last hour, oldest first; minutes without outcome are left out. */
export type OutcomesPerMinute = { at: Date; succeeded: number; failed: number; canceled: number }[];

/** Of the operations that began within the last day. */
export interface FiguresOfDay {
  /** How many are over, by status. */
  ended: Record<string, number>;
  /** Requests that shared an operation instead of making one. */
  duplicatesAbsorbed: number;
  /** Payments that must not be. */
  chargedTwice: number;
}

/** What ended within the last hour, however long ago it began: found through an index of when operations ended, which has an entry per megabyte. */
export function outcomesOfHour(database: DataSource): Promise<OutcomesPerMinute> {
  return database.query<OutcomesPerMinute>(OUTCOMES_SQL);
}

/** The day is found through the primary key, whose ids are made of time. */
export async function figuresOfDay(database: DataSource): Promise<FiguresOfDay> {
  const dayAgo = [idBoundAt(Date.now() - DAY_MS)];
  const [statuses, [{ count }]] = await Promise.all([
    database.query<{ status: string; count: number; absorbed: number }[]>(STATUSES_SQL, dayAgo),
    database.query<[{ count: number }]>(CHARGED_TWICE_SQL, dayAgo),
  ]);
  const over = statuses.filter(({ status }) => !(OPEN as readonly string[]).includes(status));
  return {
    ended: Object.fromEntries(over.map((row) => [row.status, row.count])),
    duplicatesAbsorbed: statuses.reduce((sum, { absorbed }) => sum + absorbed, 0),
    chargedTwice: count,
  };
}

const OUTCOMES_SQL = `
select date_trunc('minute', settled_at) as at, count(*) filter (where status = 'succeeded')::int as succeeded,
  count(*) filter (where status = 'failed')::int as failed, count(*) filter (where status = 'canceled')::int as canceled
from operations where settled_at > service_now() - interval '1 hour' group by 1 order by 1`;

const STATUSES_SQL = `
select status, count(*)::int as count, sum(requests - 1)::int as absorbed from operations where id >= $1 group by status`;
