import type { Logger } from 'pino';
import pLimit from 'p-limit';
import type { Clock } from '../platform/clock.js';
import { toPublicId } from '../platform/ids.js';
import type { GatewayInbox } from './gateway-inbox.js';
import type { Due, OperationStore } from './store/operation-store.js';
import type { Runner } from './runner.js';

export interface RecoveryParts {
  store: OperationStore;
  runner: Runner;
  inbox: GatewayInbox;
  clock: Clock;
  log: Logger;
  /** How often due operations are looked for, in milliseconds. */
  intervalMs: number;
  /** How long an idempotency key replays after its operation is over, in hours. */
  keyRetentionHours: number;
}

/**
 * Operations that recovery works on at one time. One that waits for the gateway costs a socket and no connection to the database, so it takes
 * this many hanging calls to hold up another operation, and then for one gateway timeout.
 */
const MAX_AT_WORK = 256;
/** Operations listed in one look. One that found as many is followed by the next as soon as it is done. */
const MAX_DUE = 512;
/** Old keys are cleared out this often. */
const KEYS_EVERY_MS = 600_000;

/**
 * Finds what was left open. It sweeps over rows that are due by the database's clock and never rests on a message that a crashed process
 * should have sent. What it finds goes through the same runner as everything else.
 */
export class Recovery {
  private readonly limit = pLimit(MAX_AT_WORK);
  private readonly atWork = new Set<string>();
  private readonly stopping = new AbortController();
  private loop: Promise<void> | null = null;

  constructor(private readonly parts: RecoveryParts) {}

  start(): void {
    this.loop ??= this.sweepUntilStopped();
  }

  /** Resolves when no further sweep begins; work under way goes on and is drained by the runner. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.limit.clearQueue();
    await this.loop;
  }

  /** One look at what is due. Resolves when all that it found is carried on, with whether it is worth looking again at once. */
  async sweep(): Promise<boolean> {
    const due = await this.parts.store.due(MAX_DUE + this.atWork.size);
    const free = due.filter(({ id }) => !this.atWork.has(id));
    const [carriedOn] = await Promise.all([Promise.all(free.map((found) => this.carryOn(found))), this.parts.inbox.sweep()]);
    return carriedOn.filter(Boolean).length > MAX_DUE / 2;
  }

  private async sweepUntilStopped(): Promise<void> {
    let keysAt = this.parts.clock.monotonicMs() + KEYS_EVERY_MS;
    while (!this.stopping.signal.aborted) {
      const swept = this.sweep().catch((error: unknown) => {
        this.parts.log.warn({ err: error }, 'sweep failed');
        return false;
      });
      if (this.parts.clock.monotonicMs() >= keysAt) {
        keysAt = this.parts.clock.monotonicMs() + KEYS_EVERY_MS;
        await this.parts.store
          .forgetKeys(this.parts.keyRetentionHours)
          .catch((error: unknown) => this.parts.log.warn({ err: error }, 'keys not cleared'));
      }
      await Promise.race([this.parts.clock.sleep(this.parts.intervalMs, this.stopping.signal), whereMore(swept)]);
    }
  }

  /** Whether it was worked on here, and is not somebody else's. */
  private async carryOn(due: Due): Promise<boolean> {
    this.atWork.add(due.id);
    try {
      const { kind } = await this.limit(() => this.parts.runner.takeOver(due, 'recovery'));
      return kind === 'driven';
    } catch (error) {
      this.parts.log.warn({ err: error, operationId: toPublicId('op', due.id) }, 'recovery could not work on an operation');
      return false;
    } finally {
      this.atWork.delete(due.id);
    }
  }
}

/** Resolves where a sweep says that there is more, and never where it does not: then the interval counts, whether the sweep is done or hangs at the gateway. */
function whereMore(swept: Promise<boolean>): Promise<void> {
  return new Promise((resolve) => void swept.then((more) => more && resolve()));
}
