import { referenceOf } from '../../src/operations/intent.js';
import type { ChargeFact } from '../kit/invariants.js';
import type { Click } from './history.js';

/** However often a button was pressed, with whatever keys, money moved once for it. Asks the gateway alone, and none of our rows. */
export function clicksChargedTwice(clicks: readonly Click[], charges: readonly ChargeFact[]): string[] {
  const staying = new Map<string, number>();
  for (const { reference, status, amount, amountRefunded } of charges) {
    if (reference === null || status !== 'succeeded' || amountRefunded >= amount) continue;
    staying.set(reference, (staying.get(reference) ?? 0) + 1);
  }
  return clicks.flatMap(({ userId, verb, keys }) => {
    const charged = keys.reduce((sum, key) => sum + (staying.get(referenceOf(userId, verb, key, 0)) ?? 0), 0);
    return charged > 1 ? [`${userId} was charged ${charged} times for one click with ${keys.join(', ')}`] : [];
  });
}
