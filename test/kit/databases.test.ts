import { expect, test } from '@jest/globals';
import pg from 'pg';
import { createDatabase } from './databases.js';
import { eventually } from './waiting.js';

const server = () => new pg.Client({ connectionString: process.env['TEST_POSTGRES_URL'] });

test('a database is not dropped under a session that is on its way out', async () => {
  const { database, leaving, heard } = await connected();
  const dropped = database.drop();
  await beingDropped(database.url);
  await leaving.end();
  await dropped;
  expect(heard).toEqual([]);
  await expectGone(database.url);
});

test('a session that stays does not keep its database', async () => {
  const { database, heard } = await connected();
  await database.drop();
  await eventually(
    async () => heard,
    (said) => said.includes('57P01'),
  );
  await expectGone(database.url);
});

/** A session of a database, and the errors it is told of without having asked anything; that it is cut off as well is no more. */
async function connected() {
  const database = await createDatabase();
  const leaving = new pg.Client({ connectionString: database.url });
  const heard: string[] = [];
  leaving.on('error', (error: Error & { code?: string }) => error.code && heard.push(error.code));
  await leaving.connect();
  return { database, leaving, heard };
}

async function beingDropped(url: string): Promise<void> {
  const client = server();
  await client.connect();
  const drops = `select pid from pg_stat_activity where state = 'active' and pid <> pg_backend_pid() and query like 'drop database%' || $1 || '%'`;
  await eventually(
    async () => (await client.query(drops, [nameOf(url)])).rows,
    (found) => found.length === 1,
  );
  await client.end();
}

async function expectGone(url: string): Promise<void> {
  const client = server();
  await client.connect();
  expect((await client.query('select datname from pg_database where datname = $1', [nameOf(url)])).rows).toEqual([]);
  await client.end();
}

const nameOf = (url: string) => new URL(url).pathname.slice(1);
