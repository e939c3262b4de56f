import { deepEqual } from 'node:assert/strict';
import { Operation } from '../../src/operations/operation.entity.js';
import { Subscription } from '../../src/subscriptions/subscription.entity.js';
import type { Scene } from './invariants.js';
import { renewalsAgree } from './renewal-invariants.js';

/** Fails with every broken promise of renewals. `schedule`: how often a declined one is tried again. */
export async function expectRenewalsAgree(scene: Scene, schedule: number): Promise<void> {
  deepEqual(await brokenRenewals(scene, schedule), []);
}

/** Every broken promise of renewals, in sentences. */
export async function brokenRenewals(scene: Scene, schedule: number): Promise<string[]> {
  const [operations, subscriptions, charges] = await Promise.all([
    scene.sql('select to_jsonb(o) as row from operations o'),
    scene.sql('select to_jsonb(s) as row from subscriptions s'),
    scene.charges(),
  ]);
  const facts = {
    operations: operations.map(({ row }) => Operation.from(row)),
    subscriptions: subscriptions.map(({ row }) => Subscription.from(row)),
    charges,
    schedule,
  };
  return renewalsAgree(facts);
}
