import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { CreditsQuery } from '../../src/credits/credits-query.js';
import { CreditAccount } from '../../src/credits/credit-account.entity.js';
import { ChoresQuery } from '../../src/operations/chores.js';
import { gatewayState } from '../../src/operations/gateway-figures.js';
import { Operation } from '../../src/operations/operation.entity.js';
import { OperationsQuery } from '../../src/operations/operations-query.js';
import { OPEN } from '../../src/operations/states.js';
import { StatisticsQuery } from '../../src/operations/statistics.js';
import { createDataSource } from '../../src/platform/database/data-source.js';
import { ServiceClock } from '../../src/platform/database/service-clock.js';
import { Subscription } from '../../src/subscriptions/subscription.entity.js';
import { createDatabase, type TestDatabase } from '../kit/databases.js';
import { fill } from '../kit/filled.js';
import { listenTo, readsOfAll } from '../kit/plans.js';

/** Enough for reading a whole table to cost more than an index, and for the planner to know it. */
const OPERATIONS = 50_000;

let atMs = 0;
let database: TestDatabase;
let pool: pg.Pool;
let source: DataSource;
let asked: { sql: string; values: unknown[] }[];
let query: StatisticsQuery;

beforeAll(async () => {
  database = await createDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 1 });
  await fill(pool, OPERATIONS);
  const entities = [Operation, Subscription, CreditAccount];
  source = createDataSource({ url: database.url, poolSize: 4, entities, onPoolError: () => undefined });
  asked = listenTo(source);
  await source.initialize();
});
afterAll(async () => {
  await source?.destroy();
  await pool?.end();
  await database?.drop();
});
beforeEach(() => {
  asked.length = 0;
  query = new StatisticsQuery({ database: source, serviceClock: new ServiceClock(source), clock: { monotonicMs: () => atMs } });
});

/** What was asked since the last time, the clock left out. */
function statements(): string[] {
  return asked
    .splice(0)
    .map(({ sql }) => sql)
    .filter((sql) => sql.includes('operations'))
    .toSorted();
}

describe('the figures', () => {
  test('count what is open by status and by age', async () => {
    const { rows } = await pool.query(
      `select count(*)::int as open, min(created_at) as oldest from operations where status = 'needs_review'`,
    );
    const { byStatus, openAges, oldestOpenAt } = await query.read();
    expect(rows[0]).toEqual({ open: byStatus['needs_review'], oldest: oldestOpenAt });
    expect(openAges.reduce((sum, { count }) => sum + count, 0)).toBe(rows[0].open);
  });

  test('are read once for all who ask at once, in this process', async () => {
    const alone = await query.read().then(statements);
    expect(alone.length).toBeGreaterThan(0);
    const crowd = new StatisticsQuery({ database: source, serviceClock: new ServiceClock(source), clock: { monotonicMs: () => atMs } });
    const answers = await Promise.all(Array.from({ length: 20 }, () => crowd.read()));
    expect(statements()).toEqual(alone);
    expect(new Set(answers.map(({ now }) => now.getTime())).size).toBe(1);
  });

  test('of now are remembered for a second, those of the last day for a minute, and each says when it was read', async () => {
    const first = await query.read();
    const all = statements();
    atMs += 999;
    expect(await query.read()).toEqual(first);
    expect(statements()).toEqual([]);

    atMs += 1;
    const second = await query.read();
    const again = statements();
    expect(again.length).toBeLessThan(all.length);
    expect(again.filter((sql) => sql.includes('settled_at'))).toHaveLength(1);
    expect(second.now).not.toBe(first.now);
    expect(second.lastHourAt).not.toBe(first.lastHourAt);
    expect(second.lastDayAt).toBe(first.lastDayAt);

    atMs += 60_000;
    const third = await query.read();
    expect(statements()).toEqual(all);
    expect(third.lastDayAt).not.toBe(first.lastDayAt);
  });
});

describe('however much has ever happened', () => {
  test.each<[string, () => Promise<unknown>, string[]]>([
    ['the figures', () => query.read(), ['one_operation_per_turn', 'operations_by_end', 'operations_due', 'operations_pkey']],
    ['the metric of what is open', () => query.open(), ['operations_due']],
    [
      'the state of the parts',
      () => Promise.all([new ChoresQuery(source).read(), gatewayState(source)]),
      ['operations_due', 'operations_pkey', 'operations_to_invoice', 'subscriptions_due'],
    ],
    [
      'what is open and held by nobody',
      () => new OperationsQuery(source).list({ status: OPEN }, { limit: 200, after: null, oldestFirst: true }),
      ['operations_due'],
    ],
    [
      'what is open for those who are held',
      () => new OperationsQuery(source).openOf(['filled_1', 'filled_2']),
      ['one_open_operation_per_user'],
    ],
    [
      'one user',
      () =>
        Promise.all([
          new OperationsQuery(source).standingOf('filled_1'),
          new OperationsQuery(source).list({ userId: 'filled_1' }, { limit: 50, after: null }),
          new CreditsQuery(source).of('filled_1'),
          new CreditsQuery(source).entries('filled_1', { limit: 50, after: null }),
        ]),
      ['one_live_subscription_per_user', 'one_operation_per_turn'],
    ],
  ])('%s: found through indexes', async (_, read, indexes) => {
    await read();
    const found = await readsOfAll(pool, asked);
    // Of credit nobody has any here: it is read as fast either way.
    expect(found.wholly.filter((table) => !table.startsWith('credit_'))).toEqual([]);
    expect(found.indexes).toEqual(expect.arrayContaining(indexes));
  });
});
