/** A program whose turn is over gives its connections back: the measured Postgres has 100 for all of them. In milliseconds. */
export const IDLE_MS = 1_000;

/** The tables of the lean program, for a schema of their own. */
export const LEAN_TABLES = `
create table operations (
  id uuid primary key, user_id text not null, plan_id text not null, amount bigint not null, currency text not null,
  status text not null default 'processing', reference text, created_at timestamptz not null default now(), settled_at timestamptz
);
create unique index one_open_operation_per_user on operations (user_id) where status = 'processing';
create table keys (
  user_id text not null, key text not null, operation_id uuid not null, fingerprint text not null,
  created_at timestamptz not null default now(), primary key (user_id, key)
);
create table subscriptions (
  id uuid primary key, user_id text not null, plan_id text not null, amount bigint not null, currency text not null, operation_id uuid not null,
  status text not null default 'active', period_start timestamptz not null default now(), period_end timestamptz not null
);
create unique index one_live_subscription_per_user on subscriptions (user_id) where status = 'active'`;

/** Commit 1. No row: the key is known or the user is subscribed already. A second open operation violates its index, and nothing is written. */
export const LEAN_RECORD = `
with keyed as (
  insert into keys (user_id, key, operation_id, fingerprint)
  select $2::text, $3::text, $1::uuid, $4::text where not exists (select from subscriptions where user_id = $2::text and status = 'active')
  on conflict (user_id, key) do nothing
  returning operation_id, user_id
)
insert into operations (id, user_id, plan_id, amount, currency) select operation_id, user_id, $5::text, $6::bigint, $7::text from keyed
returning created_at`;

/** Commit 2. */
export const LEAN_SETTLE = `
with settled as (
  update operations set status = 'succeeded', reference = $2::text, settled_at = now() where id = $1::uuid and status = 'processing'
  returning id, user_id, plan_id, amount, currency
)
insert into subscriptions (id, user_id, plan_id, amount, currency, operation_id, period_end)
select $3::uuid, user_id, plan_id, amount, currency, id, now() + interval '1 month' from settled
returning period_start, period_end`;

/** What a key was used for. */
export const LEAN_KEYED = `
select k.fingerprint, o.id, o.status, o.plan_id from keys k join operations o on o.id = k.operation_id where k.user_id = $1::text and k.key = $2::text`;
