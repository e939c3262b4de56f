import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { CreditsQuery } from '../../credits/credits-query.js';
import { Leases } from '../../leases/leases.js';
import { OperationsQuery } from '../../operations/operations-query.js';
import { StatisticsQuery } from '../../operations/statistics.js';
import { Problem } from '../../platform/problems/problem.js';
import { ApiProblems } from '../api-docs.js';
import { Roles } from '../caller.js';
import { creditEntry, credits } from '../credit-schemas.js';
import { Door } from '../door.js';
import { listOf, operation, subscription } from '../schemas.js';
import { creditEntryView, creditsView, operationView, subscriptionView } from '../views.js';
import { Visit, Visiting } from '../visit.js';

const MAX_LEASES = 200;
const HISTORY = 50;

const lease = z.object({ key: z.string(), holder: z.string(), ttlMs: z.int() });
const userDetail = z.object({
  object: z.literal('user'),
  id: z.string(),
  subscription: subscription.nullable(),
  openOperation: operation.nullable(),
  credits,
  creditEntries: z.array(creditEntry).describe('the newest'),
  operations: z.array(operation).describe('the newest'),
});
const statistics = z.object({
  byStatus: z.record(z.string(), z.int()),
  openAges: z.array(z.object({ upToSeconds: z.int().nullable(), count: z.int() })),
  outcomesPerMinute: z.array(z.object({ at: z.iso.datetime(), succeeded: z.int(), failed: z.int(), canceled: z.int() })),
  gatewayLatencyMs: z.object({ calls: z.int(), p50: z.number().nullable(), p95: z.number().nullable(), p99: z.number().nullable() }),
  duplicatesAbsorbed: z.int(),
  oldestOpenAt: z.iso.datetime().nullable(),
});

/** What support looks at: leases, users, figures. */
@ApiTags('Admin: insight')
@Controller('v1/admin')
@Roles('viewer')
@ApiProblems('forbidden')
export class InsightController {
  constructor(
    private readonly leases: Leases,
    private readonly query: OperationsQuery,
    private readonly credits: CreditsQuery,
    private readonly statistics: StatisticsQuery,
    private readonly door: Door,
  ) {}

  @Get('leases')
  @ApiOperation({ summary: 'Leases alive now' })
  @ApiOkResponse({ standardSchema: listOf(lease) })
  @ApiProblems('forbidden', 'service-unavailable')
  async live() {
    const data = await this.leases.list(MAX_LEASES).catch((cause: unknown) => {
      throw new Problem('service-unavailable', {
        detail: 'The store of leases cannot be reached.',
        charged: 'no',
        retryAfterSeconds: 2,
        cause,
      });
    });
    return { object: 'list', data, nextCursor: null };
  }

  @Get('users/:userId')
  @ApiOperation({ summary: 'What a user has and what happened' })
  @ApiOkResponse({ standardSchema: userDetail })
  async user(@Param('userId') userId: string, @Visiting() visit: Visit) {
    const [{ subscription: live, open }, { operations }, held, { entries }] = await Promise.all([
      this.query.standingOf(userId),
      this.query.list({ userId }, { limit: HISTORY, after: null }),
      this.credits.of(userId),
      this.credits.entries(userId, { limit: HISTORY, after: null }),
    ]);
    const context = this.door.context(visit.request);
    return {
      object: 'user',
      id: userId,
      subscription: live && subscriptionView(live, open?.id ?? null),
      openOperation: open && operationView(open, null, context),
      credits: creditsView(held),
      creditEntries: entries.map(creditEntryView),
      operations: operations.map((found) => operationView(found, null, context)),
    };
  }

  @Get('stats')
  @ApiOperation({ summary: 'Counts, ages, outcomes, latency, duplicates absorbed' })
  @ApiOkResponse({ standardSchema: statistics })
  figures() {
    return this.statistics.read();
  }
}
