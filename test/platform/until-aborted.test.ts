import { getEventListeners } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { untilAborted } from '../../src/platform/until-aborted.js';

const never = () => new Promise<never>(() => undefined);

describe('work that lasts until a signal aborts', () => {
  test('is as good as itself while none does', async () => {
    const signals = [new AbortController().signal, new AbortController().signal];
    expect(await untilAborted(signals, () => Promise.resolve('done'))).toBe('done');
    await expect(untilAborted(signals, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  });

  test.each([0, 1])('is left with the reason of the one that aborts (%d), and is told so', async (which) => {
    const controllers = [new AbortController(), new AbortController()];
    let told: AbortSignal | undefined;
    const left = untilAborted(
      controllers.map(({ signal }) => signal),
      (signal) => ((told = signal), never()),
    );
    controllers[which]?.abort(new Error('enough'));
    await expect(left).rejects.toThrow('enough');
    expect(told?.reason).toEqual(new Error('enough'));
  });

  test('is not begun where one has aborted before', async () => {
    let begun = false;
    const late = untilAborted([AbortSignal.abort(new Error('too late'))], () => (begun = true));
    await expect(late).rejects.toThrow('too late');
    expect(begun).toBe(false);
  });

  test('leaves nothing behind at a signal that outlives it', async () => {
    const { signal } = new AbortController();
    for (let times = 0; times < 100; times += 1) await untilAborted([signal], () => Promise.resolve(times));
    await expect(untilAborted([signal], () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
