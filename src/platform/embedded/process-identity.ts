import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * A process for ever: its number and when it started, as `<pid>-<start>`. A number alone is given again to somebody else,
 * and after a restart of a container almost at once. null when there is no such process, or only its remains (a zombie).
 */
export async function identityOf(pid: number): Promise<string | null> {
  const start = process.platform === 'linux' ? await startFromProc(pid) : await startFromPs(pid);
  return start === null ? null : `${pid}-${start}`;
}

export async function ownIdentity(): Promise<string> {
  const identity = await identityOf(process.pid);
  if (identity === null) throw new Error('This process cannot read its own entry in the list of processes (/proc or ps).');
  return identity;
}

export async function isAlive(identity: string): Promise<boolean> {
  return (await identityOf(pidOf(identity))) === identity;
}

export function pidOf(identity: string): number {
  return Number.parseInt(identity, 10);
}

/** Field 22 of /proc/<pid>/stat, proc(5): ticks from boot to start. The name in field 2 may hold blanks and brackets. */
async function startFromProc(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return null;
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' || state === 'X' ? null : (rest[18] ?? null);
}

async function startFromPs(pid: number): Promise<string | null> {
  try {
    const { stdout } = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { env: { PATH: process.env['PATH'], LC_ALL: 'C' } });
    const [state = 'Z', ...start] = stdout.trim().split(/\s+/);
    return state.startsWith('Z') ? null : start.join('').replaceAll(':', '');
  } catch {
    return null;
  }
}
