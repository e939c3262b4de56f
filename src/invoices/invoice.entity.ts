import { Column, Entity, PrimaryColumn } from 'typeorm';
import { minorUnits } from '../platform/database/columns.js';

/** A part of what was due, in minor units; below zero where it was taken off. All lines sum to the total. */
export interface InvoiceLine {
  type: 'plan' | 'unused_time' | 'credit_granted' | 'credit_applied';
  /** What it says to a person, with the plan's name as it was. */
  description: string;
  /** Null where the line is about credit. */
  planId: string | null;
  amount: number;
}

/** A tax that the price contains: it is shown and never added. */
export interface TaxLine {
  name: string;
  /** Percent; null where there is no single rate. */
  ratePercent: number | null;
  /** Minor units. */
  amount: number;
}

/** What was paid, with its number. Written once and never changed; money that is given back later stands in its operation. */
@Entity('invoices')
export class Invoice {
  @PrimaryColumn('uuid') id!: string;
  /** UTC year of the charge. */
  @Column('integer') year!: number;
  /** The how-manieth invoice of its year. */
  @Column('integer') sequence!: number;
  /** Both of them as people read them: `2027-000042`. */
  @Column('text') number!: string;
  @Column('text', { name: 'user_id' }) userId!: string;
  @Column('uuid', { name: 'operation_id' }) operationId!: string;
  @Column('text', { name: 'plan_id', nullable: true }) planId!: string | null;
  @Column('text') currency!: string;
  /** Minor units that were due. */
  @Column('bigint', { transformer: minorUnits }) subtotal!: number;
  /** Minor units of it that credit paid. */
  @Column('bigint', { name: 'credit_applied', transformer: minorUnits }) creditApplied!: number;
  /** Minor units of it that the card was charged. */
  @Column('bigint', { transformer: minorUnits }) total!: number;
  @Column('jsonb') lines!: InvoiceLine[];
  @Column('jsonb') tax!: TaxLine[];
  /** The period that was paid for; null where the operation did not say. */
  @Column('timestamptz', { name: 'period_start', nullable: true }) periodStart!: Date | null;
  @Column('timestamptz', { name: 'period_end', nullable: true }) periodEnd!: Date | null;
  @Column('text') gateway!: string;
  @Column('text', { name: 'gateway_reference', nullable: true }) gatewayReference!: string | null;
  @Column('timestamptz', { name: 'charged_at' }) chargedAt!: Date;
  @Column('timestamptz', { name: 'issued_at' }) issuedAt!: Date;
}
