import { setMaxListeners } from 'node:events';

/**
 * Runs `work`, whose signal aborts as soon as one of these does, and rejects then at once with the reason, whatever `work` is still waiting for. It listens no longer
 * than that: of `AbortSignal.any` a signal that stands for the whole process would keep everything that ever listened to it (nodejs/node#54614).
 */
export async function untilAborted<T>(signals: readonly AbortSignal[], work: (signal: AbortSignal) => T | Promise<T>): Promise<T> {
  const over = new AbortController();
  let refuse!: (reason: unknown) => void;
  const aborted = new Promise<never>((_, reject) => (refuse = reject));
  const abort = ({ target }: Event): void => {
    const reason: unknown = (target as AbortSignal).reason;
    over.abort(reason);
    refuse(reason);
  };
  for (const signal of signals) signal.throwIfAborted();
  // As many as there is work at one time, which Node would take for a leak beyond ten.
  setMaxListeners(0, ...signals);
  for (const signal of signals) signal.addEventListener('abort', abort);
  try {
    return await Promise.race([work(over.signal), aborted]);
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', abort);
  }
}
