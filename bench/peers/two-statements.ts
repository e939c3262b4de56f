import pg from 'pg';
import { PRICE, type Wish } from '../door.js';
import { IDLE_MS, LEAN_KEYED, LEAN_RECORD, LEAN_SETTLE } from '../lean-sql.js';

/** What is carried from step to step, and is the same when a step is run again. */
export interface Order extends Wish {
  id: string;
  subscriptionId: string;
}

/**
 * The two statements of the lean program as steps that may be run again: whoever finds its own work done goes on. The peers differ in who remembers how
 * far it came, and not in what is written about a subscription.
 */
export class TwoStatements {
  private readonly pool: pg.Pool;

  constructor(connectionString: string, poolSize: number) {
    this.pool = new pg.Pool({ connectionString, max: poolSize, idleTimeoutMillis: IDLE_MS });
  }

  /** false: the user has an open operation or a subscription, or the key stands for another operation. */
  async record({ id, userId, key, fingerprint, planId }: Order): Promise<boolean> {
    const values = [id, userId, key, fingerprint, planId, PRICE.amount, PRICE.currency];
    const { rowCount } = await this.pool.query({ name: 'record', text: LEAN_RECORD, values }).catch((error: { code?: string }) => {
      if (error.code === '23505') return { rowCount: 0 };
      throw error;
    });
    if (rowCount !== 0) return true;
    const { rows } = await this.pool.query({ name: 'keyed', text: LEAN_KEYED, values: [userId, key] });
    return (rows[0] as { id: string } | undefined)?.id === id;
  }

  async settle({ id, subscriptionId }: Order, reference: string): Promise<void> {
    await this.pool.query({ name: 'settle', text: LEAN_SETTLE, values: [id, reference, subscriptionId] });
  }
}

/** What a caller is told, word for word as the lean program says it. */
export function answerTo({ id, subscriptionId, planId }: Order): object {
  return { id, status: 'succeeded', subscription: { id: subscriptionId, planId, status: 'active', price: PRICE } };
}
