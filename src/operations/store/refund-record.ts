import type { DataSource, EntityManager } from 'typeorm';
import type { JsonRow } from '../../platform/database/columns.js';
import { NamedStatement } from '../../platform/database/named-statement.js';
import { newId } from '../../platform/ids.js';
import type { Refunding, RefundWish } from './operation-store.js';
import { Operation } from '../operation.entity.js';
import { OPEN_ACCOUNT_SQL, REFUND_SQL } from './refund.sql.js';

/** Records a refund that a person asked for, in Postgres. */
export async function recordRefund(database: DataSource | EntityManager, wish: RefundWish): Promise<Refunding | null> {
  const { operationId, refundId, reference, to, amount } = wish;
  if (to === 'credit') await OPEN_ACCOUNT.run(database, [operationId]);
  const [row] = await REFUND.run(database, [operationId, refundId, reference, to, amount, newId()]);
  if (!row) return null;
  const paid = Operation.from(row.paid);
  return row.kind === 'recorded' ? { kind: row.kind, paid, refund: Operation.from(row.refund) } : { kind: row.kind, paid };
}

const OPEN_ACCOUNT = new NamedStatement<never>('operations.open_account.1', OPEN_ACCOUNT_SQL);
const REFUND = new NamedStatement<{ kind: Refunding['kind']; paid: JsonRow; refund: JsonRow }>('operations.refund.1', REFUND_SQL);
