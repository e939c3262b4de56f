import { publish } from '../../src/events/outbox.sql.js';

export interface OutboxRow {
  number: number;
  type: string;
  version: number | null;
  /** When the statement that published it began, in milliseconds since 1970: at the latest when it was committed. */
  atMs: number;
}

// oxlint-disable-next-line typescript/no-explicit-any -- rows of whatever was asked
type Sql = (text: string, values?: unknown[]) => Promise<any[]>;

/** What was written down for this user, in order: the oracle for what a tab sees. */
export function outboxOf(sql: Sql, userId: string): Promise<OutboxRow[]> {
  return sql(
    `select number::int as number, type, (data->>'version')::int as version, extract(epoch from created_at)::float8 * 1000 as "atMs"
     from events where user_id = $1 order by number`,
    [userId],
  );
}

/** Publishes an event of this user by the clause that the service uses, and nothing that it tells of. `note` is where a transaction's id may be. */
export const PUBLISH_ONE = `with ${publish(`
  select $1::text as user_id, 'credits.updated' as type, 1 as rank, json_build_object('currency', 'USD', 'balance', $2::int, 'note', $3::text) as data`)}
select 1`;

/** Publishes so many events of this user, each in a commit of its own. */
export async function publishMany(sql: Sql, userId: string, count: number, note = ''): Promise<void> {
  for (let n = 1; n <= count; n += 1) await sql(PUBLISH_ONE, [userId, n, note]);
}
