import type { EntityManager } from 'typeorm';
import { etagOf, holds, type EtagCondition } from '../platform/etag.js';
import { toPublicId } from '../platform/ids.js';
import { Problem } from '../platform/problems/problem.js';
import type { Operation } from './operation.entity.js';

/** What a key was used for. */
export interface KeyUse {
  userId: string;
  key: string;
  fingerprint: string;
}

/** … of a request whose caller may say what they saw of what they act on. */
export interface SightedUse extends KeyUse {
  ifMatch?: EtagCondition | null;
}

/**
 * Remembers the key of a request that records no operation of its own, in the transaction of what it does.
 * `operationId` names the operation that it is about, `movementId` the credit that it moves, if any. True where the key is new; false where the same
 * request bore it before. Another request with it is refused.
 */
export async function rememberKey(
  tx: EntityManager,
  use: KeyUse,
  operationId: string | null,
  movementId: string | null = null,
): Promise<boolean> {
  const inserted = (await tx.query(
    `insert into operation_keys (user_id, idempotency_key, operation_id, movement_id, fingerprint) values ($1, $2, $3, $4, $5)
     on conflict do nothing returning user_id`,
    [use.userId, use.key, operationId, movementId, use.fingerprint],
  )) as unknown[];
  if (inserted.length > 0) return true;
  const [known] = (await tx.query('select fingerprint from operation_keys where user_id = $1 and idempotency_key = $2', [
    use.userId,
    use.key,
  ])) as { fingerprint: string }[];
  if (known?.fingerprint !== use.fingerprint) throw new Problem('idempotency-key-reused');
  return false;
}

/** Whether the same request bore this key before; asked where what it does cannot be undone with a transaction. Another request with it is refused. */
export async function wasHere(manager: EntityManager, { userId, key, fingerprint }: KeyUse): Promise<boolean> {
  const [known] = (await manager.query('select fingerprint from operation_keys where user_id = $1 and idempotency_key = $2', [
    userId,
    key,
  ])) as { fingerprint: string }[];
  if (known && known.fingerprint !== fingerprint) throw new Problem('idempotency-key-reused');
  return known !== undefined;
}

/** Throws `operation-changed`, with the operation and its ETag, where it is not what the caller of a request saw. */
export function refuseUnlessSeen({ ifMatch }: SightedUse, operation: Operation): void {
  const etag = etagOf(operation.version);
  if (!ifMatch || holds(ifMatch, etag)) return;
  throw new Problem('operation-changed', { operationId: toPublicId('op', operation.id), embedded: { operation }, headers: { etag } });
}

/** Names the operation that was recorded under a key, in the transaction that remembered it. */
export async function nameOperation(tx: EntityManager, { userId, key }: KeyUse, operationId: string): Promise<void> {
  await tx.query('update operation_keys set operation_id = $3 where user_id = $1 and idempotency_key = $2', [userId, key, operationId]);
}

/** The operation that was recorded under a key. */
export async function operationUnder(manager: EntityManager, { userId, key }: KeyUse): Promise<string> {
  const [known] = (await manager.query('select operation_id from operation_keys where user_id = $1 and idempotency_key = $2', [
    userId,
    key,
  ])) as { operation_id: string | null }[];
  if (!known?.operation_id) throw new Error('asked for the operation of a key that names none');
  return known.operation_id;
}

/** The credit that was moved under a key. */
export async function movementOf(tx: EntityManager, { userId, key }: KeyUse): Promise<string> {
  const [known] = (await tx.query('select movement_id from operation_keys where user_id = $1 and idempotency_key = $2', [userId, key])) as {
    movement_id: string;
  }[];
  if (!known) throw new Error('asked for the movement of a key that was not remembered');
  return known.movement_id;
}

/** Takes a key back whose request was turned away before anything was done: the same request may come again. */
export async function forgetKey(tx: EntityManager, use: KeyUse): Promise<void> {
  await tx.query('delete from operation_keys where user_id = $1 and idempotency_key = $2', [use.userId, use.key]);
}
