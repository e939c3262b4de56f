import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createDatabase, type TestDatabase } from '../kit/databases.js';
import { fill } from '../kit/filled.js';
import { HOT_STATEMENTS, howRead } from '../kit/plans.js';

/** Enough for reading a whole table to cost more than an index, and for the planner to know it. `npm run bench:scale` asks the same of millions. */
const OPERATIONS = 50_000;

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 1 });
  await fill(pool, OPERATIONS);
});

afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

describe.each(HOT_STATEMENTS)('what is sent for each request and each sweep: $name', (statement) => {
  test.each(['custom', 'generic'] as const)('finds its rows through indexes, whatever has ever happened (%s plan)', async (mode) => {
    const { indexes, wholly } = await howRead(pool, statement, mode);
    expect(wholly).toEqual([]);
    expect(indexes).toEqual(expect.arrayContaining(statement.indexes));
  });
});
