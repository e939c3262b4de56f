import pLimit from 'p-limit';
import { Problem } from '../platform/problems/problem.js';

/** Said to those who are turned away: what is at work now is over by then, or should be. */
const RETRY_SECONDS = 1;

/** Bounds what is at work and what waits for a place. Whoever finds both full is turned away before anything is recorded. */
export class Admission {
  private readonly limit;

  constructor(
    maxInFlight: number,
    private readonly maxQueued: number,
  ) {
    this.limit = pLimit(maxInFlight);
  }

  /** Throws Problem `overloaded`. */
  admit<T>(work: () => Promise<T>): Promise<T> {
    const full = this.limit.activeCount >= this.limit.concurrency && this.limit.pendingCount >= this.maxQueued;
    if (full) throw new Problem('overloaded', { retryAfterSeconds: RETRY_SECONDS });
    return this.limit(work);
  }
}
