import { beforeEach, expect, test } from '@jest/globals';
import type { OperationStore } from '../../src/operations/store/operation-store.js';
import { OperationWatch } from '../../src/operations/watch.js';
import { Clock } from '../../src/platform/clock.js';
import { HandBell } from '../events/stage.js';
import { anOperation } from '../kit/samples.js';
import { eventually } from '../kit/waiting.js';

/** Whoever waits for a deadline waits for ever; the watch itself goes on when the test says so. */
class HandClock extends Clock {
  readonly pauses: number[] = [];
  private goOn: () => void = () => undefined;

  monotonicMs(): number {
    return 0;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (!signal) this.pauses.push(ms);
    await new Promise<void>((resolve) => {
      if (signal?.aborted) return resolve();
      if (signal) signal.addEventListener('abort', () => resolve(), { once: true });
      else this.goOn = resolve;
    });
  }

  later(): () => void {
    return () => undefined;
  }

  within<T>(_: number, work: Promise<T>): Promise<T | undefined> {
    return work;
  }

  withDeadline<T>(_: number, work: (deadline: AbortSignal) => Promise<T>): Promise<T> {
    return work(new AbortController().signal);
  }

  tick(): void {
    this.goOn();
  }
}

const operation = anOperation({ version: 1, userId: 'ann' });
let versions: Map<string, number>;
let looks: string[][];
let bell: HandBell;
let clock: HandClock;
const store = {
  versions: async (ids: string[]) => {
    looks.push(ids);
    return versions;
  },
} as Partial<OperationStore> as OperationStore;
beforeEach(() => {
  [versions, looks, bell, clock] = [new Map([[operation.id, 1]]), [], new HandBell(), new HandClock()];
});

test('a ring for its user has an operation looked at, and whoever waits for it goes on when it has moved', async () => {
  const changed = new OperationWatch(store, clock, bell).changed(operation, 60_000);
  bell.ring(['ann']);
  await eventually(
    async () => looks,
    (all) => all.length === 1,
  );
  versions = new Map([[operation.id, 2]]);
  bell.ring(['ann']);
  await changed;
  expect(looks).toEqual([[operation.id], [operation.id]]);
});

test('a ring for somebody else costs nothing', async () => {
  const watch = new OperationWatch(store, clock, bell);
  void watch.changed(operation, 60_000);
  bell.ring(['bob']);
  await new Promise(setImmediate);
  expect(looks).toEqual([]);
});

test('rings that come during a look are one more look', async () => {
  const watch = new OperationWatch(store, clock, bell);
  void watch.changed(operation, 60_000);
  for (let time = 1; time <= 10; time += 1) bell.ring(['ann']);
  await new Promise(setImmediate);
  expect(looks).toHaveLength(2);
});

test.each([
  ['without a bell it looks every 100 ms', undefined, 100],
  ['while rings are heard it looks once a second', true, 1_000],
  ['while rings are not heard it looks every 100 ms', false, 100],
])('%s', async (_what, hears, everyMs) => {
  bell.hears = hears ?? true;
  const changed = new OperationWatch(store, clock, hears === undefined ? undefined : bell).changed(operation, 60_000);
  versions = new Map([[operation.id, 2]]);
  clock.tick();
  await changed;
  expect(clock.pauses[0]).toBe(everyMs);
});
