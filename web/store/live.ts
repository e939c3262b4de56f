import { useEffect, useState } from 'react';
import { answerOf } from '../service/client.ts';
import { eventsIn } from '../service/events.ts';
import type { Shopper } from './shopper.ts';
import { after, NOTHING_KNOWN, type LiveEvent, type Standing } from './standing.ts';

/** Said between the tabs of one customer. */
type Said = { standing: Standing } | 'hello';

const COME_BACK_MS = 700;

/**
 * How the customer stands, in every tab at once. A browser keeps six connections to one origin, so one tab reads the stream and tells the others; when it is
 * closed, the next one does.
 */
export function useStanding(shopper: Shopper | null): Standing {
  const [heard, setHeard] = useState<{ of: string; standing: Standing } | null>(null);
  useEffect(() => {
    if (shopper === null) return;
    const leaving = new AbortController();
    const channel = new BroadcastChannel(`counterfoil:live:${shopper.userId}`);
    let known = NOTHING_KNOWN;
    let leads = false;
    const know = (next: Standing) => {
      known = next;
      setHeard({ of: shopper.userId, standing: next });
      if (leads) channel.postMessage({ standing: next } satisfies Said);
    };
    channel.addEventListener('message', ({ data }: MessageEvent<Said>) => {
      if (data !== 'hello') know(data.standing);
      else if (leads) channel.postMessage({ standing: known } satisfies Said);
    });
    channel.postMessage('hello' satisfies Said);
    navigator.locks
      .request(`counterfoil:live:${shopper.userId}`, { signal: leaving.signal }, async () => {
        leads = true;
        await lead(shopper, leaving.signal, () => known, know);
      })
      .catch(() => undefined);
    return () => {
      leaving.abort();
      channel.close();
    };
  }, [shopper]);
  // What was heard of the customer before is nothing about this one.
  return heard !== null && heard.of === shopper?.userId ? heard.standing : NOTHING_KNOWN;
}

/** Reads the stream for as long as the tab lives, and comes back to it whenever it breaks. */
async function lead(shopper: Shopper, signal: AbortSignal, known: () => Standing, know: (standing: Standing) => void): Promise<void> {
  let lastId: string | null = null;
  while (!signal.aborted) {
    try {
      for await (const { event, id, data } of eventsIn(asking(shopper, lastId), signal)) {
        const live = { event, data: JSON.parse(data) as unknown } as LiveEvent;
        const before = known();
        if (event !== 'bye') know(after(before, live));
        if (id !== undefined) lastId = id;
        if (event === 'snapshot') await learnEnd(shopper, before, known, know);
      }
    } catch {
      // The service is away or was killed: what is known stays on the page, and says that it may be old.
    }
    if (signal.aborted) return;
    know({ ...known(), heard: false });
    await new Promise((resolve) => setTimeout(resolve, COME_BACK_MS));
  }
}

function asking({ service }: Shopper, lastId: string | null) {
  const header = lastId === null ? {} : { 'Last-Event-ID': lastId };
  return (signal: AbortSignal) => service.GET('/v1/me/events', { params: { header }, parseAs: 'stream', signal });
}

/** What was open before and is not in the snapshot has ended while nobody listened. */
async function learnEnd({ service }: Shopper, before: Standing, known: () => Standing, know: (standing: Standing) => void): Promise<void> {
  const was = before.open;
  if (was === null || known().open?.id === was.id) return;
  const data = await answerOf(service.GET('/v1/operations/{id}', { params: { path: { id: was.id } } }));
  know(after(known(), { event: 'operation.updated', data }));
}
