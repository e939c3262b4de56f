import type { EntityManager } from 'typeorm';
import type { GatewayEvent } from '../gateways/payment-gateway.js';
import { SharedStatement } from '../platform/database/shared-statement.js';
import type { SubscriptionChange } from '../subscriptions/subscription.entity.js';
import {
  OperationStore,
  type Claim,
  type Claimed,
  type Draft,
  type Due,
  type Join,
  type Late,
  type Look,
  type Recorded,
  type Seen,
  type Settled,
  type Settlement,
  type TakenEvent,
} from './operation-store.js';
import type { Operation } from './operation.entity.js';

export interface SharingLimits {
  /** Statements of each sort that are under way at once. */
  maxUnderWay: number;
  /** Items in one statement. */
  maxItems: number;
}

/** While one set commits the next one is on its way; with more of them the sets are smaller and there are more commits (measured: bench/README.md). */
const LIMITS: SharingLimits = { maxUnderWay: 2, maxItems: 64 };

/**
 * A store whose callers share statements: looks, records and settles that arrive together go to the store behind it as one set, and are committed once.
 * All else, and whatever is done inside a transaction, passes through.
 */
export class SharedStatements extends OperationStore {
  private readonly looks: SharedStatement<Look, Seen>;
  private readonly records: SharedStatement<Draft, Recorded>;
  private readonly settles: SharedStatement<Settlement, Settled | null>;

  constructor(
    /** What the sets go to; whoever wants each statement to be of one caller goes there as well. */
    readonly behind: OperationStore,
    limits = LIMITS,
  ) {
    super();
    this.looks = new SharedStatement({ ...limits, send: (set) => behind.look(set), writesNothing: true });
    this.records = new SharedStatement({ ...limits, send: (set) => behind.record(set), nameOf: ({ userId }) => userId });
    this.settles = new SharedStatement({ ...limits, send: (set) => behind.settle(set), nameOf: ({ id }) => id });
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
    return this.behind.claim(claims);
  }

  refundLate(late: Late): Promise<Operation | null> {
    return this.behind.refundLate(late);
  }

  due(limit: number): Promise<Due[]> {
    return this.behind.due(limit);
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
