import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { clusterFolder } from '../../src/platform/embedded/postgres-cluster.js';
import { startPostgres } from '../../src/platform/embedded/postgres.js';
import { readPostmaster } from '../../src/platform/embedded/postmaster.js';
import { endProcess } from '../../src/platform/embedded/ending.js';
import { isAlive, ownIdentity } from '../../src/platform/embedded/process-identity.js';
import { endRedis, startRedis } from '../../src/platform/embedded/redis.js';
import { migrate } from '../../src/platform/database/migrate.js';
import { TEMPLATE } from './databases.js';

const PREFIX = 'counterfoil-test-';

export interface ServersOfRun {
  env: { TEST_POSTGRES_URL: string; TEST_REDIS_URL: string };
  stop(): Promise<void>;
  /** For a process that has no time left: ends both at once. */
  abandon(): void;
}

/** One Postgres, with the migrated template that each test file copies, and one Redis, both gone when the run is. */
export async function startServersOfRun(): Promise<ServersOfRun> {
  await endAbandonedRuns();
  const dataDir = await mkdtemp(join(tmpdir(), `${PREFIX}${await ownIdentity()}-`));
  chmodSync(dataDir, 0o711);
  const [postgres, redis] = await startBoth(dataDir);
  const abandon = (): void => {
    tryKill(postgres.pid, 'SIGQUIT');
    tryKill(redis.pid, 'SIGKILL');
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  };
  const stop = async (): Promise<void> => {
    // Whoever cleans the temporary folder meanwhile takes away what says which processes these are.
    const whole = existsSync(clusterFolder(dataDir));
    const stops = await Promise.allSettled([postgres.stop(), redis.stop()]);
    if (!whole || stops.some(({ status }) => status === 'rejected')) abandon();
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await createTemplate(postgres.url);
  } catch (error) {
    await stop();
    throw error;
  }
  return { env: { TEST_POSTGRES_URL: postgres.url, TEST_REDIS_URL: redis.url }, stop, abandon };
}

async function startBoth(dataDir: string) {
  const [postgres, redis] = await Promise.allSettled([startPostgres({ dataDir, durable: false }), startRedisOrInstall(dataDir)]);
  if (postgres.status === 'fulfilled' && redis.status === 'fulfilled') return [postgres.value, redis.value] as const;
  for (const started of [postgres, redis]) if (started.status === 'fulfilled') await started.value.stop();
  await rm(dataDir, { recursive: true, force: true });
  throw postgres.status === 'rejected' ? postgres.reason : (redis as PromiseRejectedResult).reason;
}

/** A run without Redis would leave out what Redis can do to us, so it is installed where that can be done, and never skipped. */
async function startRedisOrInstall(dataDir: string) {
  const found = await startRedis({ dataDir });
  if (found) return found;
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'redis-server'], { stdio: 'ignore' });
    const installed = await startRedis({ dataDir });
    if (installed) return installed;
  }
  throw new Error('The tests need redis-server: apt-get install redis-server (Debian, Ubuntu) or brew install redis (macOS).');
}

async function createTemplate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`create database ${TEMPLATE}`);
  await client.end();
  await migrate(url.replace(/[^/]*$/, TEMPLATE));
}

/** Runs that were killed outright left their servers and folders; the name of the folder says whose it was. */
async function endAbandonedRuns(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const [pid, start] = name.slice(PREFIX.length).split('-');
    if (await isAlive(`${pid}-${start}`)) continue;
    const dataDir = join(tmpdir(), name);
    const postmaster = await readPostmaster(clusterFolder(dataDir));
    if (postmaster !== null) await endProcess(postmaster.identity, ['SIGQUIT', 'SIGKILL'], 5_000);
    await endRedis(dataDir);
    await rm(dataDir, { recursive: true, force: true });
  }
}

function tryKill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already.
  }
}
