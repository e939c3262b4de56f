import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { TestClock, type Moved } from '../operations/due/test-clock.js';
import { ISO_DURATION, type ClockReading } from '../platform/database/service-clock.js';
import { ApiProblems } from './api-docs.js';
import { Roles } from './caller.js';
import { Door } from './door.js';
import { Visit, Visiting } from './visit.js';

const dateTime = z.iso.datetime({ offset: true });

const advanceBody = z
  .strictObject({
    by: z.string().regex(ISO_DURATION, 'must be an ISO 8601 duration such as P31D, P1M or PT1H').optional(),
    to: dateTime.optional().describe('a moment instead of a duration: asked for again, it moves nothing'),
  })
  .refine(({ by, to }) => (by === undefined) !== (to === undefined), 'must have either by or to')
  .meta({ id: 'AdvanceClockRequest', example: { by: 'P31D' } });

const reading = z.object({
  object: z.literal('test_clock'),
  now: dateTime.describe('what time it is for the business'),
  aheadSeconds: z.int().describe('how far that is ahead of real time'),
});
const testClock = reading.meta({ id: 'TestClock' });
export const movedClock = reading
  .extend({
    from: dateTime,
    to: dateTime.describe('where it was to be moved; ask for this moment again where it is not settled'),
    operations: z.int().describe('open operations whose check became due'),
    renewals: z.int().describe('renewals that were recorded'),
    settled: z.boolean().describe('the clock is there, and nothing is due by it'),
  })
  .meta({ id: 'MovedTestClock' });

/** The clock of business, to be moved by those who try the service out. Mounted where the gateway is the sandbox, and nowhere else. */
@ApiTags('Sandbox')
@Controller('v1/test/clock')
@Roles('admin')
export class TestClockController {
  constructor(
    private readonly clock: TestClock,
    private readonly door: Door,
  ) {}

  @Get()
  @ApiOperation({ summary: 'What time it is for the business; only in sandbox mode' })
  @ApiOkResponse({ standardSchema: testClock })
  @ApiProblems('forbidden')
  async read() {
    return readingView(await this.clock.read());
  }

  @Post('advance')
  @HttpCode(200)
  @ApiOperation({ summary: 'Move the clock forwards and work off everything that becomes due on the way; only in sandbox mode' })
  @ApiOkResponse({ standardSchema: movedClock })
  @ApiAcceptedResponse({
    standardSchema: movedClock,
    description: 'Not there yet, or something is still due: ask for the same moment again',
  })
  @ApiProblems('validation-failed', 'forbidden', 'clock-not-movable', 'overloaded')
  async advance(@Body({ schema: advanceBody }) { by, to }: z.output<typeof advanceBody>, @Visiting() { reply }: Visit) {
    const wish = by === undefined ? { to: to as string } : { by };
    const moved = await this.door.admit(() => this.clock.advance(wish, this.door.gone(reply)), { reply });
    void reply.status(moved.settled ? 200 : 202);
    return movedView(moved);
  }
}

function readingView({ now, aheadMs }: ClockReading): Record<string, unknown> {
  return { object: 'test_clock', now, aheadSeconds: Math.round(aheadMs / 1_000) };
}

export function movedView({ from, to, operations, renewals, settled, ...reading }: Moved): Record<string, unknown> {
  return { ...readingView(reading), from, to, operations, renewals, settled };
}
