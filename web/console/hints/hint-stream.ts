import { Refusal, type Service } from '../../service/client.ts';
import { eventsIn } from '../../service/events.ts';

/** Look again: at what is about these users, and at everything where there is `more`. */
export interface Hint {
  userIds: string[];
  more: boolean;
}

interface Told {
  hint: (hint: Hint) => void;
  /** Whether the service tells at present; while it does not, whoever waits for news looks more often. */
  heard: (isHeard: boolean) => void;
}

/** Between a stream that broke and the next; each pause is twice the one before. */
const PAUSES_MS = { first: 1_000, last: 30_000 };
/** Somebody who is not believed any more, or may not look, is not told anything else by asking again. */
const FINAL: readonly string[] = ['unauthenticated', 'forbidden'];

/** Reads the service's hints until `over`, and comes back whenever the stream breaks, but not with a token that is no longer believed. */
export async function readHints(service: Service, told: Told, over: AbortSignal): Promise<void> {
  let pauseMs = PAUSES_MS.first;
  for (;;) {
    const beganAt = performance.now();
    const isFinal = await readOnce(service, told, over);
    if (over.aborted) return;
    told.heard(false);
    if (isFinal) return;
    if (performance.now() - beganAt > PAUSES_MS.last) pauseMs = PAUSES_MS.first;
    await pause(pauseMs, over);
    pauseMs = Math.min(pauseMs * 2, PAUSES_MS.last);
  }
}

/** Whether there is no use in coming back. */
async function readOnce(service: Service, told: Told, over: AbortSignal): Promise<boolean> {
  try {
    const ask = (signal: AbortSignal) => service.GET('/v1/admin/events', { parseAs: 'stream', signal });
    for await (const { event, data } of eventsIn(ask, over)) {
      if (event === 'bye') return (JSON.parse(data) as { reason: string }).reason === 'token_expired';
      if (event !== 'operations.updated') continue;
      told.heard(true);
      told.hint(JSON.parse(data) as Hint);
    }
    return false;
  } catch (error) {
    return error instanceof Refusal && FINAL.includes(error.problem.code);
  }
}

function pause(ms: number, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      over.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    over.addEventListener('abort', end);
    if (over.aborted) end();
  });
}
