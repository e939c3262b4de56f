import type { Leases } from '../leases/leases.js';
import type { Clock } from '../platform/clock.js';
import { Problem } from '../platform/problems/problem.js';
import type { Metrics } from '../platform/telemetry/metrics.js';
import { familyIn } from '../subscriptions/families.js';
import { wantsTheSame, type Ask, type Met } from './ask.js';
import type { AuditedRecord } from './audited-record.js';
import type { Decisions, Drafting, QuoteAsk } from './decisions.js';
import { referenceOf } from './intent.js';
import { WISHES } from './kinds/kinds.js';
import type { Meeting } from './meeting.js';
import type { Draft } from './draft.js';
import type { OperationStore, Recorded, Seen } from './store/operation-store.js';
import type { Operation } from './operation.entity.js';
import type { Quote } from './quote.entity.js';
import type { Runner } from './runner.js';
import type { SavedCards } from './cards/saved-cards.js';

/** Every round follows something that somebody else just did for the same user; more of them than this is a storm. */
const MAX_ROUNDS = 60;
/** Between taking the lease and recording lie a few milliseconds; whoever holds it longer without a record has crashed or is stuck. */
const STARTING_PATIENCE_MS = 400;
const STARTING_LOOK_MS = 20;

export interface OperationsParts {
  store: OperationStore;
  leases: Leases;
  decisions: Decisions;
  runner: Runner;
  meeting: Meeting;
  cards: SavedCards;
  clock: Clock;
  metrics: Metrics;
  audited: AuditedRecord;
}

/** The start of every operation: who was here before, what is decided, what is recorded. Then the runner has it. */
export class Operations {
  constructor(private readonly parts: OperationsParts) {}

  /**
   * Does what is asked at most once. Answers with the operation when it is over, when it waits for somebody, or when the caller's patience ends,
   * whichever comes first. Throws the Problem of a refusal; nothing is recorded then.
   */
  async submit(ask: Ask): Promise<Met> {
    const arrived = this.parts.clock.monotonicMs();
    const until = arrived + ask.waitMs;
    let turnOnArrival: number | null = null;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const { seen, reference } = await this.look(ask);
      if (seen.keyed) return this.parts.meeting.again(ask, seen.keyed, until);
      const turn = seen.last?.turn ?? 0;
      turnOnArrival ??= turn;
      // What was recorded since this request came was in flight together with it, even if it is over by now.
      if (seen.last && turn > turnOnArrival && wantsTheSame(ask, seen.last) && !ask.strict) {
        const joined = await this.parts.meeting.join(ask, seen.last.id, until);
        if (joined) return joined;
        continue;
      }
      const inTheWay = seen.open && !mayRunBeside(ask, seen);
      const impatient = this.parts.clock.monotonicMs() > arrived + STARTING_PATIENCE_MS;
      const met = inTheWay
        ? await this.parts.meeting.meet(ask, seen.open as NonNullable<Seen['open']>, until)
        : await this.start(ask, seen, reference, until, impatient);
      if (met) return met;
    }
    throw new Problem('overloaded', { detail: 'Too many requests of this user at once.', retryAfterSeconds: 1 });
  }

  /** That a request was answered before its operation was over, and how. */
  answered({ id }: Operation, requestId: string, status: number): void {
    this.parts.runner.answered(id, requestId, status);
  }

  /** What being on a plan would cost. Throws the Problem of a refusal; promises nothing but the price. */
  async preview(ask: QuoteAsk): Promise<Quote> {
    const [seen] = await this.parts.store.look([{ userId: ask.userId, key: '', reference: '' }]);
    return this.parts.decisions.quote(ask, seen as Seen);
  }

  /** One snapshot. A key that was forgotten here and is used anew gets a reference of its own, so that it never meets the old charge. */
  private async look(ask: Ask): Promise<{ seen: Seen; reference: string }> {
    for (let generation = 0; ; generation += 1) {
      const reference = referenceOf(ask.userId, ask.verb, ask.key, generation);
      const [seen] = (await this.parts.store.look([{ userId: ask.userId, key: ask.key, reference }])) as [Seen];
      if (!seen.referenceUsed || seen.keyed) return { seen, reference };
    }
  }

  /** Lease, decision, record, run. Null: somebody of the same user came first, look again. */
  private async start(ask: Ask, seen: Seen, reference: string, until: number, impatient: boolean): Promise<Met | null> {
    const acquisition = await this.parts.leases.acquire(ask.userId);
    this.parts.metrics.leases.inc({ outcome: acquisition.kind });
    this.parts.metrics.leasesDegraded.set(acquisition.kind === 'unavailable' ? 1 : 0);
    if (acquisition.kind === 'taken' && !impatient) {
      await this.parts.clock.sleep(STARTING_LOOK_MS);
      return null;
    }
    const lease = acquisition.kind === 'acquired' ? acquisition.lease : null;
    let handedOver = false;
    try {
      const { draft, recorded } = await this.decideAndRecord(ask, seen, { reference, leased: lease !== null });
      if (recorded?.kind === 'plan_full' && !familyIn(ask.planId ?? '')) throw await this.parts.decisions.full(draft, seen);
      if (recorded?.kind === 'plan_changed') this.parts.decisions.forgetPlans();
      if (recorded?.kind !== 'recorded') return null;
      const started = { operation: recorded.operation, subscription: seen.subscription };
      if (seen.open) return { ...((await this.parts.store.read(started.operation.id)) ?? started), via: 'started' };
      if (!started.operation.isOpen) return { ...started, via: 'started' };
      handedOver = true;
      const driven = this.parts.runner.run(recorded.operation, recorded.now, lease);
      return await this.parts.meeting.outcome(started, driven, until);
    } finally {
      if (!handedOver) void lease?.release();
    }
  }

  /** A renewal whose scheduled change finds its plan full keeps the plan that is held. */
  private async decideAndRecord(ask: Ask, seen: Seen, how: Drafting): Promise<{ draft: Draft; recorded: Recorded | undefined }> {
    const draft = await this.draft(ask, seen, how);
    const recorded = await this.record(draft, seen, ask);
    if (recorded?.kind === 'plan_full' && draft.kind === 'renew' && !how.planFull)
      return this.decideAndRecord(ask, seen, { ...how, planFull: true });
    return { draft, recorded };
  }

  /** The saved card can be charged only where the gateway keeps it for a customer: done here where it was not done yet. */
  private async draft(ask: Ask, seen: Seen, how: Drafting): Promise<Draft> {
    const draft = await this.parts.decisions.draft(ask, seen, how);
    if (!draft.terms.savedCard || draft.terms.customer || !seen.subscription) return draft;
    const subscription = await this.parts.cards.keep(seen.subscription, ask.requestId);
    if (subscription.customer === null)
      throw new Problem('gateway-unavailable', {
        detail: 'The gateway did not say that the saved card can be charged. Nothing was charged.',
      });
    return this.parts.decisions.draft(ask, { ...seen, subscription }, how);
  }

  /** Commit 1. Where its answer is lost, what is there decides whether it was made: a request that was recorded is not told that it failed. */
  private async record(draft: Draft, seen: Seen, { act }: Ask): Promise<Recorded | undefined> {
    try {
      if (seen.open) return await this.recordBeside(draft, seen);
      return act ? await this.parts.audited.record(draft, act) : (await this.parts.store.record([draft]))[0];
    } catch (error) {
      const [now] = await this.parts.store.look([draft]);
      if (!now?.keyed) throw error;
      return { kind: 'overtaken' };
    }
  }

  /** A subscriber may leave while a person still looks into an earlier operation: recorded already settled, so that there is never a second open one. */
  private recordBeside(draft: Draft, seen: Seen) {
    const change = WISHES[draft.kind].becomes(draft, seen.now);
    return this.parts.store.recordBeside({ ...draft, status: 'succeeded' }, change, seen.subscription?.version ?? 0);
  }
}

function mayRunBeside(ask: Ask, { open }: Seen): boolean {
  return ask.verb === 'cancel' && open?.status === 'needs_review';
}
