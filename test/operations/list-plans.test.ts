import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { Operation } from '../../src/operations/operation.entity.js';
import { OperationsQuery, type OperationFilter } from '../../src/operations/operations-query.js';
import { createDataSource } from '../../src/platform/database/data-source.js';
import { Subscription } from '../../src/subscriptions/subscription.entity.js';
import { createDatabase, type TestDatabase } from '../kit/databases.js';
import { fill } from '../kit/filled.js';
import { listenTo, readsOfAll, type HowRead } from '../kit/plans.js';
import pg from 'pg';

/** More than are counted: what is over is not counted to the end. */
const OPERATIONS = 50_000;
const PAGE = { limit: 50, after: null };

let asked: { sql: string; values: unknown[] }[];
let database: TestDatabase;
let pool: pg.Pool;
let source: DataSource;
let query: OperationsQuery;

beforeAll(async () => {
  database = await createDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 1 });
  await fill(pool, OPERATIONS);
  const entities = [Operation, Subscription];
  source = createDataSource({ url: database.url, poolSize: 2, entities, onPoolError: () => undefined });
  asked = listenTo(source);
  await source.initialize();
  query = new OperationsQuery(source);
});
afterAll(async () => {
  await source?.destroy();
  await pool?.end();
  await database?.drop();
});

/** How what a look at the list asks for is read. */
async function readBy(look: () => Promise<unknown>): Promise<Omit<HowRead, 'walked'>> {
  asked.length = 0;
  await look();
  const looks = asked.filter(({ sql }) => sql.startsWith('SELECT "o"'));
  expect(looks.length).toBeGreaterThan(0);
  return readsOfAll(pool, looks);
}

describe('the list of operations', () => {
  const long = new Date(Date.now() - 500 * 86_400_000).toISOString();
  const UUID = '01890000-0000-7000-8000-000000000000';

  test.each<[string, OperationFilter, string]>([
    ['as it opens', {}, 'operations_pkey'],
    ['of what went well', { status: ['succeeded'] }, 'operations_pkey'],
    ['of what failed', { status: ['failed'] }, 'operations_without_success'],
    ['of what was canceled, of which there is none', { status: ['canceled'] }, 'operations_without_success'],
    ['of what is in doubt', { status: ['unknown', 'needs_review'] }, 'operations_due'],
    ['of what is stuck', { stuck: true }, 'operations_due'],
    ['of one user', { userId: 'filled_7' }, 'one_operation_per_turn'],
    ['of a kind', { kind: ['renew'] }, 'operations_pkey'],
    ['of a plan', { planId: 'filled' }, 'operations_pkey'],
    ['of a gateway', { gateway: 'stripe' }, 'operations_pkey'],
    ['older than a day', { minAgeSeconds: 86_400 }, 'operations_pkey'],
    ['until long ago', { createdBefore: long }, 'operations_pkey'],
    ['from yesterday on', { createdAfter: new Date(Date.now() - 86_400_000).toISOString() }, 'operations_pkey'],
    ['by the gateway’s id', { q: { text: 'pi_77', uuid: null } }, 'operations_at_gateway'],
    ['by our reference', { q: { text: 'cf_77', uuid: null } }, 'one_operation_per_reference'],
    ['by an id of ours', { q: { text: 'op_77', uuid: UUID } }, 'subscriptions_pkey'],
  ])('%s finds its rows through an index, whatever has ever happened', async (_, filter, index) => {
    for (const oldestFirst of [false, true]) {
      const { indexes, wholly } = await readBy(() => query.list(filter, { ...PAGE, oldestFirst }));
      expect([wholly, indexes]).toEqual([[], expect.arrayContaining([index])]);
    }
    const counted = await readBy(() => query.facets(filter));
    expect(counted.wholly).toEqual([]);
  });

  test('is not walked to where somebody looks: days and ages of ids are the same', async () => {
    const [{ rows }, before] = await Promise.all([
      pool.query<{ id: string }>('select id from operations where created_at < $1 order by id desc limit 50', [long]),
      query.list({ createdBefore: long }, PAGE),
    ]);
    expect(before.operations.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
    const { operations } = await query.list({ createdAfter: long }, { ...PAGE, oldestFirst: true });
    const first = await pool.query<{ id: string }>('select id from operations where created_at > $1 order by id limit 50', [long]);
    expect(operations.map(({ id }) => id)).toEqual(first.rows.map(({ id }) => id));
  });
});
