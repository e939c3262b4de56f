import pg from 'pg';
import { eventually } from '../kit/waiting.js';
import type { Sql } from './charges.js';

const GATE = 4_070_099;

/** Has every invoice wait at a gate while it is written: its number is taken and nothing is committed. */
export async function buildGate(sql: Sql): Promise<void> {
  await sql(`create function wait_at_gate() returns trigger language plpgsql set lock_timeout = 0 as $$
    begin perform pg_advisory_xact_lock_shared(${GATE}); return new; end $$`);
  await sql('create trigger wait_at_gate before insert on invoices for each row execute function wait_at_gate()');
}

/** Runs `meanwhile` while the gate is closed, and opens it. `waiting` resolves with the sessions that wait, once there are so many. */
export async function whileGateIsClosed(
  url: string,
  sql: Sql,
  meanwhile: (waiting: (count: number) => Promise<{ pid: number; at: string }[]>) => Promise<void>,
): Promise<void> {
  const keeper = new pg.Client({ connectionString: url });
  await keeper.connect();
  const look = () =>
    sql(`select pid, wait_event as at from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`);
  try {
    await keeper.query('select pg_advisory_lock($1)', [GATE]);
    await meanwhile((count) => eventually(look, (sessions) => sessions.length >= count));
  } finally {
    await keeper.end();
  }
}
