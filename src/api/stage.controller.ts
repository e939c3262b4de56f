import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { TestClock } from '../operations/due/test-clock.js';
import { newId } from '../platform/ids.js';
import { Problem } from '../platform/problems/problem.js';
import { Plans } from '../subscriptions/plans.js';
import { ApiProblems } from './api-docs.js';
import { CallerId, Public } from './caller.js';
import { Door } from './door.js';
import { type GatewayCharge, StageGateway } from './stage-gateway.js';
import { Shoppers } from './shoppers.js';
import {
  cardsBody,
  naiveClick,
  naiveClickBody,
  shopper,
  stageCards,
  stageCharges,
  stageServer,
  type CardsBody,
  type NaiveClickBody,
} from './stage-schemas.js';
import { movedClock, movedView } from './test-clock.controller.js';
import { Visit, Visiting } from './visit.js';

/** Set by the program that starts this one again when it was killed. */
const COMES_BACK = 'COUNTERFOIL_COMES_BACK';
const STARTED_AT = new Date(Date.now() - process.uptime() * 1_000).toISOString();

/** What the store's stage needs beside the API that it shows. Mounted where the gateway is the sandbox, and nowhere else. */
@ApiTags('Sandbox')
@Controller('v1/test/stage')
export class StageController {
  constructor(
    private readonly gateway: StageGateway,
    private readonly shoppers: Shoppers,
    private readonly plans: Plans,
    private readonly clock: TestClock,
    private readonly door: Door,
  ) {}

  @Post('shoppers')
  @Public()
  @HttpCode(201)
  @ApiOperation({ summary: 'A customer nobody knows yet, with a token for the day and no role; only in sandbox mode' })
  @ApiCreatedResponse({ standardSchema: shopper })
  async newShopper() {
    return { object: 'shopper', ...(await this.shoppers.issue(`shopper_${newId().replaceAll('-', '').slice(-12)}`)) };
  }

  @Get('charges')
  @ApiOperation({ summary: 'What the gateway has charged me, protected or not; only in sandbox mode' })
  @ApiOkResponse({ standardSchema: stageCharges })
  async charges(@CallerId() userId: string) {
    return { object: 'list', data: (await this.gateway.chargesOf(userId)).map(chargeView) };
  }

  @Post('naive-clicks')
  @HttpCode(200)
  @ApiOperation({ summary: 'The same click without protection: it charges as often as it is made; only in sandbox mode' })
  @ApiOkResponse({ standardSchema: naiveClick })
  @ApiProblems('validation-failed', 'plan-not-found')
  async clickNaively(@Body({ schema: naiveClickBody }) { planId, paymentMethod }: NaiveClickBody, @Visiting() { caller }: Visit) {
    const plan = (await this.plans.onSale()).find(({ id }) => id === planId);
    if (!plan) throw new Problem('plan-not-found');
    const { userId } = caller;
    const charge = { userId, amount: plan.price, paymentMethod, returnUrl: this.shoppers.returnUrl };
    return { object: 'naive_click', answer: await this.gateway.chargeNaively(charge) };
  }

  @Post('cards')
  @HttpCode(200)
  @ApiOperation({ summary: 'Let my saved card go bad, or be well again; only in sandbox mode' })
  @ApiOkResponse({ standardSchema: stageCards })
  @ApiProblems('validation-failed')
  async cards(@Body({ schema: cardsBody }) { behaves }: CardsBody, @CallerId() userId: string) {
    return { object: 'stage_cards', changed: await this.gateway.letCardsBehave(userId, behaves) };
  }

  @Post('month')
  @HttpCode(200)
  @ApiOperation({ summary: 'Let a month pass for everybody; only in sandbox mode' })
  @ApiOkResponse({ standardSchema: movedClock })
  @ApiAcceptedResponse({ standardSchema: movedClock, description: 'Something is still due' })
  @ApiProblems('clock-not-movable', 'overloaded')
  async month(@Visiting() { reply }: Visit) {
    const moved = await this.door.admit(() => this.clock.advance({ by: 'P1M' }, this.door.gone(reply)), { reply });
    void reply.status(moved.settled ? 200 : 202);
    return movedView(moved);
  }

  @Get('server')
  @ApiOperation({ summary: 'The process that answers; only in sandbox mode' })
  @ApiOkResponse({ standardSchema: stageServer })
  server() {
    return { object: 'stage_server', pid: process.pid, startedAt: STARTED_AT, comesBack: comesBack() };
  }

  @Post('server/kill')
  @HttpCode(202)
  @ApiOperation({ summary: 'Kill the process that answers, as a power cut would; only in sandbox mode, and where it comes back' })
  @ApiAcceptedResponse({ standardSchema: stageServer })
  @ApiProblems('server-not-kept')
  kill(@Visiting() { reply }: Visit) {
    if (!comesBack()) throw new Problem('server-not-kept');
    // After the answer is out: whoever pressed the button knows that it was heard.
    reply.raw.once('close', () => process.kill(process.pid, 'SIGKILL'));
    return this.server();
  }
}

function comesBack(): boolean {
  return process.env[COMES_BACK] === 'yes';
}

function chargeView({ currency, ...charge }: GatewayCharge): Record<string, unknown> {
  const money = (amount: number) => ({ amount, currency: currency.toUpperCase() });
  return {
    id: charge.id,
    amount: money(charge.amount),
    amountRefunded: money(charge.amountRefunded),
    status: charge.status,
    isProtected: charge.idempotencyKey !== null,
    createdAt: charge.createdAt,
  };
}
