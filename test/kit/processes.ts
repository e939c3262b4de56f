import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { issueToken, type Role } from '../../src/api/token.js';
import { reaches } from '../../src/platform/embedded/server-user.js';
import { inTurn } from '../../src/platform/embedded/turns.js';
import { freePort } from './servers.js';

const run = promisify(execFile);
const DIST = resolve('dist');
/** Servers believe tokens that are signed with it. */
export const SECRET = 'a secret of the process tests, long enough for HS256';
/** Seconds, on a machine that is busy with other things a minute. */
const START_TIMEOUT_MS = 120_000;
const NOBODY = { uid: 65_534, gid: 65_534 };

export interface ServerOptions {
  /** Where it keeps what it needs, and where a later one finds it. */
  dataDir: string;
  env?: Record<string, string>;
  /** As an ordinary user, where the tests run as root and their project lies where others can read it; else as oneself. */
  ordinary?: boolean;
  /**
   * A program of the tests in place of `dist/main.js`. It is told in BUILD where the built service lies, and talks over IPC. It is spawned at once and
   * waits for its orders.
   */
  program?: { file: string; orders: object | Promise<object>; onMessage: (message: never) => void };
}

/** `node dist/main.js`, in a process group of its own. */
export interface ServerProcess {
  url: string;
  pid: number;
  /** What it printed so far, both streams. */
  output(): string;
  /** Its exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>;
  /** To the process alone. */
  signal(name: NodeJS.Signals): void;
  /** Over IPC, to a program of the tests. */
  tell(message: object | string): void;
  /** Ctrl-C: to everything in its process group. */
  interrupt(): void;
  /** As this user, with a token that it believes. */
  send(user: string, method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<ProcessAnswer>;
}

export interface ProcessAnswer {
  status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever the service said
  body: any;
}

/** Starts the built program and waits until it says where it listens. Rejects with what it printed when it ends instead. */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const { program } = options;
  const main = await builtProgram('main.js');
  const user = options.ordinary ? await ordinaryUser() : {};
  const env = { ...environment(options.dataDir), PORT: String(await freePort()), ...options.env };
  const child = spawn(process.execPath, [program?.file ?? main], {
    ...user,
    env: program ? { ...env, BUILD: DIST } : env,
    cwd: options.dataDir,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', ...(program ? ['ipc' as const] : [])],
  });
  if (program) child.on('message', program.onMessage as (message: unknown) => void);
  const printed = collect(child);
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  started.push({ child, ended });
  if (program) child.send(await program.orders);
  const url = await listening(child, printed);
  return {
    url,
    pid: child.pid as number,
    output: printed,
    ended,
    signal: (name) => void child.kill(name),
    tell: (message) => void child.send(message),
    interrupt: () => void process.kill(-(child.pid as number), 'SIGINT'),
    send: (who, method, path, body, headers = {}) => send(url, who, method, path, body, headers),
  };
}

/** Runs a built program to its end: `cli.js` with arguments, or `main.js` where it is expected not to start. */
export async function runProgram(
  program: 'main.js' | 'cli.js',
  args: string[],
  { dataDir, env = {} }: ServerOptions,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const options = { env: { ...environment(dataDir), ...env }, cwd: dataDir, timeout: START_TIMEOUT_MS };
  const result = run(process.execPath, [await builtProgram(program), ...args], options);
  return result.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

/** A folder for `DATA_DIR`, which an ordinary user can enter; it belongs to that user where the server is to be run as one. */
export async function newDataDir({ ordinary = false } = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'counterfoil-process-'));
  await chmod(folder, 0o755);
  const { uid, gid } = ordinary ? await ordinaryUser() : {};
  if (uid !== undefined && gid !== undefined) await chown(folder, uid, gid);
  folders.push(folder);
  return folder;
}

/** Kills what a test left running, and removes its folders. */
export async function endServers(): Promise<void> {
  for (const { child, ended } of started.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
  for (const folder of folders.splice(0)) {
    for (const pid of await embeddedProcesses(folder)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** The servers that a data folder says it started: Postgres, Redis and the sandbox gateway, as far as they are recorded. */
export async function embeddedProcesses(dataDir: string): Promise<number[]> {
  const records = await Promise.all([
    readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => ''),
    ...['redis', 'sandbox'].map((name) => readFile(join(dataDir, 'run', name, 'server.json'), 'utf8').catch(() => '')),
  ]);
  return records.map((record) => Number(/"identity":"(\d+)-/.exec(record)?.[1] ?? record.split('\n')[0])).filter((pid) => pid > 0);
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The address of the sandbox gateway that a data folder's server talks to. */
export async function sandboxOf(dataDir: string): Promise<string> {
  const { url } = JSON.parse(await readFile(join(dataDir, 'run', 'sandbox', 'server.json'), 'utf8')) as { url: string };
  return url;
}

const started: { child: ChildProcess; ended: Promise<unknown> }[] = [];
const folders: string[] = [];

/** Nothing of the environment of the tests but what a program needs to run. */
function environment(dataDir: string): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: dataDir, DATA_DIR: dataDir, AUTH_JWT_SECRET: SECRET, LOG_LEVEL: 'info' };
}

async function ordinaryUser(): Promise<{ uid?: number; gid?: number }> {
  return process.getuid?.() === 0 && (await reaches(NOBODY, resolve('.'))) ? NOBODY : {};
}

let building: Promise<void> | undefined;

/** The same build for a whole file of tests, whatever is edited meanwhile. */
async function builtProgram(name: string): Promise<string> {
  await (building ??= build());
  return join(DIST, name);
}

/** Only where it is missing or made from other sources than there are now; files of tests that run side by side take turns. */
async function build(): Promise<void> {
  const stamp = join(DIST, '.built-from');
  const isBuilt = async (): Promise<boolean> => (await readFile(stamp, 'utf8').catch(() => '')) === (await fingerprintOfSources());
  if (await isBuilt()) return;
  const turns = resolve('node_modules', '.cache', 'counterfoil-build');
  await mkdir(turns, { recursive: true });
  await inTurn(turns, async () => {
    if (await isBuilt()) return;
    const sources = await fingerprintOfSources();
    await run('npm', ['run', '--silent', 'build'], { maxBuffer: 1e8 });
    await writeFile(stamp, sources);
  });
}

async function fingerprintOfSources(): Promise<string> {
  const files = (await Promise.all(['src', 'web'].map(filesIn))).flat();
  const times = await Promise.all(files.map(async (file) => (await stat(file)).mtimeMs));
  return `${files.length} files, the newest of ${Math.max(...times)}`;
}

async function filesIn(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true });
  return found.filter((file) => /\.(ts|tsx|css|html|svg)$/.test(file)).map((file) => join(folder, file));
}

function collect(child: ChildProcess): () => string {
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  return () => printed;
}

/** The banner is printed in one piece, when everything is up. */
async function listening(child: ChildProcess, printed: () => string): Promise<string> {
  const giveUpAt = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const url = /^Counterfoil listens on (\S+)$/m.exec(printed())?.[1];
    if (url) return url;
    if (child.exitCode !== null || child.signalCode !== null || performance.now() > giveUpAt) throw new Error(`not started: ${printed()}`);
    await new Promise((again) => setTimeout(again, 10));
  }
}

async function send(
  url: string,
  userId: string,
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<ProcessAnswer> {
  const roles: Role[] = userId.startsWith('admin') ? ['admin'] : [];
  const token = await issueToken({ secret: SECRET, userId, roles, issuer: null, audience: null, ttlSeconds: 600 });
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...json, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text };
}
