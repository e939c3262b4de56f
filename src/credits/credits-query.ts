import type { DataSource } from 'typeorm';
import { CreditAccount } from './credit-account.entity.js';
import { Credits } from './credits.js';

export interface CreditEntry {
  /** The id of the movement: both sides of a transfer see the same. */
  movementId: string;
  userId: string;
  currency: string;
  /** Minor units; below zero where they were taken off. */
  amount: number;
  kind: string;
  operationId: string | null;
  /** Of a transfer: who gave it or got it. */
  counterpartUserId: string | null;
  createdAt: Date;
}

/** Reading credit for people. */
export class CreditsQuery {
  constructor(private readonly database: DataSource) {}

  /** What a user has, in one snapshot. */
  async of(userId: string): Promise<Credits> {
    return new Credits(await this.database.getRepository(CreditAccount).find({ where: { userId }, order: { currency: 'ASC' } }));
  }

  /**
   * The entries of a user's free credit, newest first. A movement gets its id a moment before it is committed: one that is overtaken by a younger
   * one takes its place behind it, so who has read past that place does not meet it there; nobody meets one twice.
   */
  async entries(userId: string, page: { limit: number; after: string | null }): Promise<{ entries: CreditEntry[]; next: string | null }> {
    const rows: CreditEntry[] = await this.database.query(ENTRIES_SQL, [userId, page.after, page.limit + 1]);
    const entries = rows.slice(0, page.limit).map(exact);
    return { entries, next: rows.length > page.limit ? (entries.at(-1)?.movementId ?? null) : null };
  }

  /** The entry of one movement in a user's free credit. */
  async entry(userId: string, movementId: string): Promise<CreditEntry | null> {
    const [row]: CreditEntry[] = await this.database.query(ENTRY_SQL, [userId, movementId]);
    return row ? exact(row) : null;
  }
}

const ENTRY = `
select e.movement_id as "movementId", e.user_id as "userId", e.currency, e.amount, e.kind, e.operation_id as "operationId",
  o.user_id as "counterpartUserId", e.created_at as "createdAt"
from credit_entries e
left join credit_entries o on o.movement_id = e.movement_id and o.user_id <> e.user_id and e.kind = 'transfer'
where e.user_id = $1 and e.account = 'credit'`;

const ENTRIES_SQL = `${ENTRY} and ($2::uuid is null or e.movement_id < $2) order by e.movement_id desc limit $3`;

const ENTRY_SQL = `${ENTRY} and e.movement_id = $2`;

function exact(row: CreditEntry): CreditEntry {
  return { ...row, amount: Number(row.amount) };
}
