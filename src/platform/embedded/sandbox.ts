import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Child, hasEnded, startChild, whenReady } from './child.js';
import { openDataDir } from './data-dir.js';
import { endProcess } from './ending.js';
import { hold, runFolder } from './holding.js';
import { freePort, isFree } from './ports.js';
import { identityOf, isAlive } from './process-identity.js';

const START_TIMEOUT_MS = 15_000;
const HEALTH_TIMEOUT_MS = 2_000;
/** It hears SIGTERM, lets its answers out and ends. */
const STOP_PATIENCE_MS = 5_000;
const LISTENING = /^sandbox gateway listening on (http:\/\/\S+)$/m;

export interface SandboxNeeds {
  dataDir: string;
  /** Another one is taken when somebody listens there. */
  port: number;
  webhookUrl: string;
  webhookSecret: string;
}

export interface RunningSandbox {
  url: string;
  pid: number;
  adopted: boolean;
  /** Ends the sandbox unless another living process of the data folder still uses it. */
  stop(): Promise<void>;
}

interface Recorded {
  identity: string;
  pid: number;
  url: string;
  /** Where it sends webhooks and how it signs them, as a hash: a secret belongs in no second file. */
  settings: string;
}

/**
 * The sandbox gateway as a process of its own with its charges in `<dataDir>/sandbox-charges.jsonl`, shared by the processes of a
 * data folder. One that outlived its killed parent is adopted, because it may be working on that parent's last call; if it would
 * send its webhooks elsewhere, it is ended in order and replaced, and its charges are read from the file.
 */
export async function startSandboxProcess(needs: SandboxNeeds): Promise<RunningSandbox> {
  const dataDir = await openDataDir(needs.dataDir);
  const settings = createHash('sha256')
    .update(JSON.stringify([needs.webhookUrl, needs.webhookSecret]))
    .digest('hex');
  const { facts, adopted, release } = await hold(dataDir, 'sandbox', {
    find: (orphaned) => findRunning(dataDir, orphaned ? settings : null),
    start: () => start({ ...needs, dataDir }, settings),
    stop: () => endSandbox(dataDir),
  });
  return { url: facts.url, pid: facts.pid, adopted, stop: release };
}

async function findRunning(dataDir: string, wanted: string | null): Promise<Recorded | null> {
  const recorded = await readRecord(dataDir);
  if (recorded === null) return null;
  const fits = wanted === null || recorded.settings === wanted;
  if (fits && (await isAlive(recorded.identity)) && (await isHealthy(recorded.url))) return recorded;
  await endSandbox(dataDir);
  return null;
}

async function start(needs: SandboxNeeds, settings: string): Promise<Recorded> {
  const port = (await isFree(needs.port)) ? needs.port : await freePort();
  const child = await startOn(port, needs);
  const identity = await identityOf(child.pid);
  // Recorded before it answers: were we killed now, it would hold its port and nobody would know whose it is.
  if (identity !== null) await writeRecord(needs.dataDir, { identity, pid: child.pid, url: '', settings });
  try {
    const url = await whenReady('The sandbox gateway', child, START_TIMEOUT_MS, () => printedUrl(child));
    if (identity === null) throw new Error('The sandbox gateway ended right after it listened.');
    const recorded = { identity, pid: child.pid, url, settings };
    await writeRecord(needs.dataDir, recorded);
    return recorded;
  } catch (error) {
    if (hasEnded(child.process) && !(await isFree(port))) return start({ ...needs, port: await freePort() }, settings);
    await endSandbox(needs.dataDir);
    throw error;
  }
}

/** Only what it needs: a sandbox has no business with the keys in our environment. */
async function startOn(port: number, { dataDir, webhookUrl, webhookSecret }: SandboxNeeds): Promise<Child> {
  const env = {
    PATH: process.env['PATH'],
    SANDBOX_PORT: String(port),
    SANDBOX_HOST: '127.0.0.1',
    SANDBOX_DATA_FILE: join(dataDir, 'sandbox-charges.jsonl'),
    SANDBOX_WEBHOOK_URL: webhookUrl,
    SANDBOX_WEBHOOK_SECRET: webhookSecret,
  };
  return startChild(dataDir, 'sandbox', process.execPath, programArgs(), { cwd: PROJECT, env });
}

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));

/** Compiled it lies beside us; from source, as in the tests, it is run as this file is. */
function programArgs(): string[] {
  const compiled = fileURLToPath(new URL('../../sandbox/main.js', import.meta.url));
  return existsSync(compiled) ? [compiled] : ['--import', 'tsx', compiled.replace(/\.js$/, '.ts')];
}

async function printedUrl(child: Child): Promise<string | null> {
  return LISTENING.exec(await readFile(child.logFile, 'utf8'))?.[1] ?? null;
}

async function isHealthy(url: string): Promise<boolean> {
  return fetch(`${url}/sandbox/health`, { signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS) }).then(
    (response) => response.ok,
    () => false,
  );
}

async function endSandbox(dataDir: string): Promise<void> {
  const recorded = await readRecord(dataDir);
  if (recorded !== null) await endProcess(recorded.identity, ['SIGTERM', 'SIGKILL'], STOP_PATIENCE_MS);
  await rm(recordFile(dataDir), { force: true });
}

async function readRecord(dataDir: string): Promise<Recorded | null> {
  try {
    const recorded = JSON.parse(await readFile(recordFile(dataDir), 'utf8')) as Partial<Recorded>;
    return typeof recorded.identity === 'string' && typeof recorded.url === 'string' ? (recorded as Recorded) : null;
  } catch {
    return null;
  }
}

async function writeRecord(dataDir: string, recorded: Recorded): Promise<void> {
  await writeFile(recordFile(dataDir), JSON.stringify(recorded), { mode: 0o600 });
}

function recordFile(dataDir: string): string {
  return join(runFolder(dataDir, 'sandbox'), 'server.json');
}
