import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../src/platform/database/data-source.js';
import { poolOf } from '../../src/platform/database/named-statement.js';
import { createDatabase } from '../kit/databases.js';

let database: Awaited<ReturnType<typeof createDatabase>>;
let source: DataSource;
beforeAll(async () => {
  database = await createDatabase();
  source = await createDataSource({ url: database.url, poolSize: 1, entities: [], onPoolError: () => undefined }).initialize();
});
afterAll(async () => {
  await source?.destroy();
  await database?.drop();
});

test('the end of a connection that was lent this moment is heard, though its borrower does not listen yet', async () => {
  const client = await poolOf(source).connect();
  try {
    // An error that nobody listens to is thrown by its emitter, and ends the process.
    expect(() => client.emit('error', new Error('terminating connection due to administrator command'))).not.toThrow();
  } finally {
    client.release();
  }
});
