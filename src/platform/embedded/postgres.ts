import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, hasEnded, startChild, whenReady } from './child.js';
import { openDataDir } from './data-dir.js';
import { endProcess, isGone } from './ending.js';
import { hold, runFolder } from './holding.js';
import { freePort, isFree } from './ports.js';
import { postgresBinaries } from './postgres-binaries.js';
import { clusterFolder, openCluster, POSTGRES_ENV } from './postgres-cluster.js';
import { ensureDatabase, isAnswering, postgresUrl } from './postgres-connection.js';
import { readPostmaster, removeForeignPidFile } from './postmaster.js';
import { secret } from './secrets.js';
import { serverUser } from './server-user.js';

/** Recovery after a crash replays at most a few WAL segments here. */
const START_TIMEOUT_MS = 60_000;
/** Fast shutdown ends sessions and writes a checkpoint. After it, the next signal is an immediate one. */
const STOP_PATIENCE_MS = 20_000;
/** Another program can take a free port before Postgres does; it does not happen three times. */
const MAX_PORT_ATTEMPTS = 3;
const PASSWORD_BYTES = 24;

export interface PostgresOptions {
  dataDir: string;
  /** false: no fsync, for tests whose data nobody needs after a power cut. */
  durable?: boolean;
  /** Left out: the port of last time, or any free one. */
  port?: number;
}

export interface RunningPostgres {
  /** User and database `counterfoil`, password included. */
  url: string;
  /** Of the binaries: `18.4.0`. */
  version: string;
  pid: number;
  /** It ran already: another process uses it too, or one that was killed left it behind. */
  adopted: boolean;
  /** Stops the server unless another living process still uses it. */
  stop(): Promise<void>;
}

interface Listening {
  port: number;
  pid: number;
}

/**
 * Postgres on 127.0.0.1 with its data in `<dataDir>/postgres`, shared by all processes of that data folder and stopped by the last
 * one that lets go. Throws an Error whose message is one sentence for the operator.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const { durable = true, port } = options;
  const dataDir = await openDataDir(options.dataDir);
  const password = await secret(dataDir, 'postgres-password', PASSWORD_BYTES);
  const user = await serverUser(clusterFolder(dataDir));
  const binaries = await postgresBinaries(user);
  const held = await hold(dataDir, 'postgres', {
    find: () => findRunning(dataDir, password),
    start: async () => {
      const folder = await openCluster({ dataDir, binaries, user, password, durable });
      await removeForeignPidFile(folder);
      const launch = (onPort: number): Promise<Child> =>
        startChild(dataDir, 'postgres', binaries.postgres, ['-D', folder, ...settings(onPort, durable)], {
          cwd: '/',
          env: POSTGRES_ENV,
          ...user,
        });
      return startOnSomePort(dataDir, password, port, launch);
    },
    stop: () => stopPostgres(dataDir),
  });
  return {
    url: postgresUrl(held.facts.port, password),
    pid: held.facts.pid,
    version: binaries.version,
    adopted: held.adopted,
    stop: held.release,
  };
}

/** The URL of the server that runs on this data folder now, whoever started it. Starts nothing. */
export async function runningPostgresUrl(dataDir: string): Promise<string | null> {
  const postmaster = await readPostmaster(clusterFolder(resolve(dataDir)));
  if (postmaster === null) return null;
  const url = postgresUrl(postmaster.port, await secret(dataDir, 'postgres-password', PASSWORD_BYTES));
  return (await isAnswering(url)) ? url : null;
}

/** What is said while the children of a server that was killed have not noticed it yet, which takes them a moment. */
const STILL_ENDING = /pre-existing shared memory block .* is still in use/;
const LOOK_AGAIN_MS = 200;

/** One that is on its way up is waited for, one on its way down until it is gone. */
async function findRunning(dataDir: string, password: string): Promise<Listening | null> {
  const giveUpAt = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const postmaster = await readPostmaster(clusterFolder(dataDir));
    if (postmaster === null) return null;
    if (await isAnswering(postgresUrl(postmaster.port, password))) return postmaster;
    if (performance.now() > giveUpAt)
      throw new Error(`Postgres runs on ${clusterFolder(dataDir)} as process ${postmaster.pid} but does not answer; end it.`);
    await isGone(postmaster.identity, 50);
  }
}

async function startOnSomePort(
  dataDir: string,
  password: string,
  wanted: number | undefined,
  launch: (port: number) => Promise<Child>,
): Promise<Listening> {
  const giveUpAt = performance.now() + START_TIMEOUT_MS;
  for (let attempt = 1; ; attempt += 1) {
    const port = wanted ?? (attempt === 1 ? await portOfLastTime(dataDir) : await freePort());
    const child = await launch(port);
    try {
      await whenReady('Postgres', child, START_TIMEOUT_MS, async () =>
        (await isAnswering(postgresUrl(port, password, 'postgres'))) ? true : null,
      );
      await ensureDatabase(port, password);
      await writeFile(portFile(dataDir), String(port));
      return { port, pid: child.pid };
    } catch (error) {
      const portWasTaken = hasEnded(child.process) && wanted === undefined && !(await isFree(port));
      await stopPostgres(dataDir);
      const tooSoon = STILL_ENDING.test((error as Error).message) && performance.now() < giveUpAt;
      if (tooSoon) await sleep(LOOK_AGAIN_MS);
      else if (!portWasTaken || attempt >= MAX_PORT_ATTEMPTS) throw error;
    }
  }
}

async function portOfLastTime(dataDir: string): Promise<number> {
  const port = Number(await readFile(portFile(dataDir), 'utf8').catch(() => ''));
  return port > 0 && (await isFree(port)) ? port : freePort();
}

function portFile(dataDir: string): string {
  return join(runFolder(dataDir, 'postgres'), 'port');
}

/** SIGINT is fast shutdown, SIGQUIT an immediate one (Postgres manual, "Shutting Down the Server"). */
async function stopPostgres(dataDir: string): Promise<void> {
  const postmaster = await readPostmaster(clusterFolder(dataDir));
  if (postmaster !== null) await endProcess(postmaster.identity, ['SIGINT', 'SIGQUIT', 'SIGKILL'], STOP_PATIENCE_MS);
}

/** No socket file: its path would have to be short, and 127.0.0.1 is enough. */
function settings(port: number, durable: boolean): string[] {
  const always = { port, listen_addresses: '127.0.0.1', unix_socket_directories: '', timezone: 'UTC', log_timezone: 'UTC' };
  // What is committed outlives a killed server, but not a power cut. Test files run beside each other, each with several pools.
  const forTests = {
    fsync: 'off',
    full_page_writes: 'off',
    wal_level: 'minimal',
    max_wal_senders: 0,
    max_connections: 300,
  };
  const chosen = durable ? { ...always, max_connections: 100 } : { ...always, ...forTests };
  return Object.entries(chosen).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
