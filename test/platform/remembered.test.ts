import { beforeEach, describe, expect, test } from '@jest/globals';
import { Remembered } from '../../src/platform/remembered.js';

const MEMORY = { ms: 1_000, timesTheReading: 20 };
let atMs = 0;
const clock = { monotonicMs: () => atMs };
/** One for each reading that was begun, which ends when it is told to. */
let readings: PromiseWithResolvers<string>[] = [];
let remembered: Remembered<string>;

beforeEach(() => {
  atMs = 0;
  readings = [];
  const reading = () => {
    const begun = withResolvers<string>();
    readings.push(begun);
    return begun.promise;
  };
  remembered = new Remembered(reading, MEMORY, clock);
});

interface PromiseWithResolvers<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: Error) => void;
}

function withResolvers<T>(): PromiseWithResolvers<T> {
  let [resolve, reject]: [(value: T) => void, (error: Error) => void] = [() => undefined, () => undefined];
  const promise = new Promise<T>((...both) => ([resolve, reject] = both));
  return { promise, resolve, reject };
}

describe('a reading that many ask for', () => {
  test('is made once for all who come while it is under way', async () => {
    const asked = [remembered.read(), remembered.read(), remembered.read()];
    expect(readings).toHaveLength(1);
    readings[0]?.resolve('one');
    expect(await Promise.all(asked)).toEqual(['one', 'one', 'one']);
  });

  test('is told again to whoever comes soon after, and made anew for who comes later', async () => {
    const first = remembered.read();
    readings[0]?.resolve('one');
    await first;
    atMs = 999;
    expect(await remembered.read()).toBe('one');
    atMs = 1_000;
    const second = remembered.read();
    readings[1]?.resolve('two');
    expect(await second).toBe('two');
    expect(readings).toHaveLength(2);
  });

  test('that takes long is made more rarely', async () => {
    const first = remembered.read();
    atMs = 400;
    readings[0]?.resolve('one');
    await first;
    atMs = 400 + 7_999;
    expect(await remembered.read()).toBe('one');
    atMs += 1;
    void remembered.read();
    expect(readings).toHaveLength(2);
  });

  test('and failed is told to those who waited for it, and made anew for the next', async () => {
    const asked = [remembered.read(), remembered.read()];
    readings[0]?.reject(new Error('the database is away'));
    for (const each of asked) await expect(each).rejects.toThrow('the database is away');
    const next = remembered.read();
    readings[1]?.resolve('two');
    expect(await next).toBe('two');
  });
});
