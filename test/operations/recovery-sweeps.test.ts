import { expect, test } from '@jest/globals';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { Recovery } from '../../src/operations/recovery.js';
import type { TakenOver } from '../../src/operations/runner.js';
import { SystemClock } from '../../src/platform/clock.js';
import { newId } from '../../src/platform/ids.js';
import { eventually } from '../kit/waiting.js';

/** Longer than a test takes: what is worked off was not waited for. */
const INTERVAL_MS = 3_600_000;
const LEFT = 2_000;

/** A recovery that finds so many operations due; whoever is taken over by it is due no longer. */
function recovering(kind: TakenOver['kind']) {
  const due = new Map(Array.from({ length: LEFT }, (_, n) => [newId(), { userId: `user_${n}`, fence: 1 }]));
  const seen = { looks: 0, left: due };
  const takeOver = async ({ id }: { id: string }) => {
    if (kind === 'driven') due.delete(id);
    return { kind };
  };
  const dueNow = async (limit: number) => {
    seen.looks += 1;
    // As a database would: whoever looks again and again leaves others their turn.
    await setImmediate();
    return [...due].slice(0, limit).map(([id, rest]) => ({ id, ...rest }));
  };
  const recovery = new Recovery({
    store: { due: dueNow },
    runner: { takeOver },
    inbox: { sweep: async () => undefined },
    clock: new SystemClock(),
    log: pino({ level: 'silent' }),
    intervalMs: INTERVAL_MS,
    keyRetentionHours: 72,
  } as unknown as ConstructorParameters<typeof Recovery>[0]);
  return { recovery, seen };
}

test('a sweep that finds as many as it may is followed by the next as soon as it is done', async () => {
  const { recovery, seen } = recovering('driven');
  recovery.start();
  await eventually(
    async () => seen.left.size,
    (left) => left === 0,
  );
  await recovery.stop();
});

test('one whose operations are in other hands is not: they would be looked at without end', async () => {
  const { recovery, seen } = recovering('owned');
  recovery.start();
  await eventually(
    async () => seen.looks,
    (looks) => looks > 0,
  );
  await sleep(100);
  await recovery.stop();
  expect(seen.looks).toBe(1);
});
