import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { actionsOn } from '../../operations/actions.js';
import { OperationDesk, type Done } from '../../operations/operation-desk.js';
import { OperationsQuery } from '../../operations/operations-query.js';
import { RequestSearch } from '../../operations/request-search.js';
import { Refunds } from '../../operations/refunds.js';
import { AuditLog } from '../../platform/audit/audit-log.js';
import { ServiceClock } from '../../platform/database/service-clock.js';
import { etagOf } from '../../platform/etag.js';
import { fromPublicId, toPublicId } from '../../platform/ids.js';
import { Problem } from '../../platform/problems/problem.js';
import { ApiIfMatch, ApiProblems, Keyed } from '../api-docs.js';
import { Roles } from '../caller.js';
import { Door } from '../door.js';
import { operation } from '../schemas.js';
import { operationView, retryAfterSeconds } from '../views.js';
import {
  actBody,
  filterOf,
  noteBody,
  operationDetail,
  operationList,
  operationsQuery,
  refundBody,
  resolveBody,
  type OperationsQueryInput,
  type RefundBody,
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
    private readonly refunds: Refunds,
    private readonly query: OperationsQuery,
    private readonly requests: RequestSearch,
    private readonly auditLog: AuditLog,
    private readonly clock: ServiceClock,
    private readonly door: Door,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Operations, filtered, with counts per status' })
  @ApiOkResponse({ standardSchema: operationList })
  @ApiProblems('validation-failed', 'forbidden')
  async list(@Query({ schema: operationsQuery }) input: OperationsQueryInput, @Visiting() visit: Visit) {
    const filter = await filterOf(input, (requestId) => this.requests.operationsOf(requestId));
    const after = input.cursor === undefined ? null : idOf(input.cursor);
    const [{ operations, next }, facets, { now }] = await Promise.all([
      this.query.list(filter, { limit: input.limit ?? DEFAULT_LIMIT, after, oldestFirst: input.sort === 'createdAt' }),
      this.query.facets(filter),
      this.clock.read(),
    ]);
    const data = operations.map((found) => operationView(found, null, this.door.context(visit.request)));
    return { object: 'list', data, nextCursor: next && toPublicId('op', next), now, facets };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Everything about one operation' })
  @ApiOkResponse({ standardSchema: operationDetail })
  @ApiProblems('forbidden', 'not-found')
  async one(@Param('id') id: string, @Visiting() visit: Visit) {
    const read = await this.desk.inspect(idOf(id));
    if (!read) throw new Problem('not-found');
    const [rows, { now }] = await Promise.all([this.auditLog.read({ object: id, limit: MAX_AUDIT_ROWS }), this.clock.read()]);
    const { operation: found, subscription } = read;
    void visit.reply.header('ETag', etagOf(found.version));
    return {
      ...operationView(found, subscription, this.door.context(visit.request)),
      now,
      reference: found.reference,
      paymentMethod: found.paymentMethod,
      seatPlanId: found.seatPlanId,
      timeline: found.timeline,
      audit: rows.filter((row) => row.action !== 'operation.note').map(auditView),
      notes: rows.filter((row) => row.action === 'operation.note').map((row) => ({ at: row.at, author: row.actor, text: row.reason })),
      actions: actionsOn(found),
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

  @Post(':id/refund')
  @Roles('operator')
  @HttpCode(200)
  @Keyed('admin', 'operation-not-refundable', 'refund-exceeds-payment', 'credit-limit-reached', 'operation-changed')
  @ApiIfMatch(SEEN)
  @ApiOperation({ summary: 'Give back what was paid, in part or all that is left, to the card or as credit' })
  @ApiOkResponse({ standardSchema: operation, description: 'The refund, an operation of its own, is over' })
  @ApiAcceptedResponse({
    standardSchema: operation,
    description: 'The refund is recorded and still open: it is carried on by itself, or waits for a person',
  })
  async refund(@Param('id') id: string, @Body({ schema: refundBody }) body: RefundBody, @Visiting() visit: Visit) {
    const { reason, ...ask } = body;
    const done = await this.refunds.refund(idOf(id), ask, visit.act(reason), visit.sightedUse(body));
    const { operation: refund } = done.settled;
    const refundId = toPublicId('op', refund.id);
    const wait = retryAfterSeconds(refund);
    void visit.reply.status(refund.isOpen ? 202 : 200).headers({
      Location: `/v1/admin/operations/${refundId}`,
      ...(wait === null ? {} : { 'Retry-After': String(wait) }),
    });
    return this.answer(done, visit);
  }

  private answer({ settled, replayed }: Done, visit: Visit) {
    if (replayed) visit.replayed();
    void visit.reply.header('Operation-Id', toPublicId('op', settled.operation.id));
    return operationView(settled.operation, settled.subscription, this.door.context(visit.request));
  }
}

function idOf(text: string): string {
  const id = fromPublicId('op', text);
  if (!id) throw new Problem('not-found');
  return id;
}
