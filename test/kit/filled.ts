import type { Pool, PoolClient } from 'pg';

/** What lies in a table that has been in use for two years. */
export interface Filled {
  operations: number;
  users: number;
}

const OPERATIONS_OF_A_USER = 5;
/** Of operations and of users, in a thousand. */
const [FAILED, OPEN, CANCELED] = [30, 1, 200];
/** One statement of this many rows takes some seconds and little memory. */
const ROWS_AT_ONCE = 250_000;
const TABLES = ['operations', 'operation_keys', 'subscriptions', 'events', 'event_cursors', 'credit_accounts'];

/**
 * Fills an empty, migrated database: each user subscribed once and renewed four times, most of that is over, one user in a thousand has an operation open
 * that waits for a person, and nothing is due. Foreign keys are not checked meanwhile, and what was paid counts as invoiced.
 */
export async function fill(database: Pool, operations: number): Promise<Filled> {
  const users = Math.ceil(operations / OPERATIONS_OF_A_USER);
  const client = await database.connect();
  try {
    await client.query(`set session_replication_role = replica; set synchronous_commit = off; set statement_timeout = 0`);
    await client.query(PLAN_SQL);
    for (let from = 1; from <= operations; from += ROWS_AT_ONCE) {
      const range = [from, Math.min(operations, from + ROWS_AT_ONCE - 1), operations, users];
      for (const sql of [OPERATIONS_SQL, KEYS_SQL, EVENTS_SQL]) await client.query(sql, range);
    }
    for (const sql of [SUBSCRIPTIONS_SQL, CURSORS_SQL, ACCOUNTS_SQL]) await client.query(sql, [operations, users]);
    // What a busy database has from autovacuum.
    for (const table of TABLES) await client.query(`vacuum (analyze) ${table}`);
  } finally {
    await restored(client);
  }
  return { operations, users };
}

async function restored(client: PoolClient): Promise<void> {
  await client.query('reset session_replication_role; reset synchronous_commit; reset statement_timeout');
  client.release();
}

const PLAN_SQL = `insert into plans (id, name, price_amount, price_currency, "interval") values ('filled', 'filled', 1900, 'USD', 'month') on conflict do nothing`;

/** The nth operation of all: spread over two years, user by user, turn by turn. */
const NTH = `
  select n, now() - ($3::int - n) * (interval '2 years' / $3::int) as at, 'filled_' || (n - 1) % $4::int as user_id, (n - 1) / $4::int + 1 as turn,
    (n - 1) % $4::int as user_number, ($3::int - n) < $4::int and (n % 1000) < ${OPEN} as is_open, n % 1000 >= 1000 - ${FAILED} as has_failed
  from generate_series($1::int, $2::int) n`;

/** As uuidv7 makes them: in the order of time, and the same whenever asked for. */
const idOf = (number: string, at: string): string =>
  `(lpad(to_hex((extract(epoch from ${at}) * 1000)::bigint), 12, '0') || '7' || substr(md5(${number}::text), 1, 3) || '8' || substr(md5(${number}::text), 4, 15))::uuid`;
const SUBSCRIPTION_ID = `md5('subscription ' || user_number)::uuid`;

const OPERATIONS_SQL = `
insert into operations (id, user_id, turn, kind, status, result, intent, reference, to_plan_id, subscription_id, amount, currency, period_start,
  payment_method, terms, gateway, gateway_reference, attempts, next_check_at, timeline, created_at, updated_at, settled_at, invoiced)
select ${idOf('n', 'at')}, user_id, turn, case turn when 1 then 'subscribe' else 'renew' end,
  case when is_open then 'needs_review' when has_failed then 'failed' else 'succeeded' end, case turn when 1 then 'created' else 'renewed' end,
  md5('intent ' || n), 'cf_' || md5('reference ' || n), 'filled', ${SUBSCRIPTION_ID}, 1900, 'USD', case when turn > 1 then date_trunc('month', at) + turn * interval '1 month' end,
  'pm_card_visa', jsonb_build_object('plan', 'filled', 'price', jsonb_build_object('amount', 1900, 'currency', 'USD')), 'stripe', 'pi_' || n, 1,
  case when is_open then now() + interval '30 days' end,
  jsonb_build_array(jsonb_build_object('at', at, 'type', 'recorded'), jsonb_build_object('at', at, 'type', 'charged'), jsonb_build_object('at', at, 'type', 'settled')),
  at, at, case when not is_open then at end, not is_open
from (${NTH}) t`;

const KEYS_SQL = `
insert into operation_keys (user_id, idempotency_key, operation_id, fingerprint, created_at)
select user_id, md5('key ' || n), ${idOf('n', 'at')}, md5('fingerprint ' || n), at from (${NTH}) t`;

const EVENTS_SQL = `
insert into events (user_id, number, type, data, created_at)
select user_id, turn, 'operation.updated', jsonb_build_object('id', 'op_' || md5(n::text), 'status', 'succeeded', 'amount', 1900), at from (${NTH}) t`;

const SUBSCRIPTIONS_SQL = `
insert into subscriptions (id, user_id, plan_id, seated, status, price_amount, price_currency, "interval", period_start, period_end, anchor_day,
  payment_method, customer, next_at, created_at, canceled_at)
select ${SUBSCRIPTION_ID}, 'filled_' || user_number, 'filled', false, case when over then 'canceled' else 'active' end, 1900, 'USD', 'month',
  now() - interval '1 day', now() + interval '30 days', 1, 'pm_card_visa', 'cus_' || user_number,
  case when not over then now() + interval '1 day' + user_number * (interval '29 days' / $2::int) end,
  now() - interval '2 years' + user_number * (interval '1 year' / $1::int), case when over then now() - interval '1 month' end
from (select user_number, user_number % 1000 < ${CANCELED} as over from generate_series(0, $2::int - 1) user_number) t`;

const CURSORS_SQL = `
insert into event_cursors (user_id, last) select 'filled_' || user_number, ceil($1::int::numeric / $2::int) from generate_series(0, $2::int - 1) user_number`;

/** Everybody had credit once and has none left. */
const ACCOUNTS_SQL = `
insert into credit_accounts (user_id, currency) select 'filled_' || user_number, 'USD' from generate_series(0, $2::int - 1) user_number where $1::int > 0`;
