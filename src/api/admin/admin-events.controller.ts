import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Readable } from 'node:stream';
import { Hints } from '../../events/hints.js';
import { ApiStream } from '../api-docs.js';
import { Roles } from '../caller.js';
import { Streams } from '../streams.js';
import { Visit, Visiting } from '../visit.js';

const DESCRIPTION = `Server-sent events, for a console that shows many users. \`operations.updated\` (\`{ userIds, more }\`) says that something became true for
these users, at most 100 of them, and that it is worth looking again; with \`more\` also for others, or rings may have been missed: look at everything. What becomes true within a
quarter of a second is told together. One with \`more\` comes first, so that whoever comes, or comes back, looks once. There are no ids and nothing is resumed: these are hints, not
events, and one may be lost, so look now and then without one. A comment comes every 15 s; \`bye\` (\`{ reason }\`) comes before the service ends the stream.
At most 10 streams for each user and process, those of \`/v1/me/events\` among them.`;

/** When it is worth looking at users again, told to those who look at all of them. */
@ApiTags('Admin: insight')
@Controller('v1/admin/events')
@Roles('viewer')
export class AdminEventsController {
  constructor(
    private readonly hints: Hints,
    private readonly streams: Streams,
  ) {}

  @Get()
  @ApiOperation({ summary: 'For whom something becomes true, as it happens', description: DESCRIPTION })
  @ApiStream('forbidden')
  all(@Visiting() visit: Visit): Promise<Readable> {
    return this.streams.open(visit, () => (stream) => this.hints.listen((hint) => stream.send('operations.updated', null, hint)));
  }
}
