import { setMaxListeners } from 'node:events';

/** Until when a call waits. It is no AbortSignal: each is one more object that Node looks after, and its HTTP client hangs listeners of its own onto it for every request. */
export class Deadline {
  readonly #listeners = new Set<(why: DeadlinePassed) => void>();
  #why: DeadlinePassed | null = null;

  get passed(): boolean {
    return this.#why !== null;
  }

  /** Calls `listener` when it passes, or at once where it has. Answers what takes that back. */
  onPassed(listener: (why: DeadlinePassed) => void): () => void {
    if (this.#why !== null) listener(this.#why);
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  pass(why: string): void {
    if (this.#why !== null) return;
    this.#why = new DeadlinePassed(why);
    for (const listener of this.#listeners) listener(this.#why);
  }
}

/**
 * Runs `work` for at most `timeoutMs` milliseconds and no longer than `outer` allows, and rejects then at once, whatever `work`
 * is still waiting for: a library that sends again or hangs cannot hold the caller. `work` is not begun when `outer` is aborted.
 */
export async function withinDeadline<T>(timeoutMs: number, outer: AbortSignal, work: (deadline: Deadline) => Promise<T>): Promise<T> {
  if (outer.aborted) throw new DeadlinePassed('the caller had given up');
  const deadline = new Deadline();
  const timer = setTimeout(() => deadline.pass(`no answer within ${timeoutMs} ms`), timeoutMs);
  const giveUp = () => deadline.pass('the caller gave up');
  // A signal that stands for the whole process is listened to by every call under way, which Node takes for a leak beyond ten.
  setMaxListeners(0, outer);
  outer.addEventListener('abort', giveUp, { once: true });
  try {
    return await new Promise<T>((resolve, reject) => {
      deadline.onPassed(reject);
      work(deadline).then(resolve, reject);
    });
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', giveUp);
  }
}

export class DeadlinePassed extends Error {
  /** As Node names it where a signal ends a request. */
  readonly code = 'ABORT_ERR';
}
