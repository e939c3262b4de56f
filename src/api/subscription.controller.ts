import { Body, Controller, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { ApiAcceptedResponse, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ask } from '../operations/ask.js';
import { Operations } from '../operations/operations.js';
import { OperationsQuery } from '../operations/operations-query.js';
import { etagOf } from '../platform/etag.js';
import { fromPublicId } from '../platform/ids.js';
import { Problem } from '../platform/problems/problem.js';
import { answerWith } from './answers.js';
import { ApiProblems, Keyed } from './api-docs.js';
import { Door } from './door.js';
import { operation, subscription } from './schemas.js';
import {
  cancelBody,
  emptyBody,
  payBody,
  previewBody,
  quote,
  subscribeBody,
  type CancelBody,
  type PayBody,
  type PreviewBody,
  type SubscribeBody,
} from './subscription-schemas.js';
import { quoteView, subscriptionView } from './views.js';
import { Visit, Visiting } from './visit.js';

/** What a user has, and how it is changed. */
@ApiTags('Subscription')
@Controller('v1')
export class SubscriptionController {
  constructor(
    private readonly operations: Operations,
    private readonly query: OperationsQuery,
    private readonly door: Door,
  ) {}

  @Put('me/subscription')
  @Keyed('subscribing')
  @ApiOperation({ summary: 'Be on a plan: the first call subscribes, any later one changes the plan' })
  @ApiCreatedResponse({ standardSchema: operation, description: 'Subscribed and charged' })
  @ApiOkResponse({ standardSchema: operation, description: 'Plan changed, or unchanged' })
  @ApiAcceptedResponse({ standardSchema: operation, description: 'Not settled yet, or the customer must authenticate' })
  put(@Body({ schema: subscribeBody }) body: SubscribeBody, @Visiting() visit: Visit) {
    return this.submit({ verb: 'put_subscription', ...wishOf(body), ...visit.ask(body) }, visit);
  }

  @Post('subscriptions')
  @Keyed('subscribing')
  @ApiOperation({ summary: 'Subscribe; refused when a live subscription exists' })
  @ApiCreatedResponse({ standardSchema: operation, description: 'Subscribed and charged' })
  @ApiAcceptedResponse({ standardSchema: operation, description: 'Not settled yet, or the customer must authenticate' })
  subscribe(@Body({ schema: subscribeBody }) body: SubscribeBody, @Visiting() visit: Visit) {
    return this.submit({ verb: 'subscribe', ...wishOf(body), ...visit.ask(body) }, visit);
  }

  @Post('subscriptions/:id/change-plan')
  @Keyed('subscribing')
  @ApiOperation({ summary: 'Change the plan of this subscription' })
  @ApiOkResponse({ standardSchema: operation, description: 'Plan changed, or unchanged' })
  @ApiAcceptedResponse({ standardSchema: operation, description: 'Not settled yet, or the customer must authenticate' })
  changePlan(@Param('id') id: string, @Body({ schema: subscribeBody }) body: SubscribeBody, @Visiting() visit: Visit) {
    const subscriptionId = fromPublicId('sub', id);
    if (!subscriptionId) throw new Problem('not-found');
    return this.submit({ verb: 'change_plan', subscriptionId, ...wishOf(body), ...visit.ask(body) }, visit);
  }

  @Post('me/subscription/preview')
  @HttpCode(200)
  @ApiOperation({ summary: 'What being on a plan would cost: a quote that holds for 15 minutes' })
  @ApiOkResponse({ standardSchema: quote })
  @ApiProblems('validation-failed', 'plan-not-found', 'plan-full', 'already-subscribed', 'currency-mismatch', 'overloaded')
  async preview(@Body({ schema: previewBody }) body: PreviewBody, @Visiting() visit: Visit) {
    const quoted = await this.door.admit(() => this.operations.preview({ ...body, userId: visit.caller.userId }), { reply: visit.reply });
    return quoteView(quoted);
  }

  @Post('me/subscription/cancel')
  @Keyed('subscribing')
  @ApiOperation({ summary: 'Leave, at the end of the period or at once' })
  @ApiOkResponse({ standardSchema: operation })
  @ApiAcceptedResponse({ standardSchema: operation, description: 'Not settled yet' })
  cancel(@Body({ schema: cancelBody }) body: CancelBody, @Visiting() visit: Visit) {
    return this.submit({ verb: 'cancel', effective: body.at, ...visit.ask(body) }, visit);
  }

  @Post('me/subscription/resume')
  @Keyed('subscribing')
  @ApiOperation({ summary: 'Take a scheduled cancel back, or go on after a pause' })
  @ApiOkResponse({ standardSchema: operation })
  @ApiAcceptedResponse({ standardSchema: operation, description: 'Not settled yet' })
  resume(@Body({ schema: payBody }) body: PayBody, @Visiting() visit: Visit) {
    return this.submit({ verb: 'resume', ...body, ...visit.ask(body) }, visit);
  }

  @Post('me/subscription/pause')
  @Keyed('subscribing', 'subscription-not-pausable')
  @ApiOperation({ summary: 'Stop for a while: nothing is charged, and the seat is free for others' })
  @ApiOkResponse({ standardSchema: operation })
  @ApiAcceptedResponse({ standardSchema: operation, description: 'Not settled yet' })
  pause(@Body({ schema: emptyBody }) body: object | undefined, @Visiting() visit: Visit) {
    return this.submit({ verb: 'pause', ...visit.ask(body) }, visit);
  }

  @Post('me/subscription/pay')
  @Keyed('subscribing', 'nothing-due')
  @ApiOperation({ summary: 'Pay at once what is past due, with the saved card or another one' })
  @ApiOkResponse({ standardSchema: operation })
  @ApiAcceptedResponse({ standardSchema: operation, description: 'Not settled yet, or the customer must authenticate' })
  pay(@Body({ schema: payBody }) body: PayBody, @Visiting() visit: Visit) {
    return this.submit({ verb: 'pay', ...body, ...visit.ask(body) }, visit);
  }

  @Get('me/subscription')
  @ApiOperation({ summary: 'The live subscription' })
  @ApiOkResponse({ standardSchema: subscription })
  @ApiProblems('not-subscribed')
  async mine(@Visiting() visit: Visit) {
    const { subscription: live, open } = await this.query.standingOf(visit.caller.userId);
    if (!live) throw new Problem('not-subscribed');
    void visit.reply.header('ETag', etagOf(live.version));
    return subscriptionView(live, open?.id ?? null);
  }

  private async submit(ask: Ask, visit: Visit) {
    // Waiting for a place counts, and a place is kept for as long as the call that it was given for.
    const met = await this.door.admit((waitMs) => this.operations.submit({ ...ask, waitMs }), {
      waitMs: ask.waitMs,
      reply: visit.reply,
      goesOn: ({ goesOn }) => goesOn,
    });
    const { reply, request } = visit;
    if (met.operation.isOpen) reply.raw.once('finish', () => this.operations.answered(met.operation, request.id, reply.statusCode));
    return answerWith(met, reply, this.door.context(request));
  }
}

/** Ids as they are stored. */
function wishOf({ quoteId, ...body }: SubscribeBody) {
  return { ...body, ...(quoteId === undefined ? {} : { quoteId: fromPublicId('qt', quoteId) as string }) };
}
