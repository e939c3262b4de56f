import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, Pool } from 'pg';
import type { Acquisition, Lease, Leases } from '../../src/leases/leases.js';
import { PostgresLeases } from '../../src/leases/postgres-leases.js';
import { type LeaseStore, leasesContract } from '../contracts/leases.contract.js';
import { inOneTryOf } from '../kit/busy-machine.js';
import { createDatabase } from '../kit/databases.js';
import { eventually } from '../kit/waiting.js';

leasesContract('Postgres', postgresStore);

describe('leases kept in Postgres, in particular', () => {
  let store: Awaited<ReturnType<typeof postgresStore>>;
  beforeAll(async () => {
    store = await postgresStore();
  });
  afterAll(async () => {
    await store.destroy();
  });

  test('the clock of the database decides whether a lease has run out', async () => {
    const leases = await store.open(30_000);
    const insert = 'insert into leases values ($1, $2, gen_random_uuid(), clock_timestamp() + $3::interval)';
    await store.query(insert, ['just over', 'dead:1', '-1 millisecond']);
    await store.query(insert, ['not yet', 'alive:1', '10 minutes']);
    await acquired(leases, 'just over');
    expect((await answered(leases, 'not yet')).kind).toBe('taken');
    await leases.close();
  });

  test('leases that are due together are extended by one statement', async () => {
    const statements: string[] = [];
    const pool = new Pool({ connectionString: store.url });
    const counting = { query: (text: string, values: unknown[]) => (statements.push(text), pool.query(text, values)) };
    const ttlMs = 6_000;
    const leases = new PostgresLeases({ pool: counting, ttlMs, holder: 'test:1' });
    const held: Lease[] = [];
    for (let n = 0; n < 100; n += 1) held.push(await acquired(leases, `many ${n}`));
    statements.length = 0;
    await new Promise((resolve) => setTimeout(resolve, ttlMs));
    expect(held.filter((lease) => lease.lost.aborted)).toEqual([]);
    expect(statements.length).toBeGreaterThan(0);
    // Alone, each would have been extended twice or more.
    expect(statements.length).toBeLessThan(held.length);
    await leases.close();
    await pool.end();
  });

  test('a lease granted after closing is given back', async () => {
    const [leases, other] = [await store.open(30_000), await store.open(30_000)];
    await store.hang();
    const acquisition = leases.acquire('closing');
    await leases.close();
    await store.resume();
    expect((await acquisition).kind).toBe('unavailable');
    await acquired(other, 'closing');
    await other.close();
  });

  test('a database without the table is unavailable, and ping says why', async () => {
    await store.query('alter table leases rename to elsewhere', []);
    const leases = await store.open(30_000);
    // A database that is too slow for once is unavailable for another reason.
    await inOneTryOf(5, async () => {
      expect(await leases.acquire('user')).toEqual({ kind: 'unavailable', why: expect.stringContaining('"leases"') });
      await expect(leases.ping()).rejects.toThrow('"leases"');
    });
    await leases.close();
    await store.query('alter table elsewhere rename to leases', []);
  });
});

async function acquired(leases: Leases, key: string): Promise<Lease> {
  const last = await eventually(
    () => leases.acquire(key),
    ({ kind }) => kind === 'acquired',
  );
  if (last.kind !== 'acquired') throw new Error(last.kind);
  return last.lease;
}

/** What the database says, once it says something in time. */
function answered(leases: Leases, key: string): Promise<Acquisition> {
  return eventually(
    () => leases.acquire(key),
    ({ kind }) => kind !== 'unavailable',
  );
}

async function postgresStore(): Promise<LeaseStore & { url: string; query(text: string, values: unknown[]): Promise<unknown> }> {
  const database = await createDatabase();
  const { url } = database;
  const name = new URL(url).pathname.slice(1);
  const admin = new Client({ connectionString: process.env['TEST_POSTGRES_URL'] });
  await admin.connect();
  const pools: Pool[] = [];
  let blocker: Client | undefined;

  const connectPool = () => {
    const pool = new Pool({ connectionString: url, max: 2 });
    pool.on('error', () => undefined);
    pools.push(pool);
    return pool;
  };
  const control = connectPool();
  const resume = async () => {
    await blocker?.end();
    blocker = undefined;
  };

  return {
    url,
    address: { postgresUrl: url },
    query: (text, values) => control.query(text, values),
    open: (ttlMs, holder = 'test:1') => Promise.resolve(new PostgresLeases({ pool: connectPool(), ttlMs, holder })),
    forget: async () => void (await control.query('delete from leases')),
    stop: async () => {
      await admin.query(`alter database ${name} allow_connections false`);
      await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
    },
    start: async () => void (await admin.query(`alter database ${name} allow_connections true`)),
    // Whoever touches the table waits, as with a server that has stopped answering.
    hang: async () => {
      blocker = new Client({ connectionString: url });
      await blocker.connect();
      await blocker.query('begin; lock table leases in access exclusive mode');
    },
    resume,
    destroy: async () => {
      await resume();
      await Promise.all(pools.map((pool) => pool.end()));
      await admin.end();
      await database.drop();
    },
  };
}
