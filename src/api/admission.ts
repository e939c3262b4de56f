import { Problem } from '../platform/problems/problem.js';

/** Said to those who are turned away: what is at work now is over by then, or should be. */
export const RETRY_SECONDS = 1;
/** Whoever has waited this long for a place is better off asking again, perhaps another process, than being worked on with what is left of its time. */
const MAX_QUEUED_MS = 2_000;

/** For how long somebody can use an answer, and whether it is still there. */
export interface Patience {
  /** Milliseconds from its arrival; 0: it asks later what became of it. */
  waitMs: number;
  /** Where the answer goes, as far as it tells whether anybody waits for it. Listened to only by whoever waits for a place. */
  reader?: Reader | undefined;
}

/** What Node's responses say of who reads them. */
export interface Reader {
  readonly destroyed: boolean;
  once(event: 'close', left: () => void): unknown;
  off(event: 'close', left: () => void): unknown;
}

/**
 * Bounds what is at work, what waits for a place, and for how long it waits. Whoever finds no place, or none in time, is turned away before
 * anything is recorded.
 */
export class Admission {
  /** In the order of their arrival. */
  private readonly queue = new Set<Waiting>();
  private working = 0;

  constructor(
    private readonly maxInFlight: number,
    private readonly maxQueued: number,
    private readonly maxQueuedMs = MAX_QUEUED_MS,
  ) {}

  /** Whether whoever comes now is turned away. */
  get isFull(): boolean {
    return this.working >= this.maxInFlight && this.queue.size >= this.maxQueued;
  }

  get atWork(): number {
    return this.working;
  }

  /** Runs `work` with what is left of the patience as soon as there is a place. Throws Problem `overloaded`. */
  async admit<T>(work: (waitMs: number) => Promise<T>, patience: Patience): Promise<T> {
    if (this.isFull) throw overloaded();
    const arrived = performance.now();
    if (this.working < this.maxInFlight) this.working += 1;
    else await this.place(patience);
    try {
      return await work(Math.max(0, patience.waitMs - (performance.now() - arrived)));
    } finally {
      this.leave();
    }
  }

  /** Sends everybody away who waits for a place. */
  clear(why: Problem): void {
    for (const waiting of this.queue) waiting.refuse(why);
  }

  private place({ waitMs, reader }: Patience): Promise<void> {
    const usefulMs = waitMs > 0 ? Math.min(waitMs, this.maxQueuedMs) : this.maxQueuedMs;
    return new Promise((resolve, reject) => {
      if (reader?.destroyed) return reject(overloaded());
      const gone = (): void => waiting.refuse(overloaded());
      const timer = setTimeout(gone, usefulMs);
      const over = (end: () => void): void => {
        clearTimeout(timer);
        reader?.off('close', gone);
        this.queue.delete(waiting);
        end();
      };
      const waiting: Waiting = { enter: () => over(resolve), refuse: (why) => over(() => reject(why)) };
      reader?.once('close', gone);
      this.queue.add(waiting);
    });
  }

  /** The place goes to whoever has waited longest, and is nobody's in between. */
  private leave(): void {
    const [next] = this.queue;
    if (next) next.enter();
    else this.working -= 1;
  }
}

interface Waiting {
  enter(): void;
  refuse(why: Problem): void;
}

export function overloaded(): Problem {
  return new Problem('overloaded', { retryAfterSeconds: RETRY_SECONDS });
}
