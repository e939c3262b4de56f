import { Column, Entity, PrimaryColumn } from 'typeorm';
import { dateOf, dateOrNull, minorUnits, type JsonRow } from '../platform/database/columns.js';
import type { Money } from '../platform/money.js';
import type { Interval } from './plan.entity.js';

export type SubscriptionStatus = 'trialing' | 'active' | 'past_due' | 'paused' | 'canceled';

/** A change that waits for the end of the period. */
export interface PendingChange {
  planId: string;
  price: Money;
  interval: Interval;
}

/** A renewal was declined, and the period that has begun is not paid for. */
export interface PastDue {
  /** ISO time of the first decline. */
  since: string;
  /** Declined renewals of this period. */
  declines: number;
  /** The card that will never pay: it is not asked again. */
  deadCard?: string;
}

/** What a user has. Moves only when an operation settles; `version` is its ETag. */
@Entity('subscriptions')
export class Subscription {
  @PrimaryColumn('uuid') id!: string;
  @Column('integer') version!: number;
  @Column('text', { name: 'user_id' }) userId!: string;
  @Column('text', { name: 'plan_id' }) planId!: string;
  /** Whether a counted seat of the plan is taken by it. */
  @Column('boolean') seated!: boolean;
  @Column('text') status!: SubscriptionStatus;
  @Column('bigint', { name: 'price_amount', transformer: minorUnits }) priceAmount!: number;
  @Column('text', { name: 'price_currency' }) priceCurrency!: string;
  @Column('text') interval!: Interval;
  @Column('timestamptz', { name: 'period_start' }) periodStart!: Date;
  @Column('timestamptz', { name: 'period_end' }) periodEnd!: Date;
  @Column('boolean', { name: 'cancel_at_period_end' }) cancelAtPeriodEnd!: boolean;
  @Column('jsonb', { name: 'pending_change', nullable: true }) pendingChange!: PendingChange | null;
  /** The day of the month on which periods begin, where the month has it. */
  @Column('smallint', { name: 'anchor_day' }) anchorDay!: number;
  /** The gateway's token of the card that renewals are charged to. */
  @Column('text', { name: 'payment_method', nullable: true }) paymentMethod!: string | null;
  /** The gateway's id of the customer for whom that card is kept; null until it is. */
  @Column('text', { nullable: true }) customer!: string | null;
  /** When time does something to it next; null while nothing is to come. */
  @Column('timestamptz', { name: 'next_at', nullable: true }) nextAt!: Date | null;
  /** Renewals of the running period that time has tried. */
  @Column('integer', { name: 'renewal_attempts' }) renewalAttempts!: number;
  @Column('jsonb', { name: 'past_due', nullable: true }) pastDue!: PastDue | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'canceled_at', nullable: true }) canceledAt!: Date | null;

  /** From a row as a statement printed it. */
  static from(row: JsonRow): Subscription {
    return Object.assign(new Subscription(), {
      id: row['id'],
      version: row['version'],
      userId: row['user_id'],
      planId: row['plan_id'],
      seated: row['seated'],
      status: row['status'],
      priceAmount: row['price_amount'],
      priceCurrency: row['price_currency'],
      interval: row['interval'],
      periodStart: dateOf(row['period_start']),
      periodEnd: dateOf(row['period_end']),
      cancelAtPeriodEnd: row['cancel_at_period_end'],
      pendingChange: row['pending_change'],
      anchorDay: row['anchor_day'],
      paymentMethod: row['payment_method'],
      customer: row['customer'],
      nextAt: dateOrNull(row['next_at']),
      renewalAttempts: row['renewal_attempts'],
      pastDue: row['past_due'],
      createdAt: dateOf(row['created_at']),
      canceledAt: dateOrNull(row['canceled_at']),
    });
  }

  get price(): Money {
    return { amount: this.priceAmount, currency: this.priceCurrency };
  }
}

/** What becomes true of a subscription when an operation settles. Members left out stay as they are. */
export interface SubscriptionChange {
  planId?: string;
  status?: SubscriptionStatus;
  price?: Money;
  interval?: Interval;
  periodStart?: Date;
  periodEnd?: Date;
  cancelAtPeriodEnd?: boolean;
  pendingChange?: PendingChange | null;
  anchorDay?: number;
  paymentMethod?: string;
  customer?: string | null;
  nextAt?: Date | null;
  renewalAttempts?: number;
  pastDue?: PastDue | null;
}
