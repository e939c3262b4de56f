import { setMaxListeners } from 'node:events';

/**
 * Runs `work` for at most `timeoutMs` milliseconds and no longer than `outer` allows, and rejects then at once, whatever `work`
 * is still waiting for: a library that sends again or hangs cannot hold the caller. `work` is not begun when `outer` is aborted.
 */
export async function withinDeadline<T>(timeoutMs: number, outer: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  if (outer.aborted) throw new DeadlinePassed('the caller had given up');
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new DeadlinePassed(`no answer within ${timeoutMs} ms`)), timeoutMs);
  const giveUp = () => controller.abort(new DeadlinePassed('the caller gave up'));
  // A signal that stands for the whole process is listened to by every call under way, which Node takes for a leak beyond ten.
  setMaxListeners(0, outer);
  outer.addEventListener('abort', giveUp, { once: true });
  const passed = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason as DeadlinePassed), { once: true });
  });
  try {
    return await Promise.race([work(controller.signal), passed]);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', giveUp);
  }
}

export class DeadlinePassed extends Error {}
