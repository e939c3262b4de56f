import { Column, Entity, PrimaryColumn } from 'typeorm';
import { minorUnits } from '../platform/database/columns.js';
import type { Money } from '../platform/money.js';

export type Interval = 'month' | 'year';

/** What is sold. The counters of its seats move only inside the record and settle statements. */
@Entity('plans')
export class Plan {
  @PrimaryColumn('text') id!: string;
  @Column('integer') version!: number;
  @Column('text') name!: string;
  @Column('bigint', { name: 'price_amount', transformer: minorUnits }) priceAmount!: number;
  @Column('text', { name: 'price_currency' }) priceCurrency!: string;
  @Column('text') interval!: Interval;
  @Column('integer', { name: 'trial_days' }) trialDays!: number;
  @Column('text', { nullable: true }) family!: string | null;
  @Column('integer', { nullable: true }) capacity!: number | null;
  @Column({ type: 'integer', name: 'seats_held', insert: false, update: false }) seatsHeld!: number;
  @Column({ type: 'integer', name: 'seats_taken', insert: false, update: false }) seatsTaken!: number;
  @Column('jsonb') features!: string[];
  @Column('boolean', { name: 'on_sale' }) onSale!: boolean;
  @Column({ type: 'timestamptz', name: 'created_at', insert: false, update: false }) createdAt!: Date;

  get price(): Money {
    return { amount: this.priceAmount, currency: this.priceCurrency };
  }
}
