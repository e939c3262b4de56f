import pg from 'pg';
import type { Shop } from './shop.js';
import { eventually } from './waiting.js';

/** Another session with a transaction open, in which `begin` was executed. What is waited for is told by `waiting`. */
export async function inTheWay<T>(
  shop: Shop,
  begin: { text: string; values: unknown[] },
  work: (waiting: (count: number) => Promise<unknown>, client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: shop.databaseUrl });
  await client.connect();
  const waiting = (count: number) => eventually(waitingSessions(shop), (sessions) => sessions.length >= count);
  try {
    await client.query('begin');
    await client.query(begin.text, begin.values);
    return await work(waiting, client);
  } finally {
    await client.end();
  }
}

/** Sessions that wait for a lock. */
export function waitingSessions(shop: Shop): () => Promise<unknown[]> {
  return () => shop.sql(`select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`);
}
