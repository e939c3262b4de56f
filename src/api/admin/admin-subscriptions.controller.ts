import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Verb } from '../../operations/intent.js';
import { Operations } from '../../operations/operations.js';
import { Problem } from '../../platform/problems/problem.js';
import { answerWith } from '../answers.js';
import { ApiIfMatch, Keyed } from '../api-docs.js';
import { Roles } from '../caller.js';
import { userId as userIdSchema } from '../credit-schemas.js';
import { Door } from '../door.js';
import { operation } from '../schemas.js';
import { Visit, Visiting } from '../visit.js';
import { actBody } from './admin-schemas.js';

const SEEN = 'the ETag of the subscription that the caller saw';

/** What is done to a subscription in its user's stead. */
@ApiTags('Admin: subscriptions')
@Controller('v1/admin/users/:userId/subscription')
@Roles('operator')
export class AdminSubscriptionsController {
  constructor(
    private readonly operations: Operations,
    private readonly door: Door,
  ) {}

  @Post('pause')
  @HttpCode(200)
  @Keyed('admin', 'not-subscribed', 'subscription-not-pausable', 'subscription-changed')
  @ApiIfMatch(SEEN)
  @ApiOperation({ summary: "Stop a user's subscription for a while: nothing is charged" })
  @ApiOkResponse({ standardSchema: operation })
  @ApiAcceptedResponse({ standardSchema: operation, description: 'Not settled yet' })
  pause(@Param('userId') userId: string, @Body({ schema: actBody }) body: { reason: string }, @Visiting() visit: Visit) {
    return this.submit('pause', userId, body, visit);
  }

  @Post('resume')
  @HttpCode(200)
  @Keyed(
    'admin',
    'not-subscribed',
    'plan-full',
    'payment-declined',
    'payment-method-required',
    'gateway-unavailable',
    'subscription-changed',
  )
  @ApiIfMatch(SEEN)
  @ApiOperation({ summary: "Let a user's subscription go on; a period that has to begin anew is charged to the saved card" })
  @ApiOkResponse({ standardSchema: operation })
  @ApiAcceptedResponse({ standardSchema: operation, description: 'Not settled yet, or the customer must authenticate' })
  resume(@Param('userId') userId: string, @Body({ schema: actBody }) body: { reason: string }, @Visiting() visit: Visit) {
    return this.submit('resume', userId, body, visit);
  }

  /** An operation of the user, whose key no caller of their own can have: it has a space. */
  private async submit(verb: Verb, userId: string, body: { reason: string }, visit: Visit) {
    if (!userIdSchema.safeParse(userId).success) throw new Problem('not-found');
    const asked = visit.ask(body);
    const act = visit.act(body.reason);
    const ask = { ...asked, verb, userId, key: `${act.actor} ${asked.key}`, act };
    const met = await this.door.admit((waitMs) => this.operations.submit({ ...ask, waitMs }), {
      waitMs: ask.waitMs,
      reply: visit.reply,
      goesOn: ({ goesOn }) => goesOn,
    });
    return answerWith(met, visit.reply, this.door.context(visit.request));
  }
}
