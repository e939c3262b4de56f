import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createDatabase, type TestDatabase } from '../kit/databases.js';
import { fill } from '../kit/filled.js';
import { HOT_STATEMENTS, howRead } from '../kit/plans.js';

/**
 * None, as the planner finds a database that is an hour old; few, of which hardly any is open; and enough for reading a whole table to cost more than an index
 * and for the planner to know it. `npm run bench:scale` asks the same of millions.
 */
describe.each([0, 10_000, 50_000])('where there are %d operations, what is sent for each request and each sweep', (operations) => {
  let database: TestDatabase;
  let pool: pg.Pool;

  beforeAll(async () => {
    database = await createDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 1 });
    if (operations > 0) await fill(pool, operations);
  });

  afterAll(async () => {
    await pool?.end();
    await database?.drop();
  });

  describe.each(HOT_STATEMENTS.filter(({ seldom }) => operations > 0 || !seldom))('$name', (statement) => {
    test.each(['custom', 'generic'] as const)('finds its rows through indexes, whatever has ever happened (%s plan)', async (mode) => {
      const { indexes, wholly, walked } = await howRead(pool, statement, mode);
      expect({ wholly, walked }).toEqual({ wholly: [], walked: [] });
      expect(indexes).toEqual(expect.arrayContaining(statement.indexes));
    });
  });
});
