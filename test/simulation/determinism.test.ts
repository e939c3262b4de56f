import { expect, test } from '@jest/globals';
import { replay, runSeeds } from './batch.js';

const SEEDS = Array.from({ length: 12 }, (_, n) => 1_000_000 + n);

test('a seed is the same every time: all that happens in it, line by line', async () => {
  for (const seed of SEEDS) {
    const [first, second] = [await replay(seed), await replay(seed)];
    expect(first.trace.length).toBeGreaterThan(10);
    expect(second.trace).toEqual(first.trace);
  }
});

test('a seed is the same alone and among others', async () => {
  const among = new Map<number, string[] | null>();
  await runSeeds(SEEDS, { traced: true, onDone: ({ number, world }) => void among.set(number, world.trace) });
  for (const seed of SEEDS) expect(among.get(seed)).toEqual((await replay(seed)).trace);
});
