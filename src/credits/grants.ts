import type { EntityManager } from 'typeorm';
import { publish } from '../events/outbox.sql.js';
import { NamedStatement } from '../platform/database/named-statement.js';
import type { EtagCondition } from '../platform/etag.js';
import type { Money } from '../platform/money.js';
import { CreditAccount } from './credit-account.entity.js';
import { Credits, refuseBeyondLimit, refuseUnlessCovered } from './credits.js';
import { CREDIT_NEWS, moveCredit } from './ledger.sql.js';
import { OPEN_SQL } from './transfer.sql.js';

export interface Grant {
  movementId: string;
  userId: string;
  /** Above zero it is given, below zero taken back. */
  amount: Money;
  /** The credits that the giver saw. */
  ifMatch: EtagCondition | null;
}

/**
 * Gives credit, or takes it back, in the transaction of whoever answers for it. What is reserved for an open operation cannot be taken. Answers what
 * the user had before and has now. Throws `credits-changed`, `insufficient-credit` or `credit-limit-reached`.
 */
export async function grantCredit(
  tx: EntityManager,
  { movementId, userId, amount, ifMatch }: Grant,
): Promise<{ before: Credits; after: Credits }> {
  await tx.query(OPEN_SQL, [userId, amount.currency]);
  const before = await locked(tx, userId);
  refuseUnlessCovered(before, ifMatch, amount);
  refuseBeyondLimit(before.in(amount.currency), amount.amount);
  const kind = amount.amount > 0 ? 'grant' : 'take_back';
  await GRANT.run(tx, [movementId, userId, amount.currency, amount.amount, kind]);
  return { before, after: await locked(tx, userId) };
}

/** In the order in which every statement locks them. */
async function locked(tx: EntityManager, userId: string): Promise<Credits> {
  const accounts = tx.getRepository(CreditAccount).createQueryBuilder('a').where('a.user_id = :userId', { userId });
  return new Credits(await accounts.orderBy('a.currency').setLock('pessimistic_write').getMany());
}

const GRANT = new NamedStatement<never>(
  'credits.grant.1',
  `with ${moveCredit(`
    select $1::uuid as movement_id, $2::text as user_id, e.account, $3::text as currency, e.sign * $4::bigint as amount, $5::text as kind,
      null::uuid as operation_id
    from (values ('credit', 1), ('promotion', -1)) e (account, sign)`)}, ${publish(CREDIT_NEWS)}
  select user_id from balanced`,
);
