import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The ledger and the outbox. */
export class CreditsAndEvents1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table events, event_cursors, credit_entries, credit_accounts');
    await runner.query('drop function credit_entries_refuse(), credit_movement_balances()');
  }
}

const STATEMENTS = [
  `create table credit_accounts (
    user_id text not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    balance bigint not null default 0,
    reserved bigint not null default 0,
    version integer not null default 1,
    primary key (user_id, currency),
    constraint credit_never_below_zero check (balance >= 0 and reserved >= 0)
  ) with (fillfactor = 70)`,
  `create table credit_entries (
    movement_id uuid not null,
    user_id text not null,
    account text not null check (account in ('credit', 'reserved', 'revenue', 'promotion')),
    currency text not null,
    amount bigint not null check (amount <> 0),
    kind text not null check (kind in ('grant', 'take_back', 'transfer', 'applied', 'released', 'spent', 'proration', 'refund')),
    operation_id uuid references operations (id),
    created_at timestamptz not null default service_now(),
    primary key (movement_id, user_id, account),
    foreign key (user_id, currency) references credit_accounts (user_id, currency)
  )`,
  `create index credit_entries_of_user on credit_entries (user_id, account, movement_id)`,
  `create unique index one_credit_entry_per_operation on credit_entries (operation_id, kind, account) where operation_id is not null`,
  `create function credit_movement_balances() returns trigger language plpgsql as $$
    begin
      if exists (select from credit_entries where movement_id = new.movement_id having sum(amount) <> 0 or count(distinct currency) > 1) then
        raise exception 'the entries of movement % do not sum to zero', new.movement_id using errcode = 'check_violation';
      end if;
      return null;
    end $$`,
  `create constraint trigger credit_movement_balances after insert on credit_entries deferrable initially deferred
    for each row execute function credit_movement_balances()`,
  `create function credit_entries_refuse() returns trigger language plpgsql as $$
    begin raise exception 'credit entries are append-only'; end $$`,
  `create trigger credit_entries_append_only before update or delete on credit_entries for each row execute function credit_entries_refuse()`,
  `create trigger credit_entries_never_emptied before truncate on credit_entries for each statement execute function credit_entries_refuse()`,
  `revoke update, delete, truncate on credit_entries from public, current_user`,

  `create table event_cursors (
    user_id text primary key,
    last bigint not null
  ) with (fillfactor = 50)`,
  `create table events (
    user_id text not null,
    number bigint not null,
    type text not null check (type in ('operation.updated', 'subscription.updated', 'credits.updated')),
    data json not null,
    created_at timestamptz not null default now(),
    primary key (user_id, number)
  )`,
  `create index events_by_age on events using brin (created_at)`,
];
