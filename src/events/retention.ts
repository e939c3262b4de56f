import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { FORGET_SQL } from './feed.sql.js';

export interface RetentionParts {
  database: DataSource;
  onError: (error: unknown) => void;
}

/** A tab that comes back later than this begins with the state as it is then. */
const KEPT_HOURS = 72;
/** A portion is deleted in tens of milliseconds, so that no statement of anybody waits behind it. */
const PORTION = 2_000;
const EVERY_MS = 60_000;
/** Between portions, while there are more. */
const PAUSE_MS = 100;

/** Forgets old events. Any number of processes may do so at once. */
export class Retention {
  private readonly stopping = new AbortController();
  private loop: Promise<void> | null = null;

  constructor(private readonly parts: RetentionParts) {}

  start(): void {
    this.loop ??= this.forgetUntilStopped();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  /** Forgets one portion at most. Answers how many events it was. */
  async forget(portion = PORTION): Promise<number> {
    const [, count] = (await this.parts.database.query(FORGET_SQL, [`${KEPT_HOURS} hours`, portion])) as [unknown[], number];
    return count;
  }

  private async forgetUntilStopped(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const forgotten = await this.forget().catch((error: unknown) => (this.parts.onError(error), 0));
      await sleep(forgotten === PORTION ? PAUSE_MS : EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}
