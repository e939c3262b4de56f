import type { EntityManager } from 'typeorm';
import type { GatewayEvent } from '../../gateways/payment-gateway.js';
import type { Subscription, SubscriptionChange } from '../../subscriptions/subscription.entity.js';
import type { Draft } from '../draft.js';
import type { Failure, NextAction, Operation } from '../operation.entity.js';
import type { Credit } from '../kinds/payment.js';
import type { RefundTarget } from '../kinds/refund.js';
import type { Status } from '../states.js';
import type { Happening } from '../timeline.js';

/**
 * Where operations are written down. Every method is one statement and one commit, so that a frozen process holds no row lock,
 * and takes as many items as there are: alone, a request is a set of one.
 * Answers come in the order of what was asked. Rejects only when the database cannot be reached or refuses as a whole.
 */
export abstract class OperationStore {
  /** The same store inside an interactive transaction; for cold paths that must be one with something else. */
  abstract within(tx: EntityManager): OperationStore;
  /** What is known about a user and a key, in one snapshot. Writes nothing. */
  abstract look(asked: Look[]): Promise<Seen[]>;
  /** Commit 1: the operation, its key, its seat hold and its reserved credit, or nothing. */
  abstract record(drafts: Draft[]): Promise<Recorded[]>;
  /** An operation that charges nothing, recorded already settled beside one in review, if the subscription is still at `subscriptionVersion`. */
  abstract recordBeside(draft: Draft, change: SubscriptionChange, subscriptionVersion: number): Promise<Recorded>;
  /** Another key, and another request, for an operation that was under way when the request came. Null where it is not the user's, or the key has another meaning. */
  abstract join(joins: Join[]): Promise<(Operation | null)[]>;
  /** Takes operations over: the fence moves by one and the check is counted before any work. Null where the fence has moved on or the operation is over. */
  abstract claim(claims: Claim[]): Promise<(Claimed | null)[]>;
  /** Commit 2: the outcome and all that becomes true with it. Null where the fence was lost or the operation is over. */
  abstract settle(settlements: Settlement[]): Promise<(Settled | null)[]>;
  /**
   * Records the refund of money that came though its operation had ended without it, and notes it there. Once, however often and by
   * however many it is found: null where it was recorded before, and for an operation that is open or succeeded.
   */
  abstract refundLate(late: Late): Promise<Operation | null>;
  /**
   * Records a refund that a person asked for and counts it on what was paid: together with all others it is never more than that. What goes to the card is
   * to be driven then; what becomes credit is done, into an account that was opened by a statement before. Null where there is no such operation.
   */
  abstract refund(wish: RefundWish): Promise<Refunding | null>;
  /** Open operations whose next check is due by the database's clock, most overdue first. */
  abstract due(limit: number): Promise<Due[]>;
  /**
   * Subscriptions for which it is time by the database's clock, most overdue first, held for `holdMs` so that no other process works on them meanwhile.
   * Whoever crashes with them leaves them due again after that.
   */
  abstract holdDueSubscriptions(limit: number, holdMs: number): Promise<DueSubscription[]>;
  /** Forgets keys older than this whose operation is over. */
  abstract forgetKeys(olderThanHours: number): Promise<void>;
  /** Versions by id, for those who wait for a change. */
  abstract versions(ids: string[]): Promise<Map<string, number>>;
  /** One operation with the subscription as it is now; null when there is none. */
  abstract read(id: string): Promise<Settled | null>;
  /** The operation that a charge at the gateway belongs to; null when there is none. */
  abstract findByReference(reference: string): Promise<Operation | null>;
  /** Keeps what a gateway told. False when the same event was kept before. */
  abstract keepEvent(gateway: string, event: GatewayEvent): Promise<boolean>;
  /** Events of a gateway that are to be acted on. Each try is counted and the next one set before anybody acts, so that a crash leaves the event due again. */
  abstract takeEvents(gateway: string, limit: number): Promise<TakenEvent[]>;
  /** The event needs no further try. */
  abstract closeEvent(gateway: string, eventId: string, outcome: string): Promise<void>;
}

export interface Look {
  userId: string;
  key: string;
  /** The reference that a new operation would get. */
  reference: string;
}

export interface Seen {
  /** The database's clock. */
  now: Date;
  keyed: { fingerprint: string; operation: Operation | null; subscription: Subscription | null } | null;
  open: Operation | null;
  subscription: Subscription | null;
  hadSubscription: boolean;
  /** Minor units of credit that are free to be used, by currency. */
  credit: Credit;
  /** The user's last operation: a new one must be the next. */
  last: { id: string; turn: number; intent: string; namedCard: string | null } | null;
  /** An operation with this reference exists, though its key is forgotten. */
  referenceUsed: boolean;
}

export type Recorded =
  | { kind: 'recorded'; operation: Operation; now: Date }
  /** Another operation of the user came first, or the key did, or a seat was free that somebody before it in the set did not take. Look again. */
  | { kind: 'overtaken' }
  /** The plan is not what the decision was made on. Decide again. */
  | { kind: 'plan_changed' }
  | { kind: 'plan_full' };

export interface Join {
  operationId: string;
  userId: string;
  /** Null when the request bears a key that already names the operation. */
  key: string | null;
  fingerprint: string;
  requestId: string;
}

export interface Claim {
  id: string;
  fence: number;
  /** Who takes over, for the timeline. */
  by: string;
  /** The gateway is to be asked: counts as an attempt. */
  asks: boolean;
}

export interface Claimed {
  operation: Operation;
  now: Date;
  /** No further check follows this one. */
  last: boolean;
}

export interface Settlement {
  id: string;
  fence: number;
  status: Exclude<Status, 'pending'>;
  gatewayReference?: string | null;
  problem?: Failure;
  nextAction?: NextAction;
  /** What becomes true of the subscription. */
  change?: SubscriptionChange;
  /** The id of the refund to be recorded should the change meet no live subscription: what was paid for can no longer be had. */
  refundId?: string;
  /**
   * The operation as its holder has it, where it subscribes somebody and moves no credit: of what is there already nothing is concerned but, where it is seated,
   * the counters of its plan. A set of these alone takes the database less. What is said to be one and is none does not move.
   */
  newcomer?: Operation;
  happened: Omit<Happening, 'at'>[];
}

export interface Settled {
  operation: Operation;
  /** As it is now; null when there is none. */
  subscription: Subscription | null;
  /** The settle recorded a refund of this operation. */
  refunded?: boolean;
}

/** Money that came after its operation had ended without it. */
export interface Late {
  /** The operation that had ended. */
  operationId: string;
  /** For the refund, a new operation. */
  refundId: string;
  /** The gateway's id of the charge, where the gateway named it. */
  gatewayReference: string | null;
}

/** A refund that a person asked for. */
export interface RefundWish {
  /** The operation that was paid. */
  operationId: string;
  /** For the refund, a new operation. */
  refundId: string;
  reference: string;
  to: RefundTarget;
  /** Minor units; null for all that is left. */
  amount: number | null;
}

/** What became of it, with the operation that was paid as it is now. Nothing was written unless it was `recorded`. */
export type Refunding =
  | { kind: 'recorded'; refund: Operation; paid: Operation }
  /** It is not refundable, or less than that is left. */
  | { kind: 'refused'; paid: Operation }
  /** The account cannot hold so much credit. */
  | { kind: 'credit_full'; paid: Operation };

/** A gateway event in the hands of somebody who acts on it. */
export interface TakenEvent {
  id: string;
  type: string;
  reference: string | null;
  /** The gateway's id of the charge. */
  gatewayReference: string | null;
  /** No further try follows this one. */
  last: boolean;
}

/** A subscription for which it is time. */
export interface DueSubscription {
  id: string;
  userId: string;
  periodEnd: Date;
  renewalAttempts: number;
}

export interface Due {
  id: string;
  userId: string;
  fence: number;
}
