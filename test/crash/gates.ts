import pg from 'pg';

/** Where in a statement the process dies that sent it: as the first row is written, or when all is written and the commit is under way. */
export type Gate = 'inside' | 'at the commit of';
export const GATES: readonly Gate[] = ['inside', 'at the commit of'];

/**
 * Holds statements up inside Postgres, for chosen users, so that they are still being executed when their client dies and commit afterwards.
 * The triggers are in a test's own database and nowhere else; while nobody is held up they take a lock that nobody contends for.
 */
export class Gates {
  private constructor(private readonly client: pg.Client) {}

  static async build(databaseUrl: string): Promise<Gates> {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query(TRIGGERS);
    return new Gates(client);
  }

  /** From now on every statement that writes an operation, the customer or the card of one of these users, or an event about one of these references, waits. */
  async close(gate: Gate, names: string[]): Promise<void> {
    await this.client.query('select pg_advisory_lock($1, hashtext(name)) from unnest($2::text[]) name', [GATES.indexOf(gate), names]);
  }

  /** How many statements wait. */
  async waiting(): Promise<number> {
    const { rows } = await this.client.query<{ count: number }>(WAITING);
    return rows[0]?.count ?? 0;
  }

  /** How many statements wait for what those held up have locked. */
  async waitingForThose(): Promise<number> {
    const { rows } = await this.client.query<{ count: number }>(WAITING_FOR_ROWS);
    return rows[0]?.count ?? 0;
  }

  async open(): Promise<void> {
    await this.client.query('select pg_advisory_unlock_all()');
  }

  end(): Promise<void> {
    return this.client.end();
  }
}

const TRIGGERS = `
create function crash_gate() returns trigger language plpgsql set lock_timeout = 0 as $$
  begin
    perform pg_advisory_xact_lock_shared(tg_argv[0]::int, hashtext(to_jsonb(new)->>tg_argv[1]));
    return new;
  end $$;
create trigger crash_inside before insert or update on operations for each row execute function crash_gate('0', 'user_id');
create trigger crash_inside before insert or update on gateway_events for each row execute function crash_gate('0', 'reference');
create constraint trigger crash_at_commit after insert or update on operations
  deferrable initially deferred for each row execute function crash_gate('1', 'user_id');
create constraint trigger crash_at_commit after insert or update on gateway_events
  deferrable initially deferred for each row execute function crash_gate('1', 'reference');
create trigger crash_inside before insert on customers for each row execute function crash_gate('0', 'user_id');
create constraint trigger crash_at_commit after insert on customers
  deferrable initially deferred for each row execute function crash_gate('1', 'user_id');
create trigger crash_inside before update of customer, payment_method on subscriptions
  for each row when (old.customer is distinct from new.customer) execute function crash_gate('0', 'user_id');
create constraint trigger crash_at_commit after update of customer, payment_method on subscriptions
  deferrable initially deferred for each row when (old.customer is distinct from new.customer)
  execute function crash_gate('1', 'user_id')`;

const WAITING = `
select count(distinct pid)::int as count from pg_locks
where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())`;

const WAITING_FOR_ROWS = `
select count(*)::int as count from pg_stat_activity
where datname = current_database() and wait_event_type = 'Lock' and wait_event <> 'advisory'`;
