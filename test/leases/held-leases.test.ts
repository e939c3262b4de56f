import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type Extension, HeldLeases, type Keeper } from '../../src/leases/held-leases.js';
import type { Lease } from '../../src/leases/leases.js';

const TTL_MS = 6_000;
const IN_TIME = { passed: false };

describe('leases that are held', () => {
  const extend = jest.fn<(grip: string) => Promise<Extension>>();
  const release = jest.fn<Keeper<string>['release']>();
  let leases: HeldLeases<string>;

  const hold = (key = 'user', startedAtMs = performance.now()): Lease => {
    const acquisition = leases.hold(key, `grip of ${key}`, startedAtMs, IN_TIME);
    if (acquisition.kind !== 'acquired') throw new Error(acquisition.kind);
    return acquisition.lease;
  };

  beforeEach(() => {
    jest.useFakeTimers();
    extend.mockReset().mockResolvedValue('extended');
    release.mockReset().mockResolvedValue(undefined);
    leases = new HeldLeases({ ttlMs: TTL_MS, extend: (grips) => grips.map(extend), release });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('a lease is extended every third of its TTL', async () => {
    const lease = hold();
    await jest.advanceTimersByTimeAsync(5 * TTL_MS);
    expect(extend).toHaveBeenCalledTimes(15);
    expect(lease.lost.aborted).toBe(false);
  });

  test('a lease says when it was extended, and of many times the last', async () => {
    const lease = hold();
    const startedAtMs = performance.now();
    await jest.advanceTimersByTimeAsync(TTL_MS);
    expect(lease.extendedAtMs.map((atMs) => atMs - startedAtMs)).toEqual([TTL_MS / 3, (TTL_MS * 2) / 3, TTL_MS]);
    extend.mockResolvedValue('unanswered');
    await jest.advanceTimersByTimeAsync(TTL_MS / 2);
    expect(lease.extendedAtMs).toHaveLength(3);
    extend.mockResolvedValue('extended');
    await jest.advanceTimersByTimeAsync(10 * TTL_MS);
    expect(lease.extendedAtMs).toHaveLength(20);
    expect((lease.extendedAtMs.at(-1) ?? 0) - startedAtMs).toBeGreaterThan(10 * TTL_MS);
  });

  test('one timer serves five thousand leases, and none is left when all are released', async () => {
    const all = Array.from({ length: 5_000 }, (_, n) => hold(`user_${n}`));
    expect(jest.getTimerCount()).toBe(1);
    await Promise.all(all.map((lease) => lease.release()));
    expect(jest.getTimerCount()).toBe(0);
  });

  test('an extension that was not answered is tried again, and the lease counts as lost before it runs out', async () => {
    extend.mockResolvedValue('unanswered');
    const lease = hold();
    await jest.advanceTimersByTimeAsync(TTL_MS * 0.8);
    expect(extend.mock.calls.length).toBeGreaterThan(3);
    expect(lease.lost.aborted).toBe(false);
    await jest.advanceTimersByTimeAsync(TTL_MS * 0.15);
    expect(lease.lost.aborted).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('a lease whose extension was answered after a failure is kept', async () => {
    extend.mockResolvedValueOnce('unanswered').mockResolvedValueOnce('unanswered');
    const lease = hold();
    await jest.advanceTimersByTimeAsync(3 * TTL_MS);
    expect(lease.lost.aborted).toBe(false);
  });

  test('a lease that the store calls somebody else’s is lost at once', async () => {
    extend.mockResolvedValue('gone');
    const lease = hold();
    await jest.advanceTimersByTimeAsync(TTL_MS * 0.34);
    expect(lease.lost.aborted).toBe(true);
  });

  test('an extension on its way is not sent again, and the lease still runs out in time', async () => {
    extend.mockReturnValue(new Promise(() => undefined));
    const lease = hold();
    await jest.advanceTimersByTimeAsync(TTL_MS);
    expect(extend).toHaveBeenCalledTimes(1);
    expect(lease.lost.aborted).toBe(true);
  });

  test('a lease released while its extension is on its way is not counted as lost', async () => {
    let answer: (extension: Extension) => void = () => undefined;
    extend.mockReturnValue(new Promise((resolve) => (answer = resolve)));
    const lease = hold();
    await jest.advanceTimersByTimeAsync(TTL_MS / 2);
    await lease.release();
    answer('gone');
    await jest.advanceTimersByTimeAsync(TTL_MS);
    expect(lease.lost.aborted).toBe(false);
  });

  test('what is granted after its deadline, after its validity or after closing is given back', async () => {
    const granted = (startedAtMs: number, passed: boolean) => leases.hold('user', 'grip', startedAtMs, { passed }).kind;
    expect(granted(performance.now(), true)).toBe('unavailable');
    expect(release).toHaveBeenCalledTimes(1);
    expect(granted(performance.now() - TTL_MS, false)).toBe('unavailable');
    expect(release).toHaveBeenCalledTimes(2);
    await leases.close();
    expect(granted(performance.now(), false)).toBe('unavailable');
    expect(release).toHaveBeenCalledTimes(3);
  });

  test('a release is sent once, ends in time when the store is silent, and does not reject when it fails', async () => {
    release.mockReturnValueOnce(new Promise(() => undefined)).mockRejectedValueOnce(new Error('refused'));
    const [silent, failing] = [hold('silent'), hold('failing')];
    const silence = Promise.all([silent.release(), silent.release()]);
    await jest.advanceTimersByTimeAsync(500);
    await expect(silence).resolves.toHaveLength(2);
    await expect(failing.release()).resolves.toBeUndefined();
    expect(release).toHaveBeenCalledTimes(2);
  });
});

test('a held lease does not keep its process alive', async () => {
  const path = new URL('../../src/leases/held-leases.ts', import.meta.url).href;
  const script = `
    const { HeldLeases } = await import('${path}');
    const leases = new HeldLeases({ ttlMs: 600_000, extend: () => [], release: async () => {} });
    console.log(leases.hold('user', 'grip', performance.now(), { passed: false }).kind);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], { timeout: 60_000 });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(output).toBe('acquired\n');
}, 90_000);
