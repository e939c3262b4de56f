import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Invoices, and the counters that number them. */
export class Invoices1700000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index operations_to_invoice');
    await runner.query('drop table invoices, invoice_counters');
    await runner.query('drop function invoices_refuse()');
  }
}

const STATEMENTS = [
  // The queue: what has settled and has no invoice yet. Everything else is outside the index, so it stays as small as the queue is.
  `create index operations_to_invoice on operations (settled_at, id)
    where status = 'succeeded' and kind <> 'refund' and not invoiced and amount + credit_applied > 0`,

  `create table invoice_counters (
    year integer primary key,
    last integer not null check (last > 0)
  )`,
  `create table invoices (
    id uuid primary key,
    year integer not null,
    sequence integer not null check (sequence > 0),
    number text not null generated always as
      (year::text || '-' || lpad(sequence::text, greatest(6, length(sequence::text)), '0')) stored,
    user_id text not null,
    operation_id uuid not null constraint one_invoice_per_operation unique references operations (id),
    plan_id text,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    subtotal bigint not null check (subtotal > 0),
    credit_applied bigint not null check (credit_applied >= 0),
    total bigint not null check (total >= 0),
    lines jsonb not null,
    tax jsonb not null,
    period_start timestamptz,
    period_end timestamptz,
    gateway text not null,
    gateway_reference text,
    charged_at timestamptz not null,
    issued_at timestamptz not null default service_now(),
    constraint one_invoice_per_number unique (year, sequence),
    constraint numbered_in_the_year_of_the_charge check (year = extract(year from charged_at at time zone 'UTC')),
    constraint totals_add_up check (total = subtotal - credit_applied),
    constraint periods_are_whole check ((period_start is null) = (period_end is null) and period_start < period_end)
  )`,
  `create index invoices_of_user on invoices (user_id, id)`,
  `create function invoices_refuse() returns trigger language plpgsql as $$
    begin raise exception 'invoices are append-only'; end $$`,
  `create trigger invoices_append_only before update or delete on invoices for each row execute function invoices_refuse()`,
  `create trigger invoices_never_emptied before truncate on invoices for each statement execute function invoices_refuse()`,
  `revoke update, delete, truncate on invoices from public, current_user`,
];
