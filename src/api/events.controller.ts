import { Controller, Get } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Readable } from 'node:stream';
import { Feed } from '../events/feed.js';
import { SnapshotQuery } from '../operations/snapshot.js';
import { ApiStream } from './api-docs.js';
import { Door } from './door.js';
import { eventView, snapshotView } from './event-views.js';
import { Streams } from './streams.js';
import { Visit, Visiting } from './visit.js';

const DESCRIPTION = `Server-sent events. \`snapshot\` comes first: \`{ subscription, openOperations, credits: [{ currency, balance, reserved }] }\`. Then, each once and in order:
\`operation.updated\` (an Operation, without its subscription), \`subscription.updated\` (a Subscription), \`credits.updated\` (\`{ currency, balance, reserved }\`).
Ids are consecutive numbers of the user. A comment comes every 15 s; \`bye\` (\`{ reason }\`) comes before the service ends the stream: come back with Last-Event-ID.
With Last-Event-ID, events go on after that number; where they cannot, because it is older than 72 h or too many were missed, a snapshot comes first again.
At most 10 streams for each user and process.`;

/** What becomes true for a user, told to their tabs. */
@ApiTags('Events')
@Controller('v1')
export class EventsController {
  constructor(
    private readonly feed: Feed,
    private readonly snapshots: SnapshotQuery,
    private readonly door: Door,
    private readonly streams: Streams,
  ) {}

  @Get('me/events')
  @ApiOperation({ summary: 'What becomes of my operations, my subscription and my credit, as it happens', description: DESCRIPTION })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'the id of the last event that was seen' })
  @ApiStream()
  mine(@Visiting() visit: Visit): Promise<Readable> {
    const { request, caller } = visit;
    return this.streams.open(visit, async () => {
      const { after, snapshot } = await this.beginning(caller.userId, request.headers['last-event-id']);
      const context = this.door.context(request);
      return (stream) => {
        if (snapshot) stream.send('snapshot', after, snapshotView(snapshot, context));
        return this.feed.follow(caller.userId, after, {
          deliver: (event) => stream.send(event.type, event.number, eventView(event, context)),
          lost: () => stream.end('behind'),
        });
      };
    });
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
