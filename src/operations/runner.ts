import type { Logger } from 'pino';
import type { Lease, Leases } from '../leases/leases.js';
import type { Clock } from '../platform/clock.js';
import { newId, toPublicId } from '../platform/ids.js';
import type { Metrics } from '../platform/telemetry/metrics.js';
import type { GatewayCaller } from './gateway-caller.js';
import type { Due, OperationStore, Settled, Settlement } from './store/operation-store.js';
import { logIdsOf } from './log-ids.js';
import { Meanwhile } from './meanwhile.js';
import type { Operation } from './operation.entity.js';
import type { Happening } from './timeline.js';
import { isConclusive, nextStep, verdictOf, type Held, type Verdict, settlementOf } from './verdict.js';
import type { OperationWatch } from './watch.js';

export interface RunnerParts {
  store: OperationStore;
  caller: GatewayCaller;
  leases: Leases;
  clock: Clock;
  watch: OperationWatch;
  metrics: Metrics;
  log: Logger;
}

/** What a person found out about a charge in doubt, or about one that is to be given back: whether the customer is charged. */
export interface PersonalFinding {
  outcome: 'charged' | 'not_charged';
  gatewayReference?: string | undefined;
}

/** `owned`: somebody alive has it; `gone`: somebody moved it first. Who asked may look again. */
export type TakenOver = { kind: 'driven'; settled: Settled } | { kind: 'owned' } | { kind: 'gone' };

/** A settle that failed for a passing reason (a lost connection, a deadlock) is tried again this often: it is safe, because it is fenced. */
const SETTLE_TRIES = 3;
const SETTLE_PAUSE_MS = 100;

/**
 * Carries an operation from where it stands to its outcome: asks the gateway, then settles. The request that recorded it, a webhook,
 * an admin's button and recovery all come through here.
 */
export class Runner {
  private readonly underWay = new Set<Promise<unknown>>();
  private readonly meanwhile = new Map<string, Meanwhile>();

  constructor(private readonly parts: RunnerParts) {}

  /** Drives what was just recorded. The lease, where there is one, is released when the outcome is written; nobody waits for that. */
  run(operation: Operation, now: Date, lease: Lease | null): Promise<Settled> {
    const held: Held = { operation, now, last: false, first: true, cancel: false };
    return this.track(this.drive(held, lease).finally(() => void lease?.release()));
  }

  /**
   * Takes an operation over from an owner that is gone: lease, fence, then the same drive. `cancel` ends it at the gateway.
   * Without a lease nobody can tell whether the owner is gone: `adopt` leaves it alone then, all others go on, for the fence keeps them safe.
   */
  takeOver(due: Due, by: string, how: { cancel?: boolean; adopt?: boolean } = {}): Promise<TakenOver> {
    return this.track(this.carryOn(due, by, how));
  }

  /** A request was answered though the operation is not over. Known where it is carried on here, and written down with what comes of that. */
  answered(operationId: string, requestId: string, status: number): void {
    this.meanwhile.get(operationId)?.answered(requestId, status);
  }

  /** Resolves when nothing is under way any more. */
  async drained(): Promise<void> {
    while (this.underWay.size > 0) await Promise.allSettled(this.underWay);
  }

  /** Writes down what a person found out, in the transaction of `store`. Null where somebody else moved the operation first. */
  async resolve(store: OperationStore, due: Due, by: string, { outcome, gatewayReference }: PersonalFinding): Promise<Settled | null> {
    const [claimed] = await store.claim([{ id: due.id, fence: due.fence, by, asks: false }]);
    if (!claimed) return null;
    const verdict = foundByPerson(claimed.operation, outcome, gatewayReference ?? null);
    const happened = { type: 'resolved' as const, data: { by, outcome } };
    const [settled] = await store.settle([settlementOf(claimed.operation, verdict, claimed.now, [happened])]);
    if (settled?.refunded) this.alarmLateMoney(settled.operation);
    return settled ?? null;
  }

  private async carryOn(due: Due, by: string, { cancel = false, adopt = false }): Promise<TakenOver> {
    const acquisition = await this.parts.leases.acquire(due.userId);
    if (acquisition.kind === 'taken' || (adopt && acquisition.kind !== 'acquired')) return { kind: 'owned' };
    try {
      const [claimed] = await this.parts.store.claim([{ id: due.id, fence: due.fence, by, asks: true }]);
      if (!claimed) return { kind: 'gone' };
      this.parts.metrics.recoveryChecks.inc({ by });
      const lease = acquisition.kind === 'acquired' ? acquisition.lease : null;
      return { kind: 'driven', settled: await this.drive({ ...claimed, first: false, cancel }, lease) };
    } finally {
      if (acquisition.kind === 'acquired') void acquisition.lease.release();
    }
  }

  private async drive(held: Held, lease: Lease | null): Promise<Settled> {
    const { operation } = held;
    const meanwhile = new Meanwhile(lease, this.parts.clock);
    this.meanwhile.set(operation.id, meanwhile);
    try {
      const step = nextStep(held, this.parts.caller.abilities);
      if (step === 'settle') return await this.settle(held, { status: 'succeeded' }, []);
      const { outcome, happened } = await this.parts.caller.ask(step, held);
      return await this.settle(held, verdictOf(outcome, held), [...meanwhile.happened(), ...happened]);
    } catch (error) {
      this.parts.log.error({ err: error, ...logIdsOf(operation) }, 'operation left open');
      return await this.leaveOpen(held);
    } finally {
      if (this.meanwhile.get(operation.id) === meanwhile) this.meanwhile.delete(operation.id);
    }
  }

  /** Money may have moved and the answer could not be written down: recovery finds the operation, and after its last check a person has to. */
  private async leaveOpen({ operation, now, last }: Held): Promise<Settled> {
    const left = last ? await this.write(operation, { status: 'needs_review' }, now, []).catch(() => null) : null;
    return left ?? { operation, subscription: null };
  }

  private async settle(held: Held, verdict: Verdict, happened: Omit<Happening, 'at'>[]): Promise<Settled> {
    const settled = await this.write(held.operation, verdict, held.now, happened);
    return settled ?? this.settleAfterLoss(held, verdict, happened);
  }

  /**
   * The fence is lost. A conclusive answer is still worth writing while the operation is open, whoever moves it meanwhile; a success
   * that comes after its end is late money.
   */
  private async settleAfterLoss(held: Held, verdict: Verdict, happened: Omit<Happening, 'at'>[]): Promise<Settled> {
    const { id } = held.operation;
    for (let attempt = 1; ; attempt += 1) {
      const now = await this.parts.store.read(id);
      if (!now) throw new Error(`operation ${id} is gone`);
      const { operation } = now;
      if (!operation.isOpen && verdict.status === 'succeeded') await this.giveBackLate(operation, verdict.gatewayReference ?? null);
      if (!operation.isOpen || !isConclusive(verdict) || attempt > SETTLE_TRIES) return now;
      const [claimed] = await this.parts.store.claim([{ id, fence: operation.fence, by: 'former owner', asks: false }]);
      const settled = claimed && (await this.write(claimed.operation, verdict, claimed.now, happened));
      if (settled) return settled;
    }
  }

  /** Money that came after an operation ended without it: given back by an operation of its own, once, and never quietly. True where it was this call that recorded it. */
  async giveBackLate({ id, status }: Operation, gatewayReference: string | null): Promise<boolean> {
    if (status === 'succeeded') return false;
    const refund = await this.parts.store.refundLate({ operationId: id, refundId: newId(), gatewayReference });
    if (refund) this.alarmLateMoney(refund);
    return refund !== null;
  }

  private alarmLateMoney({ id, refundsOperationId }: Operation): void {
    this.parts.metrics.alarms.inc({ alarm: 'late_money' });
    this.parts.log.error(
      { operationId: toPublicId('op', refundsOperationId ?? id) },
      'money came that could not be used: it is given back',
    );
  }

  private async write(operation: Operation, verdict: Verdict, now: Date, happened: Omit<Happening, 'at'>[]): Promise<Settled | null> {
    const settled = await this.persist(settlementOf(operation, verdict, now, happened));
    if (!settled) return null;
    if (settled.refunded) this.alarmLateMoney(settled.operation);
    this.parts.watch.announce(settled.operation.id, settled.operation.version);
    this.parts.metrics.operations.inc({ kind: operation.kind, status: verdict.status });
    const { status: from, fence } = operation;
    this.parts.log.info({ ...logIdsOf(operation), from, to: verdict.status, fence }, 'operation moved');
    return settled;
  }

  private async persist(settlement: Settlement): Promise<Settled | null> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return (await this.parts.store.settle([settlement]))[0] ?? null;
      } catch (error) {
        if (attempt === SETTLE_TRIES) throw error;
        await this.parts.clock.sleep(SETTLE_PAUSE_MS * attempt);
      }
    }
  }

  private track<T>(work: Promise<T>): Promise<T> {
    this.underWay.add(work);
    const done = () => void this.underWay.delete(work);
    work.then(done, done);
    return work;
  }
}

/** Of a refund a person finds out whether the customer still is charged: it is over when not, and given up when the charge is to stand. */
function foundByPerson({ kind }: Operation, outcome: PersonalFinding['outcome'], gatewayReference: string | null): Verdict {
  if (kind === 'refund') return outcome === 'charged' ? { status: 'canceled' } : { status: 'succeeded', gatewayReference };
  if (outcome === 'charged') return { status: 'succeeded', gatewayReference };
  const detail = 'A person found that nothing was charged.';
  return { status: 'failed', problem: { code: 'payment-declined', detail, declineCode: 'not_charged' } };
}
