import { constants } from 'node:fs';
import { access, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { Redis } from 'ioredis';
import { hasEnded, startChild, whenReady } from './child.js';
import { openDataDir } from './data-dir.js';
import { endProcess } from './ending.js';
import { hold, runFolder } from './holding.js';
import { freePort, isFree } from './ports.js';
import { identityOf, isAlive, pidOf } from './process-identity.js';
import { secret } from './secrets.js';

/** valkey is the branch of Redis that distributions ship now; it speaks the same. */
const PROGRAMS = ['redis-server', 'valkey-server'];
/** A service manager's PATH may leave these out. */
const USUAL_FOLDERS = ['/usr/bin', '/usr/local/bin', '/usr/sbin', '/opt/homebrew/bin', '/snap/bin'];
const START_TIMEOUT_MS = 10_000;
const STOP_PATIENCE_MS = 3_000;
const COMMAND_TIMEOUT_MS = 500;
const MAX_PORT_ATTEMPTS = 3;
const PASSWORD_BYTES = 24;

export interface RedisOptions {
  dataDir: string;
  /** Where to look for the program. Left out: PATH and the usual places. */
  folders?: string[];
}

export interface RunningRedis {
  /** Password included. */
  url: string;
  port: number;
  pid: number;
  /** Ends the server unless another living process of the data folder still uses it. */
  stop(): Promise<void>;
}

interface Recorded {
  identity: string;
  port: number;
}

/**
 * A private Redis on a free port of 127.0.0.1 that keeps nothing on disk, shared by the living processes of a data folder.
 * null when neither redis-server nor valkey-server is on this machine. One whose processes were all killed is ended and replaced,
 * never adopted: what it holds are leases of the dead.
 */
export async function startRedis(options: RedisOptions): Promise<RunningRedis | null> {
  const program = await findProgram(options.folders ?? [...pathFolders(), ...USUAL_FOLDERS]);
  if (program === null) return null;
  const dataDir = await openDataDir(options.dataDir);
  const password = await secret(dataDir, 'redis-password', PASSWORD_BYTES);
  const { facts, release } = await hold(dataDir, 'redis', {
    find: (orphaned) => findRunning(dataDir, password, orphaned),
    start: () => startOnSomePort(dataDir, program, password),
    stop: () => endRedis(dataDir),
  });
  return { url: redisUrl(facts.port, password), port: facts.port, pid: pidOf(facts.identity), stop: release };
}

function pathFolders(): string[] {
  return (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
}

async function findProgram(folders: string[]): Promise<string | null> {
  for (const path of PROGRAMS.flatMap((program) => folders.map((folder) => join(folder, program)))) {
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return path;
  }
  return null;
}

async function findRunning(dataDir: string, password: string, orphaned: boolean): Promise<Recorded | null> {
  const recorded = await readRecord(dataDir);
  if (recorded === null) return null;
  if (!orphaned && (await isAlive(recorded.identity)) && (await isAnswering(recorded.port, password))) return recorded;
  await endRedis(dataDir);
  return null;
}

async function startOnSomePort(dataDir: string, program: string, password: string): Promise<Recorded> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    // The configuration goes in by a file, because everybody can read a command line.
    const configuration = [
      'bind 127.0.0.1',
      `port ${port}`,
      `requirepass ${password}`,
      'save ""',
      'appendonly no',
      'daemonize no',
      '',
    ].join('\n');
    const file = join(runFolder(dataDir, 'redis'), 'redis.conf');
    await writeFile(file, configuration, { mode: 0o600 });
    const child = await startChild(dataDir, 'redis', program, [file], { cwd: runFolder(dataDir, 'redis') });
    const identity = await identityOf(child.pid);
    if (identity !== null) await writeFile(recordFile(dataDir), JSON.stringify({ identity, port }), { mode: 0o600 });
    try {
      await whenReady('Redis', child, START_TIMEOUT_MS, async () => ((await isAnswering(port, password)) ? true : null));
      if (identity === null) throw new Error('Redis ended right after it answered.');
      return { identity, port };
    } catch (error) {
      await endRedis(dataDir);
      if (attempt === MAX_PORT_ATTEMPTS || !hasEnded(child.process) || (await isFree(port))) throw error;
    } finally {
      await rm(file, { force: true });
    }
  }
}

/** The record names number and start of the process, so that nothing else is ever ended. */
export async function endRedis(dataDir: string): Promise<void> {
  const recorded = await readRecord(dataDir);
  if (recorded !== null) await endProcess(recorded.identity, ['SIGTERM', 'SIGKILL'], STOP_PATIENCE_MS);
  await rm(recordFile(dataDir), { force: true });
}

async function readRecord(dataDir: string): Promise<Recorded | null> {
  try {
    const { identity, port } = JSON.parse(await readFile(recordFile(dataDir), 'utf8')) as Partial<Recorded>;
    return typeof identity === 'string' && typeof port === 'number' ? { identity, port } : null;
  } catch {
    return null;
  }
}

function recordFile(dataDir: string): string {
  return join(runFolder(dataDir, 'redis'), 'server.json');
}

function redisUrl(port: number, password: string): string {
  return `redis://:${password}@127.0.0.1:${port}`;
}

async function isAnswering(port: number, password: string): Promise<boolean> {
  const client = new Redis(redisUrl(port, password), {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: COMMAND_TIMEOUT_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
}
