import { setTimeout as sleep } from 'node:timers/promises';

/**
 * How a process waits. What is *due* is never decided here but by the database's clock; this port only measures
 * and sleeps, so that a simulation can put its own event heap underneath.
 */
export abstract class Clock {
  /** Milliseconds since an arbitrary start. Only differences mean anything. */
  abstract monotonicMs(): number;
  /** Resolves after `ms` milliseconds, or as soon as `signal` aborts. Never rejects. */
  abstract sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A signal that aborts after `ms` milliseconds. */
  abstract deadline(ms: number): AbortSignal;
}

export class SystemClock extends Clock {
  monotonicMs(): number {
    return performance.now();
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await sleep(ms, undefined, { signal, ref: true }).catch(() => undefined);
  }

  deadline(ms: number): AbortSignal {
    return AbortSignal.timeout(ms);
  }
}
