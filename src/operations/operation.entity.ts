import { Column, Entity, PrimaryColumn } from 'typeorm';
import { dateOf, dateOrNull, minorUnits, type JsonRow } from '../platform/database/columns.js';
import type { Money } from '../platform/money.js';
import type { Dunning } from '../subscriptions/dunning.js';
import type { Interval } from '../subscriptions/plan.entity.js';
import type { Line } from '../subscriptions/proration.js';
import type { Happening } from './timeline.js';
import { isOpen, type Status } from './states.js';

export const KINDS = ['subscribe', 'change_plan', 'cancel', 'pause', 'resume', 'renew', 'refund'] as const;
export type OperationKind = (typeof KINDS)[number];
/** The kinds that callers, or time, ask for. */
export type WishedKind = Exclude<OperationKind, 'refund'>;
export type Result = 'created' | 'changed' | 'unchanged' | 'renewed' | 'paused' | 'canceled';

/** What was agreed when the operation was recorded. It settles on these terms, whatever the catalogue says by then. */
export interface Terms {
  price?: Money;
  interval?: Interval;
  /** Days before the first charge. */
  trialDays?: number;
  /** When the change takes effect. */
  at?: 'now' | 'period_end';
  /** ISO times of the running period, where the change keeps it. */
  keepPeriod?: boolean;
  /** What the charge is for, in the gateway's books. */
  description?: string;
  /** Where the customer's browser returns after authenticating (3-D Secure). */
  returnUrl?: string;
  /** What the amount is made of, for the invoice; they sum to it. */
  lines?: Line[];
  /** The card was not named: it is the one that the subscription remembers. */
  savedCard?: true;
  /** The gateway's customer for whom the card is, or will be, kept. */
  customer?: string;
  /** Nobody is there to authenticate. */
  offSession?: true;
  /** ISO times of the period that is paid for; known before only of a renewal. */
  period?: { start: string; end: string };
  /** A renewal that renews nothing: what becomes of the subscription instead. */
  ends?: 'canceled' | 'paused';
  /** What a declined renewal leads to; left out where the customer asked for it, for then nothing changes by it. */
  dunning?: Dunning;
  /** The renewal by time's own count within its period. */
  renewalAttempt?: number;
  /** The change that was to come with the renewal and did not. */
  droppedChange?: DroppedChange;
  /** The gateway's id of the charge that is given back, where it is known. */
  chargeReference?: string;
  /** Of a charge whose id nobody wrote down: our own mark of it and its amount, by which it is looked for. */
  charge?: { reference: string; amount: number };
}

/** A change that was to come with a renewal. The plan that is held is kept. */
export interface DroppedChange {
  planId: string;
  reason: 'plan-full';
}

/** Why an operation failed: replayed as the same problem for ever. */
export interface Failure {
  code: 'payment-declined' | 'payment-method-invalid' | 'gateway-unavailable' | 'plan-full';
  detail: string;
  declineCode?: string;
  retryAfterSeconds?: number;
}

/** Where the customer authenticates. */
export interface NextAction {
  type: 'redirect';
  url: string;
  /** ISO time after which it is canceled at the gateway. */
  expiresAt: string;
}

/** ISO 4217: no currency is involved. */
const NO_CURRENCY = 'XXX';

/** What a caller asked for, from the moment before money may move until everybody knows what became of it. */
@Entity('operations')
export class Operation {
  @PrimaryColumn('uuid') id!: string;
  @Column('integer') version!: number;
  /** Moves by one whenever somebody takes the operation over; every write names the fence it holds. */
  @Column('integer') fence!: number;
  @Column('text', { name: 'user_id' }) userId!: string;
  /** The how-manieth operation that its user asked for; null for one that nobody asked for. */
  @Column('integer', { nullable: true }) turn!: number | null;
  @Column('text') kind!: OperationKind;
  @Column('text') status!: Status;
  @Column('text', { nullable: true }) result!: Result | null;
  @Column('text') intent!: string;
  @Column('text') reference!: string;
  @Column('text', { name: 'from_plan_id', nullable: true }) fromPlanId!: string | null;
  @Column('text', { name: 'to_plan_id', nullable: true }) toPlanId!: string | null;
  @Column('text', { name: 'seat_plan_id', nullable: true }) seatPlanId!: string | null;
  @Column('uuid', { name: 'subscription_id', nullable: true }) subscriptionId!: string | null;
  /** Minor units that the gateway is asked for, or to give back. */
  @Column('bigint', { transformer: minorUnits }) amount!: number;
  /** Minor units of the user's credit: reserved while the operation is open, spent or released when it ends. */
  @Column('bigint', { name: 'credit_applied', transformer: minorUnits }) creditApplied!: number;
  /** Minor units that become the user's credit when the operation succeeds. */
  @Column('bigint', { name: 'credit_granted', transformer: minorUnits }) creditGranted!: number;
  /** Minor units of it that are given back or are to be, to the card and as credit. */
  @Column('bigint', { name: 'refunded_to_card', transformer: minorUnits }) refundedToCard!: number;
  @Column('bigint', { name: 'refunded_to_credit', transformer: minorUnits }) refundedToCredit!: number;
  @Column('text', { nullable: true }) currency!: string | null;
  /** Where the period begins that a renewal pays for; null for all others. */
  @Column('timestamptz', { name: 'period_start', nullable: true }) periodStart!: Date | null;
  /** The operation whose money a refund gives back. */
  @Column('uuid', { name: 'refunds_operation_id', nullable: true }) refundsOperationId!: string | null;
  @Column('text', { name: 'payment_method', nullable: true }) paymentMethod!: string | null;
  @Column('jsonb') terms!: Terms;
  @Column('text') gateway!: string;
  @Column('text', { name: 'gateway_reference', nullable: true }) gatewayReference!: string | null;
  @Column('integer') attempts!: number;
  @Column('integer') checks!: number;
  @Column('integer') requests!: number;
  @Column('timestamptz', { name: 'next_check_at', nullable: true }) nextCheckAt!: Date | null;
  @Column('jsonb', { name: 'next_action', nullable: true }) nextAction!: NextAction | null;
  @Column('jsonb', { nullable: true }) problem!: Failure | null;
  @Column('jsonb') timeline!: Happening[];
  @Column('text', { nullable: true }) traceparent!: string | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;
  @Column('timestamptz', { name: 'settled_at', nullable: true }) settledAt!: Date | null;
  /** Whether its invoice is numbered; of one that needs none it stays false. */
  @Column('boolean') invoiced!: boolean;

  /** From a row as a statement printed it. */
  static from(row: JsonRow): Operation {
    return Object.assign(new Operation(), {
      id: row['id'],
      version: row['version'],
      fence: row['fence'],
      userId: row['user_id'],
      turn: row['turn'],
      kind: row['kind'],
      status: row['status'],
      result: row['result'],
      intent: row['intent'],
      reference: row['reference'],
      fromPlanId: row['from_plan_id'],
      toPlanId: row['to_plan_id'],
      seatPlanId: row['seat_plan_id'],
      subscriptionId: row['subscription_id'],
      amount: row['amount'],
      creditApplied: row['credit_applied'],
      creditGranted: row['credit_granted'],
      refundedToCard: row['refunded_to_card'],
      refundedToCredit: row['refunded_to_credit'],
      currency: row['currency'],
      periodStart: dateOrNull(row['period_start']),
      refundsOperationId: row['refunds_operation_id'],
      paymentMethod: row['payment_method'],
      terms: row['terms'] ?? {},
      gateway: row['gateway'],
      gatewayReference: row['gateway_reference'],
      attempts: row['attempts'],
      checks: row['checks'],
      requests: row['requests'],
      nextCheckAt: dateOrNull(row['next_check_at']),
      nextAction: row['next_action'],
      problem: row['problem'],
      timeline: row['timeline'],
      traceparent: row['traceparent'],
      createdAt: dateOf(row['created_at']),
      updatedAt: dateOf(row['updated_at']),
      settledAt: dateOrNull(row['settled_at']),
      invoiced: row['invoiced'],
    });
  }

  /** The card that the caller named; null where it is the saved one, or none is needed. */
  get namedCard(): string | null {
    return this.terms.savedCard ? null : this.paymentMethod;
  }

  get money(): Money {
    return { amount: this.amount, currency: this.currency ?? NO_CURRENCY };
  }

  get isOpen(): boolean {
    return isOpen(this.status);
  }
}
