import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** A program that is killed again and again must not keep the machine busy. */
const PAUSE_MS = 250;
/** What shells add to the number of the signal that ended a process. */
const KILLED = 128;

/**
 * Runs a program of Node and starts it again whenever it was killed outright (SIGKILL), as a supervisor in production would. Every other end is its own
 * wish. Signals are handed on, once each: the program is in a session of its own, so that Ctrl-C reaches it through here alone. Resolves with what to exit with.
 */
export async function keepRunning(file: string, env: NodeJS.ProcessEnv, onRestart: () => void): Promise<number> {
  let child: ChildProcess | null = null;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void child?.kill(signal));
  for (;;) {
    child = spawn(process.execPath, [file], { env, stdio: 'inherit', detached: true });
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    if (signal !== 'SIGKILL') return code ?? KILLED + constants.signals[signal as NodeJS.Signals];
    onRestart();
    await sleep(PAUSE_MS);
  }
}
