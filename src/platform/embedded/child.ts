import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from './error-code.js';

const LOOK_AGAIN_MS = 15;

export interface Child {
  process: ChildProcess;
  pid: number;
  logFile: string;
}

/**
 * Starts a program in a session of its own, so that Ctrl-C reaches this process alone and the program is still there while it
 * drains. What it prints goes to `<dataDir>/logs/<name>.log`, emptied at each start so that it stays bounded.
 */
export async function startChild(dataDir: string, name: string, command: string, args: string[], options: SpawnOptions): Promise<Child> {
  const logFile = logFileOf(dataDir, name);
  await mkdir(join(dataDir, 'logs'), { recursive: true, mode: 0o700 });
  const log = await open(logFile, 'w', 0o600);
  try {
    const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', log.fd, log.fd] });
    await once(child, 'spawn');
    child.unref();
    if (child.pid === undefined) throw new Error('it has no process number');
    return { process: child, pid: child.pid, logFile };
  } catch (error) {
    throw new Error(`${name} could not be run from ${command}: ${messageOf(error)}.`, { cause: error });
  } finally {
    await log.close();
  }
}

export function logFileOf(dataDir: string, name: string): string {
  return join(dataDir, 'logs', `${name}.log`);
}

/** Asks until the answer is not null. Throws one sentence with the end of the log when the child ends or the time is up. */
export async function whenReady<Answer>(name: string, child: Child, timeoutMs: number, ask: () => Promise<Answer | null>): Promise<Answer> {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    const ended = hasEnded(child.process);
    const answer = ended ? null : await ask();
    if (answer !== null) return answer;
    if (ended) throw new Error(`${name} ended while it started: ${await lastLine(child.logFile)} (log: ${child.logFile}).`);
    if (performance.now() > giveUpAt) {
      child.process.kill('SIGKILL');
      throw new Error(`${name} did not answer within ${timeoutMs / 1000} s: ${await lastLine(child.logFile)} (log: ${child.logFile}).`);
    }
    await sleep(LOOK_AGAIN_MS);
  }
}

export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** The line that says why, when there is one: Postgres ends with hints and a shutdown notice after it. */
async function lastLine(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8').catch(() => '')).trim().split('\n');
  const telling = lines.findLast((line) => /fatal|panic|error/i.test(line)) ?? lines.at(-1);
  return telling?.trim() || 'it printed nothing';
}
