import type { Scene } from '../kit/invariants.js';

/** Credit that a customer gave to another, and was told that it moved. */
export interface Gift {
  userId: string;
  key: string;
}

/**
 * Whoever was told that credit moved finds it moved. That none moved twice, the sums of the entries say. One that was refused may move all the same: a press
 * that a frozen process holds is carried out when it wakes, after its sender was refused by another.
 */
export async function giftsLost(scene: Scene, gifts: readonly Gift[]): Promise<string[]> {
  const rows = await scene.sql('select user_id, idempotency_key from operation_keys where movement_id is not null');
  const moved = new Set(rows.map((row) => `${row.user_id} ${row.idempotency_key}`));
  return gifts
    .filter(({ userId, key }) => !moved.has(`${userId} ${key}`))
    .map(({ userId, key }) => `the gift of ${userId} with ${key} is lost`);
}
