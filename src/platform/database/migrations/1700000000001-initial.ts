import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Migrations are history: they import nothing from the rooms, and a test compares what they made with what the code believes. */
export class Initial1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table gateway_events, audit, leases, operation_keys, quotes, operations, customers, subscriptions, plans');
    await runner.query('drop function audit_chain(), audit_refuse(), service_now()');
  }
}

const STATEMENTS = [
  // The clock of business: what is due, and when something was. Inlined, so that it costs nothing; only a test clock ever puts another in its place.
  `create function service_now() returns timestamptz language sql stable as 'select now()'`,

  `create table plans (
    id text primary key check (id ~ '^[a-z0-9][a-z0-9_-]{0,63}$'),
    version integer not null default 1,
    name text not null,
    price_amount bigint not null check (price_amount >= 0),
    price_currency text not null check (price_currency ~ '^[A-Z]{3}$'),
    "interval" text not null check ("interval" in ('month', 'year')),
    trial_days integer not null default 0 check (trial_days between 0 and 730),
    family text,
    capacity integer check (capacity >= 0),
    seats_held integer not null default 0 check (seats_held >= 0),
    seats_taken integer not null default 0 check (seats_taken >= 0),
    features jsonb not null default '[]',
    on_sale boolean not null default true,
    created_at timestamptz not null default service_now(),
    updated_at timestamptz not null default service_now(),
    constraint seats_within_capacity check (capacity is null or seats_held + seats_taken <= capacity)
  )`,

  `create table subscriptions (
    id uuid primary key,
    version integer not null default 1,
    user_id text not null,
    plan_id text not null references plans (id),
    seated boolean not null,
    status text not null check (status in ('trialing', 'active', 'past_due', 'paused', 'canceled')),
    price_amount bigint not null,
    price_currency text not null,
    "interval" text not null,
    period_start timestamptz not null,
    period_end timestamptz not null,
    anchor_day smallint not null check (anchor_day between 1 and 31),
    cancel_at_period_end boolean not null default false,
    pending_change jsonb,
    payment_method text,
    customer text,
    next_at timestamptz,
    claimed_until timestamptz,
    renewal_attempts integer not null default 0,
    past_due jsonb,
    created_at timestamptz not null default service_now(),
    updated_at timestamptz not null default service_now(),
    canceled_at timestamptz,
    check (period_start < period_end),
    constraint nothing_due_of_the_idle check (next_at is null or status in ('trialing', 'active', 'past_due')),
    constraint idle_hold_no_seat check (not seated or status not in ('paused', 'canceled'))
  ) with (fillfactor = 70)`,
  `create unique index one_live_subscription_per_user on subscriptions (user_id) where status <> 'canceled'`,
  `create index subscriptions_of_user on subscriptions (user_id)`,
  `create index subscriptions_seated on subscriptions (plan_id) where seated and status <> 'canceled'`,
  `create index subscriptions_due on subscriptions (next_at) where next_at is not null`,
  `create index subscriptions_with_card_to_keep on subscriptions (id) where payment_method is not null and customer is null and status <> 'canceled'`,

  `create table customers (
    user_id text not null,
    gateway text not null,
    customer text not null,
    created_at timestamptz not null default service_now(),
    constraint one_customer_per_user primary key (user_id, gateway)
  )`,

  `create table operations (
    id uuid primary key,
    version integer not null default 1,
    fence integer not null default 1,
    user_id text not null,
    turn integer,
    kind text not null check (kind in ('subscribe', 'change_plan', 'cancel', 'pause', 'resume', 'renew', 'refund')),
    status text not null check (status in ('pending', 'requires_action', 'unknown', 'needs_review', 'succeeded', 'failed', 'canceled')),
    result text check (result in ('created', 'changed', 'unchanged', 'renewed', 'paused', 'canceled')),
    intent text not null,
    reference text not null constraint one_operation_per_reference unique,
    from_plan_id text,
    to_plan_id text,
    seat_plan_id text references plans (id),
    subscription_id uuid,
    amount bigint not null check (amount >= 0),
    credit_applied bigint not null default 0 check (credit_applied >= 0),
    credit_granted bigint not null default 0 check (credit_granted >= 0),
    refunded_to_card bigint not null default 0,
    refunded_to_credit bigint not null default 0,
    currency text,
    period_start timestamptz,
    refunds_operation_id uuid references operations (id),
    payment_method text,
    terms jsonb not null,
    gateway text not null,
    gateway_reference text,
    attempts integer not null default 0,
    checks integer not null default 0,
    requests integer not null default 1,
    next_check_at timestamptz,
    next_action jsonb,
    problem jsonb,
    timeline jsonb not null,
    traceparent text,
    created_at timestamptz not null default service_now(),
    updated_at timestamptz not null default service_now(),
    settled_at timestamptz,
    invoiced boolean not null default false,
    constraint one_operation_per_turn unique (user_id, turn),
    constraint refunds_within_payment check (refunded_to_card between 0 and amount and refunded_to_credit >= 0
      and refunded_to_card + refunded_to_credit <= amount + credit_applied),
    constraint renewals_name_their_period check ((kind = 'renew') = (period_start is not null)),
    constraint refunds_alone_take_no_turn check ((kind = 'refund') = (turn is null) and (kind = 'refund') = (refunds_operation_id is not null))
  ) with (fillfactor = 70)`,
  `create unique index one_open_operation_per_user on operations (user_id)
    where status in ('pending', 'requires_action', 'unknown', 'needs_review') and kind <> 'refund'`,
  `create unique index one_renewal_per_period on operations (subscription_id, period_start)
    where kind = 'renew' and status in ('pending', 'requires_action', 'unknown', 'needs_review', 'succeeded')`,
  `create index operations_due on operations (next_check_at) where status in ('pending', 'requires_action', 'unknown', 'needs_review')`,

  `create table quotes (
    id uuid primary key,
    user_id text not null,
    kind text not null check (kind in ('subscribe', 'change_plan')),
    asked text not null,
    effective text check (effective in ('now', 'period_end')),
    plan_id text not null,
    plan_version integer not null,
    subscription_id uuid,
    subscription_version integer,
    lines jsonb not null,
    due bigint not null check (due >= 0),
    credit_applied bigint not null default 0 check (credit_applied >= 0),
    currency text not null,
    next jsonb not null,
    seats_left integer,
    created_at timestamptz not null,
    expires_at timestamptz not null
  )`,
  `create index quotes_of_user on quotes (user_id)`,

  `create table operation_keys (
    user_id text not null,
    idempotency_key text not null,
    operation_id uuid references operations (id),
    movement_id uuid,
    fingerprint text not null,
    created_at timestamptz not null default service_now(),
    constraint one_meaning_per_key primary key (user_id, idempotency_key)
  )`,
  `create index operation_keys_by_age on operation_keys (created_at)`,

  `create table leases (
    key text primary key,
    holder text not null,
    token uuid not null,
    expires_at timestamptz not null
  )`,

  `create table gateway_events (
    gateway text not null,
    event_id text not null,
    type text not null,
    reference text,
    gateway_reference text,
    received_at timestamptz not null default now(),
    attempts integer not null default 0,
    next_attempt_at timestamptz default now(),
    outcome text,
    primary key (gateway, event_id)
  )`,
  `create index gateway_events_due on gateway_events (next_attempt_at) where next_attempt_at is not null`,
  `create index gateway_events_of_reference on gateway_events (reference)`,

  `create table audit (
    number bigint primary key,
    id uuid not null unique,
    at timestamptz not null default service_now(),
    actor text not null,
    actor_roles jsonb not null,
    action text not null,
    object text not null,
    reason text not null,
    before jsonb,
    after jsonb,
    request_id text not null,
    previous_hash text not null,
    hash text not null
  )`,
  `create index audit_of_object on audit (object, number)`,
  `create function audit_chain() returns trigger language plpgsql as $$
    declare last record;
    begin
      perform pg_advisory_xact_lock(hashtext('counterfoil.audit'));
      select number, hash into last from audit order by number desc limit 1;
      new.number := coalesce(last.number, 0) + 1;
      new.previous_hash := coalesce(last.hash, '');
      new.hash := encode(sha256(convert_to(jsonb_build_array(new.previous_hash, new.number, new.id, extract(epoch from new.at), new.actor,
        new.actor_roles, new.action, new.object, new.reason, new.before, new.after, new.request_id)::text, 'UTF8')), 'hex');
      return new;
    end $$`,
  `create trigger audit_chain before insert on audit for each row execute function audit_chain()`,
  `create function audit_refuse() returns trigger language plpgsql as $$
    begin raise exception 'the audit is append-only'; end $$`,
  `create trigger audit_append_only before update or delete on audit for each row execute function audit_refuse()`,
  `create trigger audit_never_emptied before truncate on audit for each statement execute function audit_refuse()`,
];
