import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { looksOf } from '../../../web/console/hints/looks.ts';

const REST_MS = 1_000;

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** Looks that are over when the test says so. */
function looking() {
  const ends: { well: () => void; badly: () => void }[] = [];
  const look = () => new Promise<void>((resolve, reject) => ends.push({ well: resolve, badly: () => reject(new Error('away')) }));
  return { ends, looks: looksOf(look, REST_MS) };
}
const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

test('whoever asks first has a look taken at once', () => {
  const { ends, looks } = looking();
  looks.ask();
  expect(ends).toHaveLength(1);
});

test('what is asked for while a look is taken is one look afterwards, after a rest', async () => {
  const { ends, looks } = looking();
  for (let asks = 0; asks < 5; asks += 1) looks.ask();
  await pass(60_000);
  expect(ends).toHaveLength(1);
  ends[0]?.well();
  await pass(REST_MS - 1);
  looks.ask();
  expect(ends).toHaveLength(1);
  await pass(1);
  expect(ends).toHaveLength(2);
  ends[1]?.well();
  await pass(60_000);
  expect(ends).toHaveLength(2);
});

test('whoever asks after a rest has a look taken at once', async () => {
  const { ends, looks } = looking();
  looks.ask();
  ends[0]?.well();
  await pass(REST_MS);
  looks.ask();
  expect(ends).toHaveLength(2);
});

test('a look that fails keeps nobody from the next', async () => {
  const { ends, looks } = looking();
  looks.ask();
  looks.ask();
  ends[0]?.badly();
  await pass(REST_MS);
  expect(ends).toHaveLength(2);
});

test('after the end nothing is looked at any more', async () => {
  const { ends, looks } = looking();
  looks.ask();
  looks.ask();
  looks.end();
  ends[0]?.well();
  await pass(60_000);
  looks.ask();
  expect(ends).toHaveLength(1);
  expect(jest.getTimerCount()).toBe(0);
});
