import { Controller, Get } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Readable } from 'node:stream';
import { Feed } from '../events/feed.js';
import { SnapshotQuery } from '../operations/snapshot.js';
import { Metrics } from '../platform/telemetry/metrics.js';
import { ApiProblems } from './api-docs.js';
import { Door, shuttingDown } from './door.js';
import { EventStream } from './event-stream.js';
import { eventView, snapshotView } from './event-views.js';
import { StreamPlaces } from './stream-places.js';
import { Visit, Visiting } from './visit.js';

const DESCRIPTION = `Server-sent events. \`snapshot\` comes first: \`{ subscription, openOperations, credits: [{ currency, balance, reserved }] }\`. Then, each once and in order:
\`operation.updated\` (an Operation, without its subscription), \`subscription.updated\` (a Subscription), \`credits.updated\` (\`{ currency, balance, reserved }\`).
Ids are consecutive numbers of the user. A comment comes every 15 s; \`bye\` (\`{ reason }\`) comes before the service ends the stream: come back with Last-Event-ID.
With Last-Event-ID, events go on after that number; where they cannot, because it is older than 72 h or too many were missed, a snapshot comes first again.
At most 10 streams for each user and process.`;

/** No proxy may keep, compress or hold back what is to be seen at once. */
const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
};

/** All who count an open answer listen for its end; Node warns of a leak beyond ten. */
const MAX_LISTENERS = 20;

/** What becomes true for a user, told to their tabs. */
@ApiTags('Events')
@Controller('v1')
export class EventsController {
  private readonly places: StreamPlaces;

  constructor(
    private readonly feed: Feed,
    private readonly snapshots: SnapshotQuery,
    private readonly door: Door,
    metrics: Metrics,
  ) {
    this.places = new StreamPlaces(metrics);
  }

  @Get('me/events')
  @ApiOperation({ summary: 'What becomes of my operations, my subscription and my credit, as it happens', description: DESCRIPTION })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'the id of the last event that was seen' })
  @ApiResponse({ status: 200, description: 'The stream', content: { 'text/event-stream': { schema: { type: 'string' } } } })
  @ApiProblems('overloaded', 'shutting-down')
  async mine(@Visiting() visit: Visit): Promise<Readable> {
    const { reply, request, caller } = visit;
    if (this.door.closed) throw shuttingDown();
    this.places.take(caller.userId, reply);
    const gone = this.door.gone(reply);
    const { after, snapshot } = await this.beginning(caller.userId, request.headers['last-event-id']);
    if (this.door.closed) throw shuttingDown();
    if (gone.aborted) return Readable.from([]);
    const context = this.door.context(request);
    const stream = new EventStream({ tokenExpiresAtMs: caller.believedUntilMs, cut: () => void reply.raw.destroy() });
    if (snapshot) stream.send('snapshot', after, snapshotView(snapshot, context));
    const unfollow = this.feed.follow(caller.userId, after, {
      deliver: (event) => stream.send(event.type, event.number, eventView(event, context)),
      lost: () => stream.end('behind'),
    });
    stream.body.once('close', unfollow);
    gone.addEventListener('abort', () => (this.door.closed ? stream.end('shutting_down') : stream.body.destroy()), { once: true });
    reply.raw.setMaxListeners(MAX_LISTENERS);
    void reply.headers(HEADERS);
    return stream.body;
  }

  /** After the number that the reader saw last, where that can be; else with everything as it is now. */
  private async beginning(userId: string, lastEventId: string | string[] | undefined) {
    const seen = numberIn(lastEventId);
    if (seen !== null && (await this.feed.resumes(userId, seen))) return { after: seen, snapshot: null };
    const snapshot = await this.snapshots.read(userId);
    return { after: snapshot.last, snapshot };
  }
}

function numberIn(header: string | string[] | undefined): number | null {
  return typeof header === 'string' && /^[0-9]{1,15}$/.test(header) ? Number(header) : null;
}
