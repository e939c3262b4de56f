import type { Pool } from 'pg';
import { escapeLiteral } from 'pg';
import type { DataSource, Logger } from 'typeorm';
import { CLAIM_SQL } from '../../src/operations/store/claim.sql.js';
import { DUE_SQL, HOLD_DUE_SUBSCRIPTIONS_SQL, LOOK_SQL } from '../../src/operations/store/look.sql.js';
import { settleNewcomersSql } from '../../src/operations/store/newcomers.sql.js';
import { recordSql } from '../../src/operations/store/record.sql.js';
import { SETTLE_SQL } from '../../src/operations/store/settle.sql.js';

/** A statement that every request or every sweep sends, and the indexes that it must not do without. */
export interface HotStatement {
  name: string;
  sql: string;
  /** As they are bound. */
  values: string[];
  /** Sent now and then, and not for each request: while the tables are empty, it does not matter how it reads them. */
  seldom?: true;
  indexes: string[];
}

export const HOT_STATEMENTS: HotStatement[] = [
  {
    name: 'look',
    sql: LOOK_SQL,
    values: ['[{"n":0,"user_id":"filled_1","idempotency_key":"key","reference":"reference"}]'],
    indexes: [
      'one_meaning_per_key',
      'one_open_operation_per_user',
      'one_live_subscription_per_user',
      'one_operation_per_turn',
      'one_operation_per_reference',
    ],
  },
  ...[
    { name: 'record', sql: recordSql({ seats: true, credit: true }) },
    { name: 'record, with seats', sql: recordSql({ seats: true, credit: false }) },
    { name: 'record, with neither seats nor credit', sql: recordSql({ seats: false, credit: false }) },
  ].map((record) => ({ ...record, values: ['[{"n":0,"user_id":"filled_1","turn":9}]', '{60 s}'], indexes: ['one_operation_per_turn'] })),
  { name: 'settle', sql: SETTLE_SQL, values: ['[{"n":0}]'], indexes: ['operations_pkey', 'subscriptions_pkey'] },
  ...[true, false].map((seats) => ({
    name: `settle newcomers, seats: ${seats}`,
    sql: settleNewcomersSql({ seats }),
    values: ['[{"n":0}]'],
    indexes: ['operations_pkey'],
  })),
  { name: 'claim', sql: CLAIM_SQL, values: ['[{"n":0}]', '{60 s}', '60 s'], indexes: ['operations_pkey'] },
  { name: 'what recovery finds due', sql: DUE_SQL, values: ['512'], indexes: ['operations_due'] },
  {
    name: 'what renewals find due',
    sql: HOLD_DUE_SUBSCRIPTIONS_SQL,
    values: ['128', '60 s'],
    seldom: true,
    indexes: ['subscriptions_due', 'subscriptions_pkey'],
  },
];

/** Tables that grow with what has ever happened. */
const GROWING = new Set(['operations', 'operation_keys', 'subscriptions', 'events', 'event_cursors', 'credit_entries', 'credit_accounts']);

export interface HowRead {
  indexes: string[];
  /** Growing tables that are read from one end to the other. */
  wholly: string[];
  /** Indexes that are read from one end to the other: also one that holds little has in it whatever was taken out since the last vacuum. */
  walked: string[];
}

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Index Cond'?: string;
  Plans?: PlanNode[];
}

/** How Postgres would carry it out: `custom` for these values, `generic` for any, as it does from the sixth time on where that looks as good. */
export async function howRead(database: Pool, { sql, values, name }: HotStatement, mode: 'custom' | 'generic'): Promise<HowRead> {
  const client = await database.connect();
  try {
    const statement = name.replaceAll(/\W/g, '_');
    await client.query(`set plan_cache_mode = force_${mode}_plan; prepare ${statement} as ${sql}`);
    const bound = values.map((value) => escapeLiteral(value)).join(', ');
    const { rows } = await client.query(`explain (format json) execute ${statement} (${bound})`);
    await client.query(`deallocate ${statement}; reset plan_cache_mode`);
    return howReadBy(rows);
  } finally {
    client.release();
  }
}

/** How it would carry out a statement that is sent with its values and is not prepared. */
async function readsOf(database: Pool, sql: string, values: unknown[]): Promise<HowRead> {
  return howReadBy((await database.query(`explain (format json) ${sql}`, values)).rows);
}

/** What is asked of the database through a source from now on, as it is sent. */
export function listenTo(source: DataSource): { sql: string; values: unknown[] }[] {
  const asked: { sql: string; values: unknown[] }[] = [];
  const nothing = () => undefined;
  const logger: Logger = {
    logQuery: (sql, values) => void asked.push({ sql, values: (values ?? []) as unknown[] }),
    logQueryError: nothing,
    logQuerySlow: nothing,
    logSchemaBuild: nothing,
    logMigration: nothing,
    log: nothing,
  };
  source.setOptions({ logger, logging: ['query'] });
  return asked;
}

/** How all of these would be carried out, taken together. */
export async function readsOfAll(database: Pool, asked: { sql: string; values: unknown[] }[]): Promise<HowRead> {
  const all: HowRead[] = [];
  for (const { sql, values } of asked) all.push(await readsOf(database, sql, values));
  return {
    indexes: distinct(all.flatMap(({ indexes }) => indexes)),
    wholly: all.flatMap(({ wholly }) => wholly),
    walked: distinct(all.flatMap(({ walked }) => walked)),
  };
}

function howReadBy(rows: unknown[]): HowRead {
  const [{ Plan }] = (rows[0] as { 'QUERY PLAN': [{ Plan: PlanNode }] })['QUERY PLAN'];
  const nodes = allNodes(Plan);
  const wholly = nodes.filter((node) => node['Node Type'] === 'Seq Scan' && GROWING.has(node['Relation Name'] ?? ''));
  return {
    indexes: indexesOf(nodes),
    wholly: distinct(wholly.map((node) => node['Relation Name'] ?? '')),
    walked: indexesOf(nodes.filter((node) => node['Index Cond'] === undefined)),
  };
}

function indexesOf(nodes: PlanNode[]): string[] {
  return distinct(nodes.flatMap((node) => node['Index Name'] ?? []));
}

function distinct(names: string[]): string[] {
  return [...new Set(names)].toSorted();
}

function allNodes(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(allNodes)];
}
