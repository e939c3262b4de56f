import type { GatewayEvent } from '../../src/gateways/payment-gateway.js';
import type { Draft } from '../../src/operations/draft.js';
import {
  OperationStore,
  type Claim,
  type Claimed,
  type Due,
  type DueSubscription,
  type Join,
  type Late,
  type Look,
  type Recorded,
  type Refunding,
  type RefundWish,
  type Seen,
  type Settled,
  type Settlement,
  type TakenEvent,
} from '../../src/operations/store/operation-store.js';
import { WAITING_CHECK_MS } from '../../src/operations/store/claim.sql.js';
import type { Operation } from '../../src/operations/operation.entity.js';
import { EVENT_DOUBLINGS, EVENT_TRIES } from '../../src/operations/store/inbox.sql.js';
import { isOpen } from '../../src/operations/states.js';
import type { SubscriptionChange } from '../../src/subscriptions/subscription.entity.js';
import { appended, NEW, refundLate, refundOne } from './store-refunds.js';
import { ALL_GUARDS, become, settleOne, type StoreGuards } from './store-settle.js';
import { stamped, StoreState, Violation } from './store-state.js';

export interface SimulatedStoreParts {
  /** The database's clock, in milliseconds. */
  nowMs: () => number;
  newId: () => string;
  scheduleMs: readonly number[];
  againMs: number;
  guards?: Partial<StoreGuards>;
}

const HOUR_MS = 3_600_000;

/**
 * The operations in memory, statement by statement what Postgres does: it runs the same contract, and the same random scripts are run on both.
 * Every statement is done before its method returns, so that none sees half of another.
 */
export class SimulatedStore extends OperationStore {
  readonly state = new StoreState();
  /** By the world's clock: until then somebody keeps a lock for which every statement waits. */
  heldUntil = 0;
  private readonly guards: StoreGuards;

  constructor(private readonly parts: SimulatedStoreParts) {
    super();
    this.guards = { ...ALL_GUARDS, ...parts.guards };
  }

  within(): OperationStore {
    return this;
  }

  async look(asked: Look[]): Promise<Seen[]> {
    const { state } = this;
    return asked.map(({ userId, key, reference }) => {
      const use = state.key(userId, key);
      const keyed = state.operations.get(use?.operationId ?? '') ?? null;
      const last = state.of(userId).reduce<Operation | null>((a, b) => (b.turn !== null && b.turn > (a?.turn ?? 0) ? b : a), null);
      return {
        now: this.now(),
        keyed: use ? { fingerprint: use.fingerprint, operation: keyed, subscription: this.subscriptionOf(keyed) } : null,
        open: state.openOf(userId),
        subscription: state.liveOf(userId),
        hadSubscription: [...state.subscriptions.values()].some((subscription) => subscription.userId === userId),
        credit: Object.fromEntries(
          [...state.accounts.values()].filter((account) => account.userId === userId).map(({ currency, balance }) => [currency, balance]),
        ),
        last: last && { id: last.id, turn: last.turn as number, intent: last.intent, namedCard: last.namedCard },
        referenceUsed: state.references.has(reference),
      };
    });
  }

  async record(drafts: Draft[]): Promise<Recorded[]> {
    // Raised before anything of the set is written. Alone, the store knows whose it was.
    if (drafts.length > 1 && drafts.some((draft) => this.refusalOf(draft) === 'key_used'))
      throw new Violation('23505', 'one_meaning_per_key');
    return drafts.map((draft) => this.recordOne(draft));
  }

  async recordBeside(draft: Draft, change: SubscriptionChange, subscriptionVersion: number): Promise<Recorded> {
    const standing = this.state.subscriptions.get(draft.subscriptionId ?? '');
    if (!standing || standing.status === 'canceled' || standing.version !== subscriptionVersion) return { kind: 'overtaken' };
    if (this.takesTurn(draft) || this.state.references.has(draft.reference)) return { kind: 'overtaken' };
    if (this.state.key(draft.userId, draft.key)) throw new Violation('23505', 'one_meaning_per_key');
    const now = this.now();
    const settled = {
      ...draft,
      status: 'succeeded',
      result: 'changed',
      amount: 0,
      creditApplied: 0,
      creditGranted: 0,
      seat: false,
    } as const;
    const operation = this.insert({ ...settled, toPlanId: null, currency: null, paymentMethod: null }, now);
    become(this.state, operation, change, now);
    return { kind: 'recorded', operation, now };
  }

  async join(joins: Join[]): Promise<(Operation | null)[]> {
    const now = this.now();
    const allowed = joins.map((join) => this.state.operations.get(join.operationId)?.userId === join.userId);
    joins.forEach(({ operationId, key, userId, fingerprint, requestId }, n) => {
      const operation = this.state.operations.get(operationId);
      if (!operation || !allowed[n]) return;
      const timeline = appended(operation, { type: 'request.joined', data: { requestId } }, now);
      this.state.update(operation, { requests: operation.requests + 1, timeline });
      if (key !== null && !this.state.key(userId, key)) this.state.putKey(userId, key, operationId, fingerprint, now.getTime());
    });
    return joins.map(({ operationId, key, userId, fingerprint }, n) => {
      const use = key === null ? null : this.state.key(userId, key);
      const means = use === null || (use?.operationId === operationId && use.fingerprint === fingerprint);
      return allowed[n] && means ? (this.state.operations.get(operationId) ?? null) : null;
    });
  }

  async claim(claims: Claim[]): Promise<(Claimed | null)[]> {
    const now = this.now();
    return claims.map(({ id, fence, by, asks }) => {
      const before = this.state.operations.get(id);
      if (!before || before.fence !== fence || !before.isOpen) return null;
      const next = this.parts.scheduleMs.map((ms) => before.createdAt.getTime() + ms).filter((at) => at > now.getTime());
      const operation = this.state.update(before, {
        fence: fence + 1,
        version: before.version + 1,
        checks: before.checks + Number(asks),
        attempts: before.attempts + Number(asks),
        nextCheckAt: before.status === 'needs_review' ? null : this.nextCheck(before, next, now),
        timeline: appended(before, { type: 'taken_over', data: { by, fence: fence + 1 } }, now),
        updatedAt: now,
      });
      return { operation, now, last: next.length === 0 };
    });
  }

  async settle(settlements: Settlement[]): Promise<(Settled | null)[]> {
    const now = this.now();
    return this.state.wholly(() => settlements.map((settlement) => settleOne(this.state, settlement, now, this.guards)));
  }

  async refundLate(late: Late): Promise<Operation | null> {
    return this.guards.lateMoney ? refundLate(this.state, late, this.now()) : null;
  }

  async refund(wish: RefundWish): Promise<Refunding | null> {
    return refundOne(this.state, wish, this.now(), this.guards.countsRefunds);
  }

  async due(limit: number): Promise<Due[]> {
    const now = this.parts.nowMs();
    return [...this.state.operations.values()]
      .filter(({ isOpen: open, nextCheckAt }) => open && nextCheckAt !== null && nextCheckAt.getTime() <= now)
      .sort((a, b) => (a.nextCheckAt as Date).getTime() - (b.nextCheckAt as Date).getTime())
      .slice(0, limit)
      .map(({ id, userId, fence }) => ({ id, userId, fence }));
  }

  async holdDueSubscriptions(limit: number, holdMs: number): Promise<DueSubscription[]> {
    const { state } = this;
    const now = this.parts.nowMs();
    const due = [...state.subscriptions.values()]
      .filter(({ id, nextAt }) => nextAt !== null && nextAt.getTime() <= now && (state.holds.get(id) ?? 0) <= now)
      .sort((a, b) => (a.nextAt as Date).getTime() - (b.nextAt as Date).getTime())
      .slice(0, limit);
    state.subscriptionChanges += due.length;
    for (const { id } of due) state.holds.set(id, now + holdMs);
    return due.map(({ id, userId, periodEnd, renewalAttempts }) => ({ id, userId, periodEnd, renewalAttempts }));
  }

  async forgetKeys(olderThanHours: number): Promise<void> {
    const before = this.parts.nowMs() - olderThanHours * HOUR_MS;
    for (const [name, { createdAt, operationId }] of this.state.keys)
      if (createdAt < before && !this.state.operations.get(operationId ?? '')?.isOpen) this.state.keys.delete(name);
  }

  async versions(ids: string[]): Promise<Map<string, number>> {
    const found = ids.map((id) => this.state.operations.get(id)).filter((operation) => operation !== undefined);
    return new Map(found.map(({ id, version }) => [id, version]));
  }

  async read(id: string): Promise<Settled | null> {
    const operation = this.state.operations.get(id);
    return operation ? { operation, subscription: this.subscriptionOf(operation) } : null;
  }

  async findByReference(reference: string): Promise<Operation | null> {
    return this.state.operationOf(reference);
  }

  async keepEvent(gateway: string, event: GatewayEvent): Promise<boolean> {
    const name = `${gateway} ${event.id}`;
    if (this.state.events.has(name)) return false;
    this.state.eventChanges += 1;
    const nextAttemptAt = event.reference === null ? null : this.parts.nowMs();
    this.state.events.set(name, { gateway, event, attempts: 0, nextAttemptAt, outcome: null });
    return true;
  }

  async takeEvents(gateway: string, limit: number): Promise<TakenEvent[]> {
    const now = this.parts.nowMs();
    const due = [...this.state.events.values()]
      .filter((row) => row.gateway === gateway && row.nextAttemptAt !== null && row.nextAttemptAt <= now)
      .sort((a, b) => (a.nextAttemptAt as number) - (b.nextAttemptAt as number))
      .slice(0, limit);
    this.state.eventChanges += due.length;
    for (const row of due) {
      row.nextAttemptAt = row.attempts + 1 < EVENT_TRIES ? now + 2_000 * 2 ** Math.min(row.attempts, EVENT_DOUBLINGS) : null;
      row.attempts += 1;
    }
    return due.map(({ event, nextAttemptAt }) => ({ ...event, last: nextAttemptAt === null }));
  }

  async closeEvent(gateway: string, eventId: string, outcome: string): Promise<void> {
    const row = this.state.events.get(`${gateway} ${eventId}`);
    if (row) Object.assign(row, { outcome, nextAttemptAt: null });
    this.state.eventChanges += 1;
  }

  now(): Date {
    return new Date(this.parts.nowMs());
  }

  private recordOne(draft: Draft): Recorded {
    const { state } = this;
    const refusal = this.refusalOf(draft);
    if (refusal) return { kind: refusal === 'key_used' ? 'overtaken' : refusal };
    const now = this.now();
    const operation = this.insert(draft, now);
    if (operation.seatPlanId !== null) state.count(operation.seatPlanId, 1, 0);
    const { userId, currency, creditApplied, creditGranted } = operation;
    if (currency !== null && creditGranted > 0) state.openAccount(userId, currency);
    if (currency !== null && creditApplied > 0) state.moveCredit('applied', userId, currency, creditApplied, operation.id);
    return { kind: 'recorded', operation, now };
  }

  /** Why the statement leaves it unrecorded; null where it records it. */
  private refusalOf(draft: Draft): Exclude<Recorded['kind'], 'recorded'> | 'key_used' | null {
    const { state } = this;
    const plan = state.plans.get(draft.toPlanId ?? '');
    if (draft.planVersion !== null && plan?.version !== draft.planVersion) return 'plan_changed';
    if (state.of(draft.userId).some(({ turn }) => turn !== null && turn >= draft.turn) && this.guards.oneOpenPerUser) return 'overtaken';
    const full = !plan || plan.capacity === null || plan.seatsHeld + plan.seatsTaken >= plan.capacity;
    if (draft.seat && full) return 'plan_full';
    if (draft.creditApplied > (state.account(draft.userId, draft.currency)?.balance ?? 0)) return 'overtaken';
    if (this.takesTurn(draft) || state.references.has(draft.reference)) return 'overtaken';
    if (isOpen(draft.status) && this.guards.oneOpenPerUser && state.openOf(draft.userId)) return 'overtaken';
    if (this.guards.oneRenewalPerPeriod && state.isRenewed(draft.subscriptionId, draft.periodStart)) return 'overtaken';
    return state.key(draft.userId, draft.key) ? 'key_used' : null;
  }

  private takesTurn({ userId, turn }: Draft): boolean {
    return this.guards.oneOpenPerUser && this.state.of(userId).some((operation) => operation.turn === turn);
  }

  private insert(draft: Draft, now: Date): Operation {
    const { key, fingerprint, planVersion: _version, seat, happened, ...members } = draft;
    const open = isOpen(draft.status);
    const operation = this.state.insert({
      ...NEW,
      ...members,
      id: this.parts.newId(),
      periodStart: draft.periodStart === null ? null : new Date(draft.periodStart),
      seatPlanId: seat ? draft.toPlanId : null,
      refundsOperationId: null,
      attempts: draft.amount > 0 ? 1 : 0,
      nextCheckAt: open ? new Date(now.getTime() + (this.parts.scheduleMs[0] as number)) : null,
      timeline: stamped(happened, now),
      createdAt: now,
      updatedAt: now,
      settledAt: open ? null : now,
    });
    this.state.putKey(draft.userId, key, operation.id, fingerprint, now.getTime());
    return operation;
  }

  private nextCheck({ nextAction }: Operation, next: number[], now: Date): Date {
    const expires = nextAction ? Date.parse(nextAction.expiresAt) : 0;
    const waits = expires > now.getTime();
    const again = waits ? Math.max(this.parts.againMs, WAITING_CHECK_MS) : this.parts.againMs;
    const scheduled = next.length > 0 ? Math.min(...next) : now.getTime() + again;
    return new Date(waits ? Math.min(scheduled, expires) : scheduled);
  }

  private subscriptionOf(operation: Operation | null) {
    return this.state.subscriptions.get(operation?.subscriptionId ?? '') ?? null;
  }
}
