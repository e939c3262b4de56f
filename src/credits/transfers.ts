import type { DataSource } from 'typeorm';
import type { Bell } from '../events/bell.js';
import type { JsonRow } from '../platform/database/columns.js';
import { NamedStatement } from '../platform/database/named-statement.js';
import type { EtagCondition } from '../platform/etag.js';
import { newId } from '../platform/ids.js';
import type { Money } from '../platform/money.js';
import { Problem } from '../platform/problems/problem.js';
import { Credits, refuseBeyondLimit, refuseUnlessCovered, type Holding } from './credits.js';
import { LOOK_SQL, OPEN_SQL, TRANSFER_SQL } from './transfer.sql.js';

/** Every round follows something that somebody else just did with the same accounts; more of them than this is a storm. */
const MAX_ROUNDS = 20;
const TO_ONESELF = { pointer: '/toUserId', detail: 'must be another user' };

export interface TransferAsk {
  userId: string;
  toUserId: string;
  amount: Money;
  key: string;
  /** Of method, route and canonical body. */
  fingerprint: string;
  /** The credits that the sender saw. */
  ifMatch: EtagCondition | null;
}

export interface Transfer {
  movementId: string;
  createdAt: Date;
  /** The same request was here before; nothing was moved again. */
  replayed: boolean;
}

interface Seen {
  keyed: { fingerprint: string; movementId: string | null; createdAt: Date } | null;
  credits: Credits;
  /** Null where the receiver's account must be opened first. */
  receiving: Holding | null;
}

/** Credit from one user to another: one statement, one commit. */
export class Transfers {
  constructor(
    private readonly database: DataSource,
    private readonly bell: Bell,
  ) {}

  /**
   * Moves the amount at most once. A refusal rests on one snapshot, in which the key is not used: what the statement itself did not find right
   * may be the work of the same request. Throws `idempotency-key-reused`, `credits-changed`, `insufficient-credit` or `credit-limit-reached`.
   */
  async transfer(ask: TransferAsk): Promise<Transfer> {
    if (ask.toUserId === ask.userId) throw new Problem('validation-failed', { errors: [TO_ONESELF] });
    const transfer = await this.once(ask, newId());
    if (!transfer.replayed) this.bell.ring([ask.userId, ask.toUserId]);
    return transfer;
  }

  private async once(ask: TransferAsk, movementId: string): Promise<Transfer> {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const seen = await this.look(ask);
      if (seen.keyed) return again(ask, seen.keyed, movementId);
      refuseUnlessCovered(seen.credits, ask.ifMatch, { ...ask.amount, amount: -ask.amount.amount });
      if (seen.receiving) refuseBeyondLimit(seen.receiving, ask.amount.amount);
      if (!seen.receiving) await OPEN.run(this.database, [ask.toUserId, ask.amount.currency]);
      const createdAt = await this.move(ask, movementId, seen.credits);
      if (createdAt) return { movementId, createdAt, replayed: false };
    }
    throw new Problem('overloaded', { detail: 'Too much moves on these accounts at once.', charged: 'no', retryAfterSeconds: 1 });
  }

  private async look({ userId, key, toUserId, amount }: TransferAsk): Promise<Seen> {
    const [row] = (await LOOK.run(this.database, [userId, key, toUserId, amount.currency])) as [SeenRow];
    const { fingerprint, movementId, createdAt, accounts, receiving } = row;
    return {
      keyed: fingerprint === null ? null : { fingerprint, movementId, createdAt },
      credits: new Credits(accounts ?? []),
      receiving,
    };
  }

  /** Null where it did not come to it: look again. So it is where the answer is lost and the key is there: it came to it after all. */
  private async move(ask: TransferAsk, movementId: string, seen: Credits): Promise<Date | null> {
    const { userId, toUserId, amount, ifMatch } = ask;
    const row: JsonRow = {
      movement_id: movementId,
      from_user_id: userId,
      to_user_id: toUserId,
      ...amount,
      seen: ifMatch && !ifMatch.any ? seen.version : null,
      idempotency_key: ask.key,
      fingerprint: ask.fingerprint,
    };
    try {
      const [moved] = await TRANSFER.run(this.database, [JSON.stringify(row)]);
      return moved?.createdAt ?? null;
    } catch (error) {
      if (!(await this.look(ask)).keyed) throw error;
      return null;
    }
  }
}

/** The key was used before: by the same request, or, where the movement is ours, by this one, whose answer was lost. */
function again({ fingerprint }: TransferAsk, keyed: NonNullable<Seen['keyed']>, ours: string): Transfer {
  const { movementId, createdAt } = keyed;
  if (keyed.fingerprint !== fingerprint || !movementId) throw new Problem('idempotency-key-reused');
  return { movementId, createdAt, replayed: movementId !== ours };
}

interface SeenRow {
  fingerprint: string | null;
  movementId: string | null;
  createdAt: Date;
  accounts: Holding[] | null;
  receiving: Holding | null;
}

const LOOK = new NamedStatement<SeenRow>('credits.look.1', LOOK_SQL);
const OPEN = new NamedStatement<never>('credits.open.1', OPEN_SQL);
const TRANSFER = new NamedStatement<{ createdAt: Date }>('credits.transfer.1', TRANSFER_SQL);
