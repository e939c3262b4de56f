import { mkdtemp, rm, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../src/platform/embedded/ports.js';
import { startPostgres } from '../../src/platform/embedded/postgres.js';

export { freePort };

/** A server that a test can freeze, kill and bring back on the same port. */
export interface TestServer {
  url: string;
  port: number;
  pid: number;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open, nothing answers. */
  pause(): void;
  resume(): void;
  /** After `kill`, on the same port. Redis comes back empty, Postgres with what was committed. */
  restart(): Promise<void>;
  /** Ends it for good and removes its files. */
  stop(): Promise<void>;
}

export type TestRedis = TestServer;

/** A Redis of a test's own. */
export async function startTestRedis(): Promise<TestServer> {
  const port = await freePort();
  let server = await spawnRedis(port);
  const kill = () => killServer(server);
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return server.pid ?? 0;
    },
    kill,
    stop: kill,
    pause: () => void server.kill('SIGSTOP'),
    resume: () => void server.kill('SIGCONT'),
    restart: async () => {
      server = await spawnRedis(port);
    },
  };
}

/** A Postgres of a test's own, empty, without fsync. `pause` freezes the postmaster and not the sessions that it serves already. */
export async function startTestPostgres(): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'counterfoil-postgres-test-'));
  await chmod(dataDir, 0o711);
  let postgres = await startPostgres({ dataDir, durable: false });
  const signal = (name: NodeJS.Signals): void => void process.kill(postgres.pid, name);
  return {
    url: postgres.url,
    port: Number(new URL(postgres.url).port),
    get pid() {
      return postgres.pid;
    },
    kill: async () => {
      // An immediate shutdown: like a crash, and it takes the sessions with it.
      signal('SIGQUIT');
      while (isThere(postgres.pid)) await sleep(5);
    },
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    restart: async () => {
      await postgres.stop();
      postgres = await startPostgres({ dataDir, durable: false, port: Number(new URL(postgres.url).port) });
    },
    stop: async () => {
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function spawnRedis(port: number): Promise<ChildProcess> {
  const options = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', tmpdir()];
  const server = spawn('redis-server', options, { stdio: 'ignore' });
  await once(server, 'spawn');
  while (!(await accepts(port))) {
    if (server.exitCode !== null) throw new Error(`redis-server ended with ${server.exitCode} instead of listening on ${port}`);
    await sleep(5);
  }
  return server;
}

async function accepts(port: number): Promise<boolean> {
  const socket = createConnection({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function killServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exit = once(server, 'exit');
  server.kill('SIGKILL');
  await exit;
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
