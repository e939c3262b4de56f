import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from './error-code.js';
import { isAlive, pidOf } from './process-identity.js';

const LOOK_AGAIN_MS = 10;

/** Sends each signal in turn, the next one when the process has not ended `patienceMs` after the last. Resolves when it is gone. */
export async function endProcess(identity: string, signals: NodeJS.Signals[], patienceMs: number): Promise<void> {
  for (const signal of signals) {
    if (!(await isAlive(identity))) return;
    send(identity, signal);
    if (await isGone(identity, patienceMs)) return;
  }
  if (await isAlive(identity)) throw new Error(`Process ${pidOf(identity)} does not end, not even after ${signals.join(' and ')}.`);
}

export async function isGone(identity: string, withinMs: number): Promise<boolean> {
  const giveUpAt = performance.now() + withinMs;
  while (await isAlive(identity)) {
    if (performance.now() > giveUpAt) return false;
    await sleep(LOOK_AGAIN_MS);
  }
  return true;
}

function send(identity: string, signal: NodeJS.Signals): void {
  try {
    process.kill(pidOf(identity), signal);
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}
