import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, jest, test } from '@jest/globals';
import { SystemClock } from '../../src/platform/clock.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const never = (signal: AbortSignal) =>
  new Promise<unknown>((resolve) => signal.addEventListener('abort', () => resolve(signal.reason), { once: true }));

test('a deadline that nobody holds but a combined signal passes, though the garbage is collected meanwhile', async () => {
  const clock = new SystemClock();
  const waiting = clock.withDeadline(200, (deadline) => never(AbortSignal.any([new AbortController().signal, deadline])));
  const collecting = setInterval(collectGarbage, 20);
  const enough = new AbortController();
  const outcome = await Promise.race([waiting, sleep(10_000, 'nothing', { signal: enough.signal })]);
  clearInterval(collecting);
  enough.abort();
  expect(outcome).toMatchObject({ name: 'TimeoutError' });
});

test('a deadline that was kept leaves no timer behind, whether its work came to something or failed', async () => {
  jest.useFakeTimers();
  try {
    const clock = new SystemClock();
    const work = (end: () => Promise<string>) => clock.withDeadline(60_000, end);
    await expect(work(() => Promise.resolve('done'))).resolves.toBe('done');
    await expect(work(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(jest.getTimerCount()).toBe(0);
  } finally {
    jest.useRealTimers();
  }
});
