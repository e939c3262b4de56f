import { useEffect, useMemo, useState } from 'react';
import { onPress, type Press } from './presses.ts';
import type { Standing, Told } from './standing.ts';

/** A press that comes this long after everything was over begins a new scene. */
const SCENE_MS = 2_500;

/** The presses that belong together, and what the service told since the first of them. */
export function useScene(standing: Standing): { presses: Press[]; operations: Told[][] } {
  const [presses, setPresses] = useState<Press[]>([]);
  useEffect(() => onPress((press) => setPresses((before) => withPress(before, press))), []);
  const operations = useMemo(() => told(standing.told, presses), [standing.told, presses]);
  return { presses, operations };
}

function withPress(before: Press[], press: Press): Press[] {
  const known = before.findIndex(({ id }) => id === press.id);
  if (known >= 0) return before.with(known, press);
  const isOver = before.every(({ endedMs }) => endedMs !== null && endedMs + SCENE_MS < press.startedMs);
  return isOver ? [press] : [...before, press];
}

/** By operation, each with its steps in order. */
function told(all: Told[], presses: Press[]): Told[][] {
  const since = presses[0]?.startedMs ?? Infinity;
  const byId = Map.groupBy(
    all.filter(({ atMs }) => atMs >= since),
    ({ operation }) => operation.id,
  );
  return [...byId.values()];
}
