import type { Logger } from 'pino';
import type { Clock } from '../../platform/clock.js';
import { toPublicId } from '../../platform/ids.js';
import { Problem } from '../../platform/problems/problem.js';
import type { Metrics } from '../../platform/telemetry/metrics.js';
import type { Ask } from '../ask.js';
import type { DueSubscription, OperationStore } from '../store/operation-store.js';
import type { Operations } from '../operations.js';

export interface RenewalsParts {
  store: OperationStore;
  operations: Operations;
  clock: Clock;
  metrics: Metrics;
  log: Logger;
  /** How often due subscriptions are looked for, in milliseconds. */
  intervalMs: number;
}

/** Renewals at work at one time: they share statements, so that more of them make larger sets; one that hangs holds up no other. */
const MAX_AT_WORK = 256;
/** Subscriptions held by one look. The next look waits until there is room for as many: one for each that ends would be a statement each. */
const MAX_HELD = 128;
/** How long others leave alone what this process holds. One that could not be renewed, for whatever reason, is tried again after it. */
const HOLD_MS = 60_000;
/** How long a renewal waits for its user's own operation. */
const PATIENCE_MS = 10_000;
/** Refusals that are answers: somebody else was at it, or it is for later. */
const ANSWERS: ReadonlySet<string> = new Set([
  'nothing-due',
  'conflicting-operation',
  'gateway-unavailable',
  'not-subscribed',
  'not-found',
  'overloaded',
]);

/**
 * Does what time asks for. Due subscriptions are found through an index, held with `skip locked` by any number of processes, and each is submitted like a
 * wish of its user: same lease, same records, same recovery.
 */
export class Renewals {
  private readonly atWork = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private loop: Promise<void> | null = null;

  constructor(private readonly parts: RenewalsParts) {}

  start(): void {
    this.loop ??= this.sweepUntilStopped();
  }

  /** Resolves when nothing new begins and what is under way is in the runner's hands or over. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
    await this.settled();
  }

  /** Holds what is due, as far as there is room for it, and begins with it. Resolves with how many that are. */
  async sweep(): Promise<number> {
    const room = Math.min(MAX_HELD, MAX_AT_WORK - this.atWork.size);
    if (room <= 0) return 0;
    const due = await this.parts.store.holdDueSubscriptions(room, HOLD_MS);
    for (const subscription of due) this.begin(subscription);
    return due.length;
  }

  /** Resolves when nothing that was begun is still at work. */
  async settled(): Promise<void> {
    while (this.atWork.size > 0) await Promise.allSettled(this.atWork);
  }

  private begin(due: DueSubscription): void {
    const work = this.renew(due).finally(() => void this.atWork.delete(work));
    this.atWork.add(work);
  }

  private async renew(due: DueSubscription): Promise<void> {
    try {
      const met = await this.parts.operations.submit(askOf(due));
      await met.goesOn;
    } catch (error) {
      if (error instanceof Problem && ANSWERS.has(error.code)) return;
      this.parts.metrics.alarms.inc({ alarm: 'renewal_failed' });
      this.parts.log.error({ err: error, subscriptionId: toPublicId('sub', due.id) }, 'a subscription could not be renewed');
    }
  }

  private async sweepUntilStopped(): Promise<void> {
    const { clock, log, intervalMs } = this.parts;
    while (!this.stopping.signal.aborted) {
      const found = await this.sweep().catch((error: unknown) => {
        log.warn({ err: error }, 'due subscriptions not swept');
        return 0;
      });
      if (found < MAX_HELD) await clock.sleep(intervalMs, this.stopping.signal);
      while (this.atWork.size > MAX_AT_WORK - MAX_HELD) await Promise.race(this.atWork);
    }
  }
}

/**
 * What time asks for. Key and reference follow from the subscription, its period and the number of the try alone, so that whoever asks, however often, asks
 * for the same. The key has spaces, which no caller's key has: nobody can take it.
 */
function askOf({ id, userId, periodEnd, renewalAttempts: attempts }: DueSubscription): Ask {
  const key = `renew ${toPublicId('sub', id)} ${periodEnd.toISOString()} ${attempts}`;
  return {
    verb: 'renew',
    userId,
    key,
    fingerprint: key,
    subscriptionId: id,
    due: { periodEnd: periodEnd.toISOString(), attempts },
    ifMatch: null,
    waitMs: PATIENCE_MS,
    strict: false,
    requestId: 'time',
    traceparent: null,
  };
}
