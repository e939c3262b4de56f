import type { EntityManager } from 'typeorm';
import { Problem } from '../platform/problems/problem.js';

/** What a key was used for. */
export interface KeyUse {
  userId: string;
  key: string;
  fingerprint: string;
}

/**
 * Remembers the key of a request that records no operation of its own, in the transaction of what it does.
 * `operationId` names the operation that it is about, if any. True where the key is new; false where the same request bore it before. Another request with it is refused.
 */
export async function rememberKey(tx: EntityManager, use: KeyUse, operationId: string | null): Promise<boolean> {
  const inserted = (await tx.query(
    `insert into operation_keys (user_id, idempotency_key, operation_id, fingerprint) values ($1, $2, $3, $4)
     on conflict do nothing returning user_id`,
    [use.userId, use.key, operationId, use.fingerprint],
  )) as unknown[];
  if (inserted.length > 0) return true;
  const [known] = (await tx.query('select fingerprint from operation_keys where user_id = $1 and idempotency_key = $2', [
    use.userId,
    use.key,
  ])) as { fingerprint: string }[];
  if (known?.fingerprint !== use.fingerprint) throw new Problem('idempotency-key-reused');
  return false;
}

/** Takes a key back whose request was turned away before anything was done: the same request may come again. */
export async function forgetKey(tx: EntityManager, use: KeyUse): Promise<void> {
  await tx.query('delete from operation_keys where user_id = $1 and idempotency_key = $2', [use.userId, use.key]);
}
