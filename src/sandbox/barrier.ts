import type { Movement } from './faults.js';
import { StripeError } from './stripe-error.js';

/**
 * Where a request that moves money can be parked: on `arrival`, as if the network had it (its key is not yet in use); `before` it is
 * executed (its key is in use); `after` the charge or refund is made and its answer stored. Replays execute nothing and pass the last two.
 */
export const HOLD_POINTS = ['arrival', 'before', 'after'] as const;
export type HoldPoint = (typeof HOLD_POINTS)[number];

/** Charges and refunds are held apart, each at a barrier of their own. */
export type Barriers = Readonly<Record<Movement, Barrier>>;

/** Requests parked at once at a barrier; each holds a socket. */
export const MAX_PARKED = 200;

/** Lets a test catch calls in flight without sleeping. */
export class Barrier {
  readonly #parked = new Set<() => void>();
  readonly #watchers = new Set<() => void>();
  #point: HoldPoint | null = null;
  #stillToPark = 0;

  get count(): number {
    return this.#parked.size;
  }

  /** From now on, parks the next `count` requests that come to `point`. Those already parked stay. */
  hold(point: HoldPoint, count = Number.POSITIVE_INFINITY): void {
    this.#point = point;
    this.#stillToPark = count;
  }

  /** Lets everyone go and parks no more. Answers how many were parked. */
  release(): number {
    this.#point = null;
    const resumes = [...this.#parked];
    for (const resume of resumes) resume();
    return resumes.length;
  }

  /** Rejects when the signal aborts while parked, and with 503 when too many are parked. */
  async pass(point: HoldPoint, signal: AbortSignal): Promise<void> {
    if (this.#point !== point || this.#stillToPark === 0) return;
    if (this.#parked.size >= MAX_PARKED) {
      throw new StripeError(503, { type: 'api_error', message: `More than ${MAX_PARKED} requests are held.` });
    }
    this.#stillToPark -= 1;
    await this.#park(signal);
  }

  /** Resolves with the number parked as soon as it is at least `count`, or after `timeoutMs` with what it is then. */
  async reached(count: number, timeoutMs: number): Promise<number> {
    if (this.count >= count) return this.count;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#watchers.delete(watch);
        resolve();
      };
      const watch = (): void => {
        if (this.count >= count) done();
      };
      const timer = setTimeout(done, timeoutMs).unref();
      this.#watchers.add(watch);
    });
    return this.count;
  }

  #park(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#parked.delete(resume);
        signal.removeEventListener('abort', drop);
      };
      const resume = (): void => {
        leave();
        resolve();
      };
      const drop = (): void => {
        leave();
        reject(signal.reason as Error);
      };
      this.#parked.add(resume);
      signal.addEventListener('abort', drop);
      for (const watch of this.#watchers) watch();
    });
  }
}
