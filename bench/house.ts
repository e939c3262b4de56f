import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { migrate } from '../src/platform/database/migrate.js';
import { startPostgres } from '../src/platform/embedded/postgres.js';
import { endServers, newDataDir, startServer, type ServerProcess } from '../test/kit/processes.js';
import { startTestRedis } from '../test/kit/servers.js';
import type { Orders, Ran } from './callers.js';

export const SECRET = 'a secret of the benchmarks, long enough for HS256';
/** More than anybody buys here: both arms count seats, and neither runs out. */
const CAPACITY = 1_000_000;

const END_PATIENCE_MS = 5_000;

/** All that a measurement needs, each in a process of its own: Postgres as in production, Redis, a gateway, and callers. */
export interface House {
  database: pg.Pool;
  databaseUrl: string;
  redisUrl: string;
  postgresPid: number;
  redisPid: number;
  /** The built service; `sharing: false`: one whose requests send statements of their own. */
  serve(sharing: boolean, env?: Record<string, string>): Promise<ServerProcess>;
  /** A program of the benchmarks that says over IPC where it listens; it ends with the house. */
  start(file: string, env: Record<string, string>): Promise<{ url: string; pid: number }>;
  run(service: { urls: string[] }, orders: Omit<Orders, 'urls' | 'secret'>): Promise<Ran>;
  /** Plans that count their seats, or that have any number of them. */
  openPlans(ids: string[], capacity?: number | null): Promise<void>;
  /** Another database of the same Postgres, migrated and empty. */
  openDatabase(name: string): Promise<{ url: string; pool: pg.Pool }>;
  openGateway(): Promise<Gateway>;
  /** What the service's gateway has charged. */
  charges(): Promise<number>;
  close(): Promise<void>;
}

/** Each arm can have one of its own, so that what it charged is known. */
export interface Gateway {
  url: string;
  charges(): Promise<number>;
}

export async function openHouse(gatewayMs: number): Promise<House> {
  const dataDir = await mkdtemp(join(tmpdir(), 'counterfoil-bench-'));
  await chmod(dataDir, 0o711);
  const [postgres, redis] = await Promise.all([startPostgres({ dataDir, durable: true }), startTestRedis()]);
  const pools: pg.Pool[] = [];
  const openPool = (connectionString: string): pg.Pool => {
    const pool = new pg.Pool({ connectionString, max: 1 });
    // Its database ends with the house.
    pool.on('error', () => undefined);
    pools.push(pool);
    return pool;
  };
  const database = openPool(postgres.url);
  await expectDurable(database);
  await migrate(postgres.url);
  const children: ChildProcess[] = [];
  const forked = (file: string, args: string[], env: Record<string, string> = {}): ChildProcess => {
    const execArgv = file.endsWith('.ts') ? ['--import', 'tsx'] : [];
    const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, { execArgv, env: { ...process.env, ...env } });
    children.push(child);
    return child;
  };
  const openGateway = async (): Promise<Gateway> => {
    const child = forked('./gateway.mjs', [String(gatewayMs)]);
    const { url } = await heard<{ url: string }>(child);
    const charges = async (): Promise<number> => {
      child.send('how many');
      return (await heard<{ charges: number }>(child)).charges;
    };
    return { url, charges };
  };
  const gateway = await openGateway();
  const callers = forked('./callers.ts', []);
  const env = {
    DATABASE_URL: postgres.url,
    REDIS_URLS: redis.url,
    STRIPE_API_BASE: gateway.url,
    STRIPE_WEBHOOK_SECRET: 'whsec_of_the_benchmarks',
    AUTH_JWT_SECRET: SECRET,
    RATE_LIMIT_PER_MINUTE: '0',
    LOG_LEVEL: 'warn',
  };
  return {
    database,
    databaseUrl: postgres.url,
    redisUrl: redis.url,
    postgresPid: postgres.pid,
    redisPid: redis.pid,
    serve: async (sharing, more = {}) =>
      startServer({ dataDir: await newDataDir(), env: { ...env, ...more }, ...(sharing ? {} : { program: WITHOUT_SHARING }) }),
    start: async (file, programEnv) => {
      const child = forked(file, [], programEnv);
      return { ...(await heard<{ url: string }>(child)), pid: child.pid as number };
    },
    run: ({ urls }, orders) => {
      callers.send({ ...orders, urls, secret: SECRET } satisfies Orders);
      return heard<Ran>(callers);
    },
    openPlans: async (ids, capacity = CAPACITY) => {
      await database.query(OPEN_PLANS_SQL, [ids, capacity]);
    },
    openDatabase: async (name) => {
      await database.query(`create database ${name}`);
      const url = new URL(postgres.url);
      url.pathname = `/${name}`;
      await migrate(url.href);
      return { url: url.href, pool: openPool(url.href) };
    },
    openGateway,
    charges: () => gateway.charges(),
    close: async () => {
      await Promise.all(children.map(ended));
      await endServers();
      await Promise.all(pools.map((pool) => pool.end()));
      await Promise.all([postgres.stop(), redis.stop()]);
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export const OPEN_PLANS_SQL = `
insert into plans (id, name, price_amount, price_currency, "interval", capacity) select id, id, 1900, 'USD', 'month', $2 from unnest($1::text[]) id`;

const WITHOUT_SHARING = {
  file: fileURLToPath(new URL('./without-sharing.mjs', import.meta.url)),
  orders: {},
  onMessage: () => undefined,
};

/** What is measured without waiting for the disk says nothing of sharing commits. */
async function expectDurable(database: pg.Pool): Promise<void> {
  const { rows } = await database.query(`select name, setting from pg_settings where name in ('fsync', 'synchronous_commit')`);
  if (rows.some(({ setting }) => setting !== 'on')) throw new Error(`The database does not wait for its disk: ${JSON.stringify(rows)}`);
}

async function heard<T>(child: ChildProcess): Promise<T> {
  const [message] = (await once(child, 'message')) as [T];
  return message;
}

/** Before its database is: a program that loses that first says so at length. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill();
  const late = setTimeout(() => void child.kill('SIGKILL'), END_PATIENCE_MS);
  await exit;
  clearTimeout(late);
}
