import { EventEmitter } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { Admission } from '../../src/api/admission.js';
import { Problem } from '../../src/platform/problems/problem.js';

/** Long enough that it never ends by itself here. */
const LONG_MS = 60_000;
const PATIENT = { waitMs: LONG_MS };

/** Work that goes on until it is told to end. */
function work(): { run: (waitMs: number) => Promise<string>; end: () => void; begun: number[] } {
  const begun: number[] = [];
  let end!: () => void;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const run = async (waitMs: number): Promise<string> => {
    begun.push(waitMs);
    await ended;
    return 'done';
  };
  return { run, end, begun };
}

const codeOf = (of: Promise<unknown>): Promise<string> =>
  of.then(
    () => 'worked on',
    (error: Problem) => error.code,
  );

describe('while every place is taken', () => {
  test('so many wait as may, and whoever comes then is turned away at once', async () => {
    const admission = new Admission(1, 1, LONG_MS);
    const [first, second, third] = [work(), work(), work()];
    const worked = admission.admit(first.run, PATIENT);
    const waited = admission.admit(second.run, PATIENT);
    expect(admission.isFull).toBe(true);
    expect(await codeOf(admission.admit(third.run, PATIENT))).toBe('overloaded');
    first.end();
    second.end();
    expect(await Promise.all([worked, waited])).toEqual(['done', 'done']);
    expect([third.begun, admission.atWork, admission.isFull]).toEqual([[], 0, false]);
  });

  test('a place that becomes free is given to whoever has waited longest, and never to two', async () => {
    const admission = new Admission(1, 8, LONG_MS);
    const all = Array.from({ length: 4 }, () => work());
    const done = all.map(({ run }) => admission.admit(run, PATIENT));
    for (const [at, { end }] of all.entries()) {
      expect(all.map(({ begun }) => begun.length)).toEqual(all.map((_, n) => Number(n <= at)));
      expect(admission.atWork).toBe(1);
      end();
      await done[at];
      await Promise.resolve();
    }
  });

  test('nobody waits longer than the limit, however much time it has', async () => {
    const admission = new Admission(1, 1, 20);
    const [first, second] = [work(), work()];
    const startedAt = performance.now();
    void admission.admit(first.run, PATIENT);
    expect(await codeOf(admission.admit(second.run, PATIENT))).toBe('overloaded');
    expect(await codeOf(admission.admit(second.run, { waitMs: 0 }))).toBe('overloaded');
    expect(performance.now() - startedAt).toBeLessThan(LONG_MS / 2);
    first.end();
    expect(second.begun).toEqual([]);
  });

  test('nobody waits longer than it can use an answer', async () => {
    const admission = new Admission(1, 1, LONG_MS);
    const [first, second] = [work(), work()];
    const startedAt = performance.now();
    void admission.admit(first.run, PATIENT);
    expect(await codeOf(admission.admit(second.run, { waitMs: 20 }))).toBe('overloaded');
    expect(performance.now() - startedAt).toBeLessThan(LONG_MS / 2);
    first.end();
    expect(second.begun).toEqual([]);
  });

  test('whoever leaves is not worked for, and its place in the queue is free', async () => {
    const admission = new Admission(1, 1, LONG_MS);
    const [first, second, third] = [work(), work(), work()];
    void admission.admit(first.run, PATIENT);
    const leaving = Object.assign(new EventEmitter(), { destroyed: false });
    const left = codeOf(admission.admit(second.run, { ...PATIENT, reader: leaving }));
    const leftAt = performance.now();
    leaving.emit('close');
    expect(await left).toBe('overloaded');
    expect(performance.now() - leftAt).toBeLessThan(LONG_MS / 2);
    const waited = admission.admit(third.run, PATIENT);
    first.end();
    third.end();
    expect([await waited, second.begun]).toEqual(['done', []]);
  });

  test('all who wait can be sent away, and what is at work goes on', async () => {
    const admission = new Admission(1, 2, LONG_MS);
    const [first, second] = [work(), work()];
    const worked = admission.admit(first.run, PATIENT);
    const waiting = [1, 2].map(() => codeOf(admission.admit(second.run, PATIENT)));
    admission.clear(new Problem('shutting-down'));
    expect(await Promise.all(waiting)).toEqual(['shutting-down', 'shutting-down']);
    first.end();
    expect([await worked, second.begun]).toEqual(['done', []]);
  });
});

test('time in the queue is part of the time that a caller has', async () => {
  const admission = new Admission(1, 1, LONG_MS);
  const [first, second] = [work(), work()];
  void admission.admit(first.run, { waitMs: 1_000 });
  const waited = admission.admit(second.run, { waitMs: 1_000 });
  await new Promise((resolve) => setTimeout(resolve, 50));
  first.end();
  second.end();
  await waited;
  expect(first.begun[0]).toBeGreaterThan(second.begun[0] as number);
  expect(second.begun[0]).toBeLessThanOrEqual(955);
});

test('work that fails gives its place back', async () => {
  const admission = new Admission(1, 0);
  await expect(admission.admit(() => Promise.reject(new Error('no')), PATIENT)).rejects.toThrow('no');
  expect(await admission.admit(() => Promise.resolve('done'), PATIENT)).toBe('done');
});
