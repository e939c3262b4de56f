import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Hints, type Hint } from '../../src/events/hints.js';
import { HandBell } from './stage.js';

/** Rings within this time are told together. */
const GATHERED_MS = 250;
const EVERYTHING: Hint = { userIds: [], more: true };

let bell: HandBell;
let hints: Hints;
beforeEach(() => {
  jest.useFakeTimers();
  bell = new HandBell();
  hints = new Hints(bell);
});
afterEach(() => void jest.useRealTimers());

/** Listens, and notes what it is told after the first. */
function listener() {
  const told: Hint[] = [];
  const leave = hints.listen((hint) => void told.push(hint));
  const first = told.splice(0);
  return { told, first, leave };
}
const named = (...userIds: string[]): Hint => ({ userIds, more: false });
const users = (count: number) => Array.from({ length: count }, (_, n) => `user_${n}`);

test('whoever begins to listen is told to look at everything, at once and once', () => {
  bell.ring(['ada']);
  const { told, first } = listener();
  expect(first).toEqual([EVERYTHING]);
  jest.advanceTimersByTime(60_000);
  expect(told).toEqual([]);
});

describe('rings', () => {
  test('that come within a quarter of a second are told together, each user once', () => {
    const { told } = listener();
    bell.ring(['ada']);
    jest.advanceTimersByTime(GATHERED_MS - 1);
    bell.ring(['ada', 'bob']);
    expect(told).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(told).toEqual([named('ada', 'bob')]);
  });

  test('that never pause are told every quarter of a second all the same', () => {
    const { told } = listener();
    for (let ms = 0; ms < 10 * GATHERED_MS; ms += 10) {
      bell.ring(['ada']);
      jest.advanceTimersByTime(10);
    }
    expect(told).toEqual(Array.from({ length: 10 }, () => named('ada')));
  });

  test('are told to all who listen', () => {
    const [one, two] = [listener(), listener()];
    bell.ring(['ada']);
    jest.advanceTimersByTime(GATHERED_MS);
    expect([one.told, two.told]).toEqual([[named('ada')], [named('ada')]]);
  });

  test('for more than a hundred users name a hundred of them, and say that there are more', () => {
    const { told } = listener();
    bell.ring(users(60));
    bell.ring(users(100));
    jest.advanceTimersByTime(GATHERED_MS);
    for (let again = 0; again < 3; again += 1) bell.ring(users(101));
    jest.advanceTimersByTime(GATHERED_MS);
    expect(told).toEqual([
      { userIds: users(100), more: false },
      { userIds: users(100), more: true },
    ]);
  });

  test('that may have been missed are told as everything, whoever else was rung for', () => {
    const { told } = listener();
    bell.ring(['ada']);
    bell.miss();
    bell.ring(['bob']);
    jest.advanceTimersByTime(GATHERED_MS);
    bell.ring(['cleo']);
    jest.advanceTimersByTime(GATHERED_MS);
    expect(told).toEqual([EVERYTHING, named('cleo')]);
  });
});

describe('while other processes are not heard', () => {
  test('whoever listens is told to look now and then, until they are heard again', () => {
    bell.hears = false;
    const { told } = listener();
    jest.advanceTimersByTime(3_000 + GATHERED_MS);
    expect(told).toEqual([EVERYTHING]);
    jest.advanceTimersByTime(3_000);
    expect(told).toEqual([EVERYTHING, EVERYTHING]);
    bell.hears = true;
    jest.advanceTimersByTime(60_000);
    expect(told).toHaveLength(2);
  });
});

describe('whoever has left', () => {
  test('is told nothing more; whoever stays is', () => {
    const [leaves, stays] = [listener(), listener()];
    bell.ring(['ada']);
    leaves.leave();
    jest.advanceTimersByTime(GATHERED_MS);
    expect([leaves.told, stays.told]).toEqual([[], [named('ada')]]);
  });

  test('leaves nothing behind: while nobody listens nothing is gathered, and no timer runs', () => {
    const { leave } = listener();
    bell.ring(['ada']);
    leave();
    expect(jest.getTimerCount()).toBe(0);
    bell.ring(['bob']);
    bell.miss();
    expect(jest.getTimerCount()).toBe(0);
    const { told } = listener();
    bell.ring(['cleo']);
    jest.advanceTimersByTime(GATHERED_MS);
    expect(told).toEqual([named('cleo')]);
  });
});
