import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./program.ts', import.meta.url));
const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));

export interface OtherProcess {
  process: ChildProcess;
  pid: number;
  /** What `program.ts` did, as JSON. */
  answer: Record<string, unknown>;
  /** Lets go of what it started, in order, and ends. */
  finish(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

/** Runs a verb of `program.ts` in a process of its own, as another user if one is named, and waits for its answer. */
export async function otherProcess(verb: string, input: unknown, options: { uid?: number; gid?: number } = {}): Promise<OtherProcess> {
  const args = ['--import', 'tsx', PROGRAM, verb, JSON.stringify(input)];
  const child = spawn(process.execPath, args, { ...options, cwd: PROJECT, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  let printed = '';
  let complaints = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const exit = once(child, 'exit');
  while (!printed.includes('\n')) {
    const ended = await Promise.race([exit, once(child.stdout, 'data').then(() => null)]);
    if (ended !== null && !printed.includes('\n')) throw new Error(complaints.trim());
  }
  return {
    process: child,
    pid: child.pid ?? 0,
    answer: JSON.parse(printed) as Record<string, unknown>,
    finish: async () => {
      child.stdin.end('finish\n');
      await exit;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exit;
    },
  };
}
