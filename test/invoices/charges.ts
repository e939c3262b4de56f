import pg from 'pg';
import pino from 'pino';
import type { DataSource } from 'typeorm';
import { Invoice } from '../../src/invoices/invoice.entity.js';
import { NoTax, type Taxes } from '../../src/invoices/taxes.js';
import { Invoicing } from '../../src/operations/invoicing/invoicing.js';
import { Operation } from '../../src/operations/operation.entity.js';
import { SystemClock } from '../../src/platform/clock.js';
import { createDataSource } from '../../src/platform/database/data-source.js';
import { newId } from '../../src/platform/ids.js';
import { Metrics } from '../../src/platform/telemetry/metrics.js';
import { Plan } from '../../src/subscriptions/plan.entity.js';
import { createDatabase } from '../kit/databases.js';
import { newUser } from '../kit/names.js';

// oxlint-disable-next-line typescript/no-explicit-any -- rows of whatever was asked
export type Sql = (text: string, values?: unknown[]) => Promise<any[]>;

/** A database of its own, with plans and nothing in the way of the numbering. */
export interface Books {
  url: string;
  database: DataSource;
  sql: Sql;
  close(): Promise<void>;
}

export async function openBooks(): Promise<Books> {
  const created = await createDatabase();
  const { url } = created;
  const entities = [Operation, Plan, Invoice];
  const database = await createDataSource({ url, poolSize: 8, entities, onPoolError: () => undefined }).initialize();
  // Beside the connections that number, which tests cut.
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  const sql: Sql = async (text, values) => (await pool.query(text, values)).rows;
  await sql(`insert into plans (id, name, price_amount, price_currency, "interval") values
    ('basic', 'Basic', 900, 'USD', 'month'), ('pro', 'Pro', 1900, 'USD', 'month')`);
  return {
    url,
    database,
    sql,
    close: async () => {
      await database.destroy();
      await pool.end();
      await created.drop();
    },
  };
}

/** One that numbers when it is told to. */
export function invoicingOn(
  { database }: Books,
  { taxes = new NoTax(), metrics = new Metrics(), portion = 200 }: { taxes?: Taxes; metrics?: Metrics; portion?: number } = {},
): Invoicing {
  return new Invoicing({ database, taxes, metrics, portion, clock: new SystemClock(), log: pino({ level: 'silent' }), intervalMs: 60_000 });
}

export interface Charge {
  userId?: string;
  kind?: string;
  status?: string;
  amount?: number;
  creditApplied?: number;
  toPlanId?: string;
  terms?: object;
  settledAt?: string;
}

/** Operations as they stand when they are over. Answers their ids. */
export async function settled(sql: Sql, charges: readonly Charge[]): Promise<string[]> {
  const rows = charges.map(({ userId = newUser(), kind = 'subscribe', status = 'succeeded', ...charge }) => ({
    id: newId(),
    user_id: userId,
    kind,
    status,
    amount: charge.amount ?? 1_900,
    credit_applied: charge.creditApplied ?? 0,
    to_plan_id: charge.toPlanId ?? 'pro',
    terms: charge.terms ?? {},
    settled_at: charge.settledAt ?? '2027-03-01T12:00:00Z',
  }));
  await sql(
    `insert into operations (id, user_id, turn, kind, status, intent, reference, to_plan_id, amount, credit_applied, currency, period_start, terms,
       gateway, gateway_reference, timeline, settled_at, refunds_operation_id)
     select r.id, r.user_id, case when r.kind <> 'refund' then 1 end, r.kind, r.status, 'intent', 'cf_' || r.id, r.to_plan_id, r.amount,
       r.credit_applied, 'USD', case when r.kind = 'renew' then r.settled_at end, r.terms, 'stripe', 'pi_' || r.id, '[]', r.settled_at,
       case when r.kind = 'refund' then (select id from operations limit 1) end
     from jsonb_to_recordset($1::jsonb) as r (id uuid, user_id text, kind text, status text, amount bigint, credit_applied bigint,
       to_plan_id text, terms jsonb, settled_at timestamptz)`,
    [JSON.stringify(rows)],
  );
  return rows.map(({ id }) => id);
}

/** Charges that settled one second after the other from a moment on. */
export function secondsFrom(start: string, count: number, charge: Charge = {}): Charge[] {
  return Array.from({ length: count }, (_, n) => ({ ...charge, settledAt: new Date(Date.parse(start) + n * 1_000).toISOString() }));
}

/** Every number that was given, in order. */
export async function numbers(sql: Sql): Promise<string[]> {
  return (await sql('select number from invoices order by year, sequence')).map(({ number }) => number as string);
}

/** `2027-000001` and so on. */
export function consecutive(year: number, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${year}-${String(n + 1).padStart(6, '0')}`);
}

/** The invoice of an operation, as its row has it. */
export async function invoiceOf(sql: Sql, operationId: string) {
  const [row] = await sql('select * from invoices where operation_id = $1', [operationId]);
  return row;
}
