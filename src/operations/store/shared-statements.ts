import type { EntityManager } from 'typeorm';
import type { GatewayEvent } from '../../gateways/payment-gateway.js';
import type { Clock } from '../../platform/clock.js';
import { SharedStatement } from '../../platform/database/shared-statement.js';
import { Traffic } from '../../platform/database/traffic.js';
import type { SubscriptionChange } from '../../subscriptions/subscription.entity.js';
import type { Draft } from '../draft.js';
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
} from './operation-store.js';
import type { Operation } from '../operation.entity.js';

export interface SharingLimits {
  /** Statements of each sort that are under way at once. */
  maxUnderWay: number;
  /** So many go together though another statement of their sort is under way. */
  enough: number;
  /** Items in one statement. */
  maxItems: number;
  /** Statements of all sorts under way, from which on a few wait to become more. */
  busyAt: number;
}

/**
 * What a statement costs is for the most part the same for one item as for many: whoever comes while one of any sort is under way waits for it, until there are
 * enough. With a second one that takes whoever there is, sets are smaller and there are more commits (measured: docs/performance.md).
 */
const LIMITS: SharingLimits = { maxUnderWay: 2, enough: 24, maxItems: 64, busyAt: 1 };

/**
 * A store whose callers share statements: looks, records, claims and settles that arrive together go to the store behind it as one set, and are committed once.
 * All else, and whatever is done inside a transaction, passes through.
 */
export class SharedStatements extends OperationStore {
  private readonly looks: SharedStatement<Look, Seen>;
  private readonly records: SharedStatement<Draft, Recorded>;
  private readonly claims: SharedStatement<Claim, Claimed | null>;
  private readonly settles: SharedStatement<Settlement, Settled | null>;

  constructor(
    /** What the sets go to; whoever wants each statement to be of one caller goes there as well. */
    readonly behind: OperationStore,
    limits = LIMITS,
    clock?: Clock,
  ) {
    super();
    const how = { ...limits, traffic: new Traffic(limits.busyAt), ...(clock ? { clock } : {}) };
    this.looks = new SharedStatement({ ...how, send: (set) => behind.look(set), writesNothing: true });
    this.records = new SharedStatement({ ...how, send: (set) => behind.record(set), nameOf: ({ userId }) => userId });
    this.claims = new SharedStatement({ ...how, send: (set) => behind.claim(set), nameOf: ({ id }) => id });
    this.settles = new SharedStatement({ ...how, send: (set) => behind.settle(set), nameOf: ({ id }) => id });
  }

  within(tx: EntityManager): OperationStore {
    return this.behind.within(tx);
  }

  look(asked: Look[]): Promise<Seen[]> {
    return this.looks.ask(asked);
  }

  record(drafts: Draft[]): Promise<Recorded[]> {
    return this.records.ask(drafts);
  }

  settle(settlements: Settlement[]): Promise<(Settled | null)[]> {
    return this.settles.ask(settlements);
  }

  recordBeside(draft: Draft, change: SubscriptionChange, subscriptionVersion: number): Promise<Recorded> {
    return this.behind.recordBeside(draft, change, subscriptionVersion);
  }

  join(joins: Join[]): Promise<(Operation | null)[]> {
    return this.behind.join(joins);
  }

  claim(claims: Claim[]): Promise<(Claimed | null)[]> {
    return this.claims.ask(claims);
  }

  refundLate(late: Late): Promise<Operation | null> {
    return this.behind.refundLate(late);
  }

  refund(wish: RefundWish): Promise<Refunding | null> {
    return this.behind.refund(wish);
  }

  due(limit: number): Promise<Due[]> {
    return this.behind.due(limit);
  }

  holdDueSubscriptions(limit: number, holdMs: number): Promise<DueSubscription[]> {
    return this.behind.holdDueSubscriptions(limit, holdMs);
  }

  forgetKeys(olderThanHours: number): Promise<void> {
    return this.behind.forgetKeys(olderThanHours);
  }

  versions(ids: string[]): Promise<Map<string, number>> {
    return this.behind.versions(ids);
  }

  read(id: string): Promise<Settled | null> {
    return this.behind.read(id);
  }

  findByReference(reference: string): Promise<Operation | null> {
    return this.behind.findByReference(reference);
  }

  keepEvent(gateway: string, event: GatewayEvent): Promise<boolean> {
    return this.behind.keepEvent(gateway, event);
  }

  takeEvents(gateway: string, limit: number): Promise<TakenEvent[]> {
    return this.behind.takeEvents(gateway, limit);
  }

  closeEvent(gateway: string, eventId: string, outcome: string): Promise<void> {
    return this.behind.closeEvent(gateway, eventId, outcome);
  }
}
