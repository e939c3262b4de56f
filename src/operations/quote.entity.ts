import { Column, Entity, PrimaryColumn } from 'typeorm';
import { minorUnits } from '../platform/database/columns.js';
import type { Line } from '../subscriptions/proration.js';
import type { Wish } from './kinds/kind.js';
import type { WishedKind } from './operation.entity.js';

/** What was shown to somebody before they agreed: what a wish would cost, on what it rests, and until when it holds. */
@Entity('quotes')
export class Quote {
  @PrimaryColumn('uuid') id!: string;
  @Column('text', { name: 'user_id' }) userId!: string;
  @Column('text') kind!: WishedKind;
  /** The plan or the family, as it was asked for. */
  @Column('text') asked!: string;
  @Column('text', { nullable: true }) effective!: Wish['effective'] | null;
  @Column('text', { name: 'plan_id' }) planId!: string;
  @Column('integer', { name: 'plan_version' }) planVersion!: number;
  @Column('uuid', { name: 'subscription_id', nullable: true }) subscriptionId!: string | null;
  @Column('integer', { name: 'subscription_version', nullable: true }) subscriptionVersion!: number | null;
  /** They sum to `due`, credit included. */
  @Column('jsonb') lines!: Line[];
  /** Minor units that the card is charged now. */
  @Column('bigint', { transformer: minorUnits }) due!: number;
  /** Minor units of the user's credit that are used. */
  @Column('bigint', { name: 'credit_applied', transformer: minorUnits }) creditApplied!: number;
  @Column('text') currency!: string;
  /** When the next charge is due, in ISO time, and of how many minor units. */
  @Column('jsonb') next!: { at: string; amount: number };
  /** Seats left when it was made; null where the plan has no limit. */
  @Column('integer', { name: 'seats_left', nullable: true }) seatsLeft!: number | null;
  /** The moment that it was reckoned for, by the database's clock. */
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'expires_at' }) expiresAt!: Date;
}
