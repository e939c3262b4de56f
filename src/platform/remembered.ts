import type { Clock } from './clock.js';

/** For how long what was read is as good as read anew: the longer of the two. */
export interface Memory {
  ms: number;
  /** So many times as long as the reading took: reading takes no more than this part of a connection, however slow it becomes. */
  timesTheReading: number;
}

/**
 * A reading that many ask for. One is under way at a time, shared by all who come meanwhile, and what it said is told to whoever comes soon after. Of one that
 * failed nothing is remembered. What is told may be as old as its memory and two readings: it has to bear the time at which it was read.
 */
export class Remembered<Value> {
  private underWay: Promise<Value> | undefined;
  private last: { value: Value; goodUntilMs: number } | undefined;

  constructor(
    private readonly reading: () => Promise<Value>,
    private readonly memory: Memory,
    private readonly clock: Pick<Clock, 'monotonicMs'>,
  ) {}

  read(): Promise<Value> {
    if (this.last && this.clock.monotonicMs() < this.last.goodUntilMs) return Promise.resolve(this.last.value);
    return (this.underWay ??= this.readAnew().finally(() => (this.underWay = undefined)));
  }

  private async readAnew(): Promise<Value> {
    const startedAtMs = this.clock.monotonicMs();
    const value = await this.reading();
    const endedAtMs = this.clock.monotonicMs();
    const { ms, timesTheReading } = this.memory;
    this.last = { value, goodUntilMs: endedAtMs + Math.max(ms, timesTheReading * (endedAtMs - startedAtMs)) };
    return value;
  }
}
