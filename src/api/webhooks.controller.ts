import { Controller, HttpCode, Param, Post, Req, type RawBodyRequest } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { PaymentGateway } from '../gateways/payment-gateway.js';
import { GatewayInbox } from '../operations/gateway-inbox.js';
import { Problem } from '../platform/problems/problem.js';
import { ApiProblems } from './api-docs.js';
import { Public } from './caller.js';
import { refuseCardDataIn } from './card-numbers.js';
import { Unmetered } from './rate-limit.js';

/** Events from the payment gateway. The signature is the authentication. */
@ApiTags('Webhooks')
@Controller('v1/webhooks')
export class WebhooksController {
  constructor(
    private readonly gateway: PaymentGateway,
    private readonly inbox: GatewayInbox,
  ) {}

  /** Stored before it is acknowledged, acted on afterwards: the gateway's patience is short and its order means nothing. */
  @Post(':gateway')
  @Public()
  @Unmetered()
  @HttpCode(200)
  @ApiOperation({ summary: 'An event of the gateway: signature checked over the raw body, stored once, acted on afterwards' })
  @ApiOkResponse({ description: 'Stored, now or before' })
  @ApiProblems('webhook-signature', 'not-found', 'body-too-large')
  async receive(@Param('gateway') name: string, @Req() request: RawBodyRequest<FastifyRequest>): Promise<{ received: true }> {
    if (name !== this.gateway.name) throw new Problem('not-found');
    const event = this.gateway.readEvent(request.rawBody ?? Buffer.alloc(0), request.headers);
    refuseCardDataIn(request.body);
    if (await this.inbox.store(event)) this.inbox.wake();
    return { received: true };
  }
}
