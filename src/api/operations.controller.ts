import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { OperationDesk } from '../operations/operation-desk.js';
import { OperationsQuery } from '../operations/operations-query.js';
import { etagOf } from '../platform/etag.js';
import { fromPublicId, toPublicId } from '../platform/ids.js';
import { Problem } from '../platform/problems/problem.js';
import { ApiIfMatch, ApiProblems, Keyed } from './api-docs.js';
import { Door } from './door.js';
import { readPrefer } from './prefer.js';
import { listOf, operation, pageQuery, type PageQuery } from './schemas.js';
import { emptyBody } from './subscription-schemas.js';
import { operationView, retryAfterSeconds } from './views.js';
import { Visit, Visiting } from './visit.js';

const DEFAULT_LIMIT = 50;
const SEEN = 'the ETag of the operation that the caller saw';

/** What became of a request. */
@ApiTags('Operations')
@Controller('v1')
export class OperationsController {
  constructor(
    private readonly desk: OperationDesk,
    private readonly query: OperationsQuery,
    private readonly door: Door,
  ) {}

  @Get('operations/:id')
  @ApiOperation({ summary: 'One operation; with Prefer: wait=N the answer comes as soon as it moves' })
  @ApiOkResponse({ standardSchema: operation })
  @ApiResponse({ status: 304, description: 'It stands as If-None-Match says' })
  @ApiProblems('not-found')
  async one(@Param('id') id: string, @Visiting() visit: Visit) {
    const { request, reply } = visit;
    const seen = request.headers['if-none-match'];
    const { waitMs, asked } = readPrefer(request.headers['prefer']);
    const read = await this.desk.read(this.idOf(id), visit.caller.userId, {
      unlessVersion: versionIn(seen),
      waitMs: asked ? waitMs : 0,
      signal: this.door.gone(reply),
    });
    if (!read) throw new Problem('not-found');
    void reply.header('ETag', etagOf(read.operation.version));
    const wait = retryAfterSeconds(read.operation);
    if (wait !== null) void reply.header('Retry-After', String(wait));
    if (versionIn(seen) === read.operation.version) return reply.status(304).send();
    return operationView(read.operation, read.subscription, this.door.context(visit.request));
  }

  @Get('me/operations')
  @ApiOperation({ summary: 'My operations, newest first' })
  @ApiOkResponse({ standardSchema: listOf(operation) })
  @ApiProblems('validation-failed')
  async mine(@Query({ schema: pageQuery }) page: PageQuery, @Visiting() visit: Visit) {
    const after = page.cursor === undefined ? null : this.idOf(page.cursor);
    const { operations, next } = await this.query.list({ userId: visit.caller.userId }, { limit: page.limit ?? DEFAULT_LIMIT, after });
    const data = operations.map((found) => operationView(found, null, this.door.context(visit.request)));
    return { object: 'list', data, nextCursor: next && toPublicId('op', next) };
  }

  @Post('operations/:id/confirm')
  @HttpCode(200)
  @Keyed('operation')
  @ApiIfMatch(SEEN)
  @ApiOperation({ summary: 'The customer has authenticated: ask the gateway now' })
  @ApiOkResponse({ standardSchema: operation, description: 'The operation is over' })
  @ApiAcceptedResponse({ standardSchema: operation, description: 'The operation is still open' })
  confirm(@Param('id') id: string, @Body({ schema: emptyBody }) body: object | undefined, @Visiting() visit: Visit) {
    return this.act('confirm', id, body, visit);
  }

  @Post('operations/:id/cancel')
  @HttpCode(200)
  @Keyed('operation')
  @ApiIfMatch(SEEN)
  @ApiOperation({ summary: 'End an operation that waits for the customer; it is canceled at the gateway first' })
  @ApiOkResponse({ standardSchema: operation, description: 'The operation is over' })
  @ApiAcceptedResponse({ standardSchema: operation, description: 'The gateway did not say; the operation is still open' })
  cancel(@Param('id') id: string, @Body({ schema: emptyBody }) body: object | undefined, @Visiting() visit: Visit) {
    return this.act('cancel', id, body, visit);
  }

  private async act(what: 'confirm' | 'cancel', id: string, body: object | undefined, visit: Visit) {
    const use = visit.sightedUse(body);
    const { settled, replayed } = await this.desk[what](this.idOf(id), visit.caller.userId, use);
    if (replayed) visit.replayed();
    void visit.reply.status(settled.operation.isOpen ? 202 : 200).header('Operation-Id', toPublicId('op', settled.operation.id));
    return operationView(settled.operation, settled.subscription, this.door.context(visit.request));
  }

  private idOf(text: string): string {
    const id = fromPublicId('op', text);
    if (!id) throw new Problem('not-found');
    return id;
  }
}

/** The version that a client saw, from its If-None-Match. */
function versionIn(header: string | undefined): number | null {
  const version = /^(?:W\/)?"([0-9]{1,9})"$/.exec(header ?? '')?.[1];
  return version === undefined ? null : Number(version);
}
