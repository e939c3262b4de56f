import { Column, Entity, PrimaryColumn } from 'typeorm';
import { minorUnits } from '../platform/database/columns.js';

/** What a user has of one currency. Moves by delta, only together with the entries that say why. */
@Entity('credit_accounts')
export class CreditAccount {
  @PrimaryColumn('text', { name: 'user_id' }) userId!: string;
  @PrimaryColumn('text') currency!: string;
  /** Minor units that can be spent, given to others and taken back. */
  @Column('bigint', { transformer: minorUnits }) balance!: number;
  /** Minor units set aside for an open operation. */
  @Column('bigint', { transformer: minorUnits }) reserved!: number;
  /** 1 when it was opened; each statement that moves it moves this by one. */
  @Column('integer') version!: number;
}
