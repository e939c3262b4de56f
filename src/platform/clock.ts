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
  /** Runs `what` after `ms` milliseconds, unless what it answers with is called before. */
  abstract later(ms: number, what: () => void): () => void;
  /** What `work` comes to, or undefined where `ms` milliseconds pass first. The work goes on regardless. Rejects where `work` does in time. */
  abstract within<T>(ms: number, work: Promise<T>): Promise<T | undefined>;
  /** Runs `work`, whose signal aborts where it takes longer than `ms` milliseconds, whoever holds it: also as a part of `AbortSignal.any`. */
  abstract withDeadline<T>(ms: number, work: (deadline: AbortSignal) => Promise<T>): Promise<T>;
}

export class SystemClock extends Clock {
  monotonicMs(): number {
    return performance.now();
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await sleep(ms, undefined, { signal, ref: true }).catch(() => undefined);
  }

  later(ms: number, what: () => void): () => void {
    const timer = setTimeout(what, ms);
    return () => clearTimeout(timer);
  }

  /** By a bare timer: a sleep that is aborted makes two errors with their stacks, for every call that is in time. */
  within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms, undefined);
      work.finally(() => clearTimeout(timer)).then(resolve, reject);
    });
  }

  async withDeadline<T>(ms: number, work: (deadline: AbortSignal) => Promise<T>): Promise<T> {
    // Not `AbortSignal.timeout`: the garbage collector takes one that only `AbortSignal.any` listens to, timer and all (nodejs/node#57736).
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(new DOMException('the deadline has passed', 'TimeoutError')), ms).unref();
    try {
      return await work(controller.signal);
    } finally {
      clearTimeout(timer);
    }
  }
}
