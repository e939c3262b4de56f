import { EventSourceParserStream, type EventSourceMessage } from 'eventsource-parser/stream';
import { answerOf } from './client.ts';

/** A comment comes every 15 s: a stream that says nothing for so long is broken, though nobody has noticed. */
const SILENT_MS = 40_000;

type Asked = Promise<{ data?: Response['body']; error?: unknown; response: Response }>;

/**
 * What a stream of the service tells, until it ends. It is asked for with fetch, because an EventSource cannot bear a token. Throws a Refusal where it is
 * refused, anything else where it breaks or is silent. It is left when `over` aborts, and when whoever reads it stops.
 */
export async function* eventsIn(ask: (signal: AbortSignal) => Asked, over: AbortSignal): AsyncGenerator<EventSourceMessage> {
  const leaving = new AbortController();
  const leave = () => leaving.abort();
  over.addEventListener('abort', leave, { once: true });
  let silence: ReturnType<typeof setTimeout> | undefined;
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(leave, SILENT_MS);
  };
  try {
    over.throwIfAborted();
    heard();
    const body = await answerOf(ask(leaving.signal));
    if (body === null) return;
    const reader = body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream({ onComment: heard }))
      .getReader();
    // Not every browser can iterate a stream.
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      heard();
      yield next.value;
    }
  } finally {
    clearTimeout(silence);
    over.removeEventListener('abort', leave);
    leave();
  }
}
