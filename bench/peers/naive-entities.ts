import { Column, CreateDateColumn, Entity, Index, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

@Entity('operations')
@Index('one_open_operation_per_user', ['userId'], { unique: true, where: `status = 'processing'` })
export class OperationRow {
  @PrimaryGeneratedColumn('uuid')
  id!: string;
  @Column('text', { name: 'user_id' })
  userId!: string;
  @Column('text', { name: 'plan_id' })
  planId!: string;
  @Column('bigint')
  amount!: number;
  @Column('text')
  currency!: string;
  @Column('text')
  status!: string;
  @Column('text', { nullable: true })
  reference!: string | null;
  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
  @Column('timestamptz', { name: 'settled_at', nullable: true })
  settledAt!: Date | null;
}

@Entity('keys')
export class KeyRow {
  @PrimaryColumn('text', { name: 'user_id' })
  userId!: string;
  @PrimaryColumn('text')
  key!: string;
  @Column('uuid', { name: 'operation_id' })
  operationId!: string;
  @Column('text')
  fingerprint!: string;
}

@Entity('subscriptions')
@Index('one_live_subscription_per_user', ['userId'], { unique: true, where: `status = 'active'` })
export class SubscriptionRow {
  @PrimaryGeneratedColumn('uuid')
  id!: string;
  @Column('text', { name: 'user_id' })
  userId!: string;
  @Column('text', { name: 'plan_id' })
  planId!: string;
  @Column('bigint')
  amount!: number;
  @Column('text')
  currency!: string;
  @Column('uuid', { name: 'operation_id' })
  operationId!: string;
  @Column('text')
  status!: string;
  @Column('timestamptz', { name: 'period_start' })
  periodStart!: Date;
  @Column('timestamptz', { name: 'period_end' })
  periodEnd!: Date;
}
