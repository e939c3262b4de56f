import { Readable } from 'node:stream';
import type { Metrics } from '../platform/telemetry/metrics.js';
import { shuttingDown, type Door } from './door.js';
import { EventStream } from './event-stream.js';
import { StreamPlaces } from './stream-places.js';
import type { Visit } from './visit.js';

/** Begins to tell over a stream that is open. Answers what ends it, which is called when the stream is over. */
export type Telling = (stream: EventStream) => () => void;

/** No proxy may keep, compress or hold back what is to be seen at once. */
const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
};

/** All who count an open answer listen for its end; Node warns of a leak beyond ten. */
const MAX_LISTENERS = 20;

/** The streams of events that are open at this process, whatever they tell. */
export class Streams {
  private readonly places: StreamPlaces;

  constructor(
    private readonly door: Door,
    metrics: Metrics,
  ) {
    this.places = new StreamPlaces(metrics);
  }

  /** What is to be sent to the visitor. `prepare` may still refuse, as a problem. Throws Problem `rate-limited` or `shutting-down`. */
  async open({ reply, caller }: Visit, prepare: () => Telling | Promise<Telling>): Promise<Readable> {
    if (this.door.closed) throw shuttingDown();
    this.places.take(caller.userId, reply);
    const gone = this.door.gone(reply);
    const tell = await prepare();
    if (this.door.closed) throw shuttingDown();
    if (gone.aborted) return Readable.from([]);
    const stream = new EventStream({ tokenExpiresAtMs: caller.believedUntilMs, cut: () => void reply.raw.destroy() });
    stream.body.once('close', tell(stream));
    gone.addEventListener('abort', () => (this.door.closed ? stream.end('shutting_down') : stream.body.destroy()), { once: true });
    reply.raw.setMaxListeners(MAX_LISTENERS);
    void reply.headers(HEADERS);
    return stream.body;
  }
}
