import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What people look for, and no charge does. Each of these costs a charge as little as it can. */
export class IndexesForPeople1700000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index operations_without_success, operations_at_gateway, operations_by_end');
  }
}

const STATEMENTS = [
  // What went wrong. Nothing is in it that goes well.
  `create index operations_without_success on operations (status, id) where status in ('failed', 'canceled')`,
  // The gateway's id, by those who have it in hand.
  `create index operations_at_gateway on operations (gateway_reference) where gateway_reference is not null`,
  // For figures of the last hour. It has an entry per megabyte of rows, which lie in about the order in which they end.
  `create index operations_by_end on operations using brin (settled_at) with (autosummarize = on)`,
];
