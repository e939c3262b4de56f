import type { Clock } from '../platform/clock.js';
import { toPublicId } from '../platform/ids.js';
import { Problem } from '../platform/problems/problem.js';
import type { Metrics } from '../platform/telemetry/metrics.js';
import { intentOf } from './intent.js';
import { wantsTheSame, type Ask, type Met } from './ask.js';
import type { OperationStore, Seen, Settled } from './store/operation-store.js';
import type { Operation } from './operation.entity.js';
import type { Runner } from './runner.js';
import type { OperationWatch } from './watch.js';

/** How often somebody who waits looks whether the owner of the operation is still alive: so long after its lease has run out the user goes on, at the latest. */
const ADOPT_EVERY_MS = 250;
/** Said to callers who are sent away while something is in flight. */
const SOON_SECONDS = 2;

/** What happens to a request that meets an operation of its user: it replays, joins, replaces or waits. */
export class Meeting {
  constructor(
    private readonly store: OperationStore,
    private readonly runner: Runner,
    private readonly watch: OperationWatch,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  /** The key was used before: the same request gets what became of it, another one is refused. */
  async again(ask: Ask, keyed: NonNullable<Seen['keyed']>, until: number): Promise<Met> {
    if (keyed.fingerprint !== ask.fingerprint || !keyed.operation) throw new Problem('idempotency-key-reused');
    this.metrics.duplicates.inc({ how: 'replayed' });
    const { operation, subscription } = keyed;
    if (operation.status !== 'pending') return { operation, subscription, via: 'replayed' };
    if (ask.strict) throw outstanding(operation);
    const { userId, fingerprint, requestId } = ask;
    await this.store.join([{ operationId: operation.id, userId, key: null, fingerprint, requestId }]);
    return { via: 'replayed', ...(await this.wait(operation, until, pending)) };
  }

  /** Another operation of the user is open. Null when it is over: look again. */
  async meet(ask: Ask, open: Operation, until: number): Promise<Met | null> {
    if (wantsTheSame(ask, open)) {
      if (ask.strict) throw outstanding(open);
      return this.join(ask, open.id, until);
    }
    if (open.status === 'requires_action' && canReplace(ask, open)) return this.replace(open, until);
    const over =
      open.status === 'needs_review' || open.status === 'requires_action' ? open : (await this.wait(open, until, isOpen)).operation;
    if (over.isOpen) throw conflicting(over);
    return null;
  }

  /** The request wants what an operation that was under way when it came is about: it is one of its requests, and its key another name. */
  async join({ userId, key, fingerprint, requestId }: Ask, operationId: string, until: number): Promise<Met | null> {
    const [joined] = await this.store.join([{ operationId, userId, key, fingerprint, requestId }]);
    if (!joined) return null;
    this.metrics.duplicates.inc({ how: 'joined' });
    return { via: 'joined', ...(await this.wait(joined, until, pending)) };
  }

  /** Answers a request with its own operation, at the latest when the caller's patience ends. The work goes on regardless. */
  async outcome(started: Settled, driven: Promise<Settled>, until: number): Promise<Met> {
    const settled = await this.patiently(driven, until);
    return { via: 'started', goesOn: driven, ...(settled ?? started) };
  }

  /** The customer tries another card instead of authenticating the first: that one is ended at the gateway before there is room. */
  private async replace(open: Operation, until: number): Promise<null> {
    const taken = await this.patiently(this.runner.takeOver(open, 'request', { cancel: true }), until);
    if (!taken) throw conflicting(open);
    if (taken.kind === 'driven' && taken.settled.operation.isOpen) throw conflicting(taken.settled.operation);
    if (taken.kind === 'owned') {
      const left = until - this.clock.monotonicMs();
      if (left <= 0) throw conflicting(open);
      await this.watch.changed(open, Math.min(left, ADOPT_EVERY_MS));
    }
    return null;
  }

  /** Waits while `still` holds, and adopts the operation if its owner is gone. */
  private async wait(operation: Operation, until: number, still: (operation: Operation) => boolean): Promise<Settled> {
    let known: Settled = { operation, subscription: null };
    let adoptAt = this.clock.monotonicMs();
    while (still(known.operation)) {
      const now = this.clock.monotonicMs();
      if (now >= until) break;
      const owned = pending(known.operation);
      if (owned && now >= adoptAt) {
        adoptAt = now + ADOPT_EVERY_MS;
        await this.patiently(this.runner.takeOver(known.operation, 'request', { adopt: true }), until);
      } else {
        await this.watch.changed(known.operation, owned ? Math.min(until, adoptAt) - now : until - now);
      }
      known = (await this.store.read(operation.id)) ?? known;
    }
    return known.subscription ? known : ((await this.store.read(operation.id)) ?? known);
  }

  /** What comes of the work, or nothing when the caller's patience ends first. The work goes on regardless. */
  private patiently<T>(work: Promise<T>, until: number): Promise<T | undefined> {
    return this.clock.within(Math.max(0, until - this.clock.monotonicMs()), work);
  }
}

/** The same with another card; and who pays what is due by themselves need not authenticate what time asked for. */
function canReplace(ask: Ask, open: Operation): boolean {
  return intentOf(ask) === open.intent || (ask.verb === 'pay' && open.kind === 'renew');
}

function pending(operation: Operation): boolean {
  return operation.status === 'pending';
}

function isOpen(operation: Operation): boolean {
  return operation.isOpen;
}

function conflicting(operation: Operation): Problem {
  return new Problem('conflicting-operation', {
    operationId: toPublicId('op', operation.id),
    retryAfterSeconds: SOON_SECONDS,
    embedded: { operation },
  });
}

function outstanding(operation: Operation): Problem {
  return new Problem('request-outstanding', {
    operationId: toPublicId('op', operation.id),
    retryAfterSeconds: SOON_SECONDS,
    embedded: { operation },
  });
}
