import { referenceOf } from '../../src/operations/intent.js';
import type { ChargeFact, OperationFact } from '../kit/invariants.js';
import type { Click } from './history.js';

/**
 * However often a button was pressed, with whatever keys, money moved once for it. Asks the gateway, and our rows for one thing alone: whether its user
 * left between two presses. A cancel that was sent to a process that is frozen, and given up by its sender, is carried out when that process
 * goes on; whoever presses the rest of an earlier click after that subscribes anew.
 */
export function clicksChargedTwice(
  clicks: readonly Click[],
  charges: readonly ChargeFact[],
  operations: readonly OperationFact[],
): string[] {
  const staying = new Map<string, number>();
  for (const { reference, status, amount, amountRefunded } of charges) {
    if (reference === null || status !== 'succeeded' || amountRefunded >= amount) continue;
    staying.set(reference, (staying.get(reference) ?? 0) + 1);
  }
  return clicks.flatMap(({ userId, verb, keys }) => {
    const references = new Set(keys.map((key) => referenceOf(userId, verb, key, 0)));
    const charged = [...references].reduce((sum, reference) => sum + (staying.get(reference) ?? 0), 0);
    if (charged < 2 || leftInBetween(userId, references, operations)) return [];
    return [`${userId} was charged ${charged} times for one click with ${keys.join(', ')}`];
  });
}

/** Ids are in the order in which operations were recorded. */
function leftInBetween(userId: string, references: ReadonlySet<string>, operations: readonly OperationFact[]): boolean {
  const own = operations.filter((operation) => operation.userId === userId);
  const pressed = own.filter(({ reference }) => references.has(reference)).map(({ id }) => id);
  const [first, last] = [pressed.toSorted()[0] ?? '', pressed.toSorted().at(-1) ?? ''];
  return own.some(({ id, kind, status }) => kind === 'cancel' && status === 'succeeded' && id > first && id < last);
}
