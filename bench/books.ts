import type { Pool } from 'pg';
import type { Gateway } from './house.js';

/** Says what an arm did; throws where that does not agree with what it answered: no arm is fast because it is wrong. */
export async function checkedBooks(
  database: Pool,
  schema: string,
  answered: number,
  gateway: Pick<Gateway, 'charges'> | null,
): Promise<string> {
  const { rows } = await database.query(`
    select (select count(*)::int from ${schema}.operations) as operations,
      (select count(*)::int from ${schema}.operations where status = 'succeeded') as succeeded,
      (select count(distinct user_id)::int from ${schema}.subscriptions where status = 'active') as subscribed`);
  const { operations, succeeded, subscribed } = rows[0] as Record<string, number>;
  const charged = gateway === null ? answered : await gateway.charges();
  const said = `${answered} answered, ${operations} operations, ${succeeded} succeeded, ${subscribed} subscribed${gateway === null ? '' : `, ${charged} charged`}`;
  if (new Set([answered, operations, succeeded, subscribed, charged]).size > 1)
    throw new Error(`${schema}: the books do not agree: ${said}`);
  return said;
}
