import { describe, expect, jest, test } from '@jest/globals';
import { Redis } from 'ioredis';
import pg from 'pg';
import { createDatabase } from './databases.js';
import { startTestPostgres, startTestRedis } from './servers.js';

// Each starts servers or programs, which takes seconds where the machine is busy.
jest.setTimeout(120_000);

async function sql(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows.flatMap((row) => Object.values(row));
  } finally {
    await client.end();
  }
}

/** One command on a connection of its own. */
async function ask(url: string, command: string, ...args: string[]): Promise<unknown> {
  return askWithin(20_000, url, command, ...args);
}

async function askWithin(timeoutMs: number, url: string, command: string, ...args: string[]): Promise<unknown> {
  const client = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    commandTimeout: timeoutMs,
    connectTimeout: timeoutMs,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await client.call(command, ...args);
  } finally {
    client.disconnect();
  }
}

describe('what the tests start', () => {
  test('two databases of test files are migrated and know nothing of each other', async () => {
    const [one, two] = await Promise.all([createDatabase(), createDatabase()]);
    await sql(one.url, 'create table mine as select 1');
    expect(await sql(one.url, "select to_regclass('operations')::text")).toEqual(['operations']);
    expect(await sql(two.url, "select to_regclass('mine')::text")).toEqual([null]);
    await Promise.all([one.drop(), two.drop()]);
    await expect(sql(one.url, 'select 1')).rejects.toMatchObject({ code: '3D000' });
  });

  test('a Redis can be frozen, killed and brought back empty on the same port', async () => {
    const redis = await startTestRedis();
    await ask(redis.url, 'set', 'a', 'b');
    redis.pause();
    await expect(askWithin(200, redis.url, 'get', 'a')).rejects.toThrow();
    redis.resume();
    expect(await ask(redis.url, 'get', 'a')).toBe('b');
    await redis.kill();
    await expect(ask(redis.url, 'get', 'a')).rejects.toThrow();
    await redis.restart();
    expect(await ask(redis.url, 'get', 'a')).toBeNull();
    await redis.stop();
  });

  test('a Postgres can be killed and brought back on the same port with what was committed', async () => {
    const postgres = await startTestPostgres();
    const { url, pid } = postgres;
    await sql(url, 'create table kept as select 42');
    await postgres.kill();
    await expect(sql(url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await postgres.restart();
    expect(postgres.pid).not.toBe(pid);
    expect(await sql(url, 'table kept')).toEqual([42]);
    await postgres.stop();
  });
});
