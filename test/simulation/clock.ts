import { Clock } from '../../src/platform/clock.js';
import type { SimulatedProcess } from './process.js';

/** Made once: an abort without a reason makes an error with a stack each time. */
const OVER = new Error('the deadline is over');

/** The clock of one process. It may jump ahead of all others, as that of a machine that was suspended does. */
export class ProcessClock extends Clock {
  constructor(private readonly process: SimulatedProcess) {
    super();
  }

  monotonicMs(): number {
    return this.process.world.nowMs + this.process.aheadMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.process.timer(ms, () => resolve());
      signal?.addEventListener('abort', () => (timer.stop(), resolve()), { once: true });
    });
  }

  later(ms: number, what: () => void): () => void {
    const timer = this.process.timer(ms, what);
    return () => timer.stop();
  }

  within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const timer = this.process.timer(ms, () => resolve(undefined));
      work.finally(() => timer.stop()).then(resolve, reject);
    });
  }

  withDeadline<T>(ms: number, work: (deadline: AbortSignal) => Promise<T>): Promise<T> {
    const over = new AbortController();
    const timer = this.process.timer(ms, () => over.abort(OVER));
    return work(over.signal).finally(() => timer.stop());
  }
}

/** That of a loop: its waits between two sweeps are skipped while a sweep would find nothing. */
export class LoopClock extends ProcessClock {
  constructor(
    private readonly of: SimulatedProcess,
    /** When something is due. */
    private readonly dueAt: () => number,
    /** What is shorter is no wait between two sweeps. */
    private readonly shortestMs = 0,
  ) {
    super(of);
  }

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms < this.shortestMs) return super.sleep(ms, signal);
    const { world } = this.of;
    return new Promise((resolve) => world.whenReady({ at: world.nowMs + ms, of: this.of, readyAt: this.dueAt, wake: resolve }));
  }
}

/** The watch's: its waits between two looks are skipped while a look would find nothing new. */
export class WatchClock extends ProcessClock {
  private seen = -1;

  constructor(
    private readonly of: SimulatedProcess,
    private readonly changes: () => number,
  ) {
    super(of);
  }

  /** The next look is not skipped. */
  lookAgain(): void {
    this.seen = -1;
  }

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal) {
      // Somebody new waits, and may know less than the last look saw.
      this.lookAgain();
      return super.sleep(ms, signal);
    }
    const { world } = this.of;
    return new Promise((resolve) => {
      const wake = () => {
        this.seen = this.changes();
        resolve();
      };
      const readyAt = () => (this.seen === this.changes() ? Infinity : 0);
      world.whenReady({ at: world.nowMs + ms, of: this.of, readyAt, wake });
    });
  }
}
