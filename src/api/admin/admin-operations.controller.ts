import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { actionsOn } from '../../operations/actions.js';
import { OperationDesk, type Done } from '../../operations/operation-desk.js';
import { OperationsQuery } from '../../operations/operations-query.js';
import { AuditLog } from '../../platform/audit/audit-log.js';
import { etagOf } from '../../platform/etag.js';
import { fromPublicId, toPublicId } from '../../platform/ids.js';
import { Problem } from '../../platform/problems/problem.js';
import { ApiIfMatch, ApiProblems, Keyed } from '../api-docs.js';
import { Roles } from '../caller.js';
import { Door } from '../door.js';
import { operation } from '../schemas.js';
import { operationView } from '../views.js';
import {
  actBody,
  filterOf,
  noteBody,
  operationDetail,
  operationList,
  operationsQuery,
  resolveBody,
  type OperationsQueryInput,
} from './admin-schemas.js';
import { Visit, Visiting } from '../visit.js';
import { auditView } from './audit.controller.js';

const DEFAULT_LIMIT = 50;
const MAX_AUDIT_ROWS = 100;
const SEEN = 'the ETag of the operation that the caller saw';

/** Operations as those see them who have to explain them. */
@ApiTags('Admin: operations')
@Controller('v1/admin/operations')
@Roles('viewer')
export class AdminOperationsController {
  constructor(
    private readonly desk: OperationDesk,
    private readonly query: OperationsQuery,
    private readonly auditLog: AuditLog,
    private readonly door: Door,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Operations, filtered, with counts per status' })
  @ApiOkResponse({ standardSchema: operationList })
  @ApiProblems('validation-failed', 'forbidden')
  async list(@Query({ schema: operationsQuery }) input: OperationsQueryInput, @Visiting() visit: Visit) {
    const filter = filterOf(input);
    const after = input.cursor === undefined ? null : idOf(input.cursor);
    const [{ operations, next }, facets] = await Promise.all([
      this.query.list(filter, { limit: input.limit ?? DEFAULT_LIMIT, after, oldestFirst: input.sort === 'createdAt' }),
      this.query.facets(filter),
    ]);
    const data = operations.map((found) => operationView(found, null, this.door.context(visit.request)));
    return { object: 'list', data, nextCursor: next && toPublicId('op', next), facets: { status: facets } };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Everything about one operation' })
  @ApiOkResponse({ standardSchema: operationDetail })
  @ApiProblems('forbidden', 'not-found')
  async one(@Param('id') id: string, @Visiting() visit: Visit) {
    const read = await this.desk.inspect(idOf(id));
    if (!read) throw new Problem('not-found');
    const rows = await this.auditLog.read({ object: id, limit: MAX_AUDIT_ROWS });
    const { operation: found, subscription } = read;
    void visit.reply.header('ETag', etagOf(found.version));
    return {
      ...operationView(found, subscription, this.door.context(visit.request)),
      reference: found.reference,
      paymentMethod: found.paymentMethod,
      timeline: found.timeline,
      audit: rows.filter((row) => row.action !== 'operation.note').map(auditView),
      notes: rows.filter((row) => row.action === 'operation.note').map((row) => ({ at: row.at, author: row.actor, text: row.reason })),
      actions: actionsOn(found.status),
    };
  }

  @Post(':id/recover')
  @Roles('operator')
  @HttpCode(200)
  @Keyed('admin', 'operation-not-open', 'operation-changed')
  @ApiIfMatch(SEEN)
  @ApiOperation({ summary: 'Ask the gateway now and settle by its answer' })
  @ApiOkResponse({ standardSchema: operation })
  async recover(@Param('id') id: string, @Body({ schema: actBody }) body: { reason: string }, @Visiting() visit: Visit) {
    return this.answer(await this.desk.recover(idOf(id), visit.act(body.reason), visit.sightedUse(body)), visit);
  }

  @Post(':id/cancel')
  @Roles('operator')
  @HttpCode(200)
  @Keyed('admin', 'operation-not-cancelable', 'operation-changed')
  @ApiIfMatch(SEEN)
  @ApiOperation({ summary: 'End an operation before money moved' })
  @ApiOkResponse({ standardSchema: operation })
  async cancel(@Param('id') id: string, @Body({ schema: actBody }) body: { reason: string }, @Visiting() visit: Visit) {
    return this.answer(await this.desk.cancelFor(idOf(id), visit.act(body.reason), visit.sightedUse(body)), visit);
  }

  @Post(':id/notes')
  @Roles('operator')
  @HttpCode(200)
  @Keyed('admin')
  @ApiOperation({ summary: 'Leave a note; its text is its reason in the audit' })
  @ApiOkResponse({ standardSchema: operation })
  async note(@Param('id') id: string, @Body({ schema: noteBody }) body: { text: string }, @Visiting() visit: Visit) {
    return this.answer(await this.desk.note(idOf(id), visit.act(body.text), visit.keyUse(body)), visit);
  }

  @Post(':id/resolve')
  @Roles('admin')
  @HttpCode(200)
  @Keyed('admin', 'operation-not-resolvable', 'operation-changed')
  @ApiIfMatch(SEEN)
  @ApiOperation({ summary: 'End an operation in needs_review or unknown by evidence' })
  @ApiOkResponse({ standardSchema: operation })
  async resolve(
    @Param('id') id: string,
    @Body({ schema: resolveBody }) body: { outcome: 'charged' | 'not_charged'; gatewayReference?: string; reason: string },
    @Visiting() visit: Visit,
  ) {
    const { reason, ...finding } = body;
    return this.answer(await this.desk.resolve(idOf(id), finding, visit.act(reason), visit.sightedUse(body)), visit);
  }

  private answer({ settled, replayed }: Done, visit: Visit) {
    if (replayed) visit.replayed();
    return operationView(settled.operation, settled.subscription, this.door.context(visit.request));
  }
}

function idOf(text: string): string {
  const id = fromPublicId('op', text);
  if (!id) throw new Problem('not-found');
  return id;
}
