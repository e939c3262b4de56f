import { execFile } from 'node:child_process';
import { readFile, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { identityOf } from './process-identity.js';

const run = promisify(execFile);

export interface Postmaster {
  pid: number;
  identity: string;
  port: number;
}

/** The living server of this cluster; null when its pid file is missing, stale, or names a process that is somebody else by now. */
export async function readPostmaster(folder: string): Promise<Postmaster | null> {
  const lines = await pidFileLines(folder);
  const pid = Number(lines?.[0]);
  if (!(pid > 0)) return null;
  const identity = await identityOf(pid);
  if (identity === null || !(await isPostgresOf(folder, pid))) return null;
  return { pid, identity, port: Number(lines?.[3]) };
}

/**
 * Postgres judges a stale pid file by itself, but takes any process of its own user with that number for a server, as happens
 * when numbers are given again. Such a file is removed. One of a dead process is left to Postgres, which also looks for backends that survived.
 */
export async function removeForeignPidFile(folder: string): Promise<void> {
  const pid = Number((await pidFileLines(folder))?.[0]);
  if (pid > 0 && (await identityOf(pid)) !== null && !(await isPostgresOf(folder, pid)))
    await rm(join(folder, 'postmaster.pid'), { force: true });
}

/** Lines: pid, data folder, start time, port, socket folder, address, shared memory, status. */
async function pidFileLines(folder: string): Promise<string[] | null> {
  const text = await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => null);
  return text?.split('\n') ?? null;
}

/** By its command line, which names the data folder: a backend's title replaces it, so it is the server itself. */
async function isPostgresOf(folder: string, pid: number): Promise<boolean> {
  const command = process.platform === 'linux' ? await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') : await commandFromPs(pid);
  const names = [folder, await realpath(folder).catch(() => folder)];
  return command.includes('postgres') && names.some((name) => command.includes(name));
}

async function commandFromPs(pid: number): Promise<string> {
  return run('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).then(
    ({ stdout }) => stdout,
    () => '',
  );
}
