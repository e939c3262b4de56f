import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CreditsQuery } from '../../credits/credits-query.js';
import { Leases, type LiveLease } from '../../leases/leases.js';
import { OperationsQuery } from '../../operations/operations-query.js';
import { ServiceClock } from '../../platform/database/service-clock.js';
import { fromPublicId, toPublicId } from '../../platform/ids.js';
import { ApiProblems } from '../api-docs.js';
import { Roles } from '../caller.js';
import { creditEntry, entriesQuery, type EntriesQuery } from '../credit-schemas.js';
import { Door } from '../door.js';
import { listOf } from '../schemas.js';
import { creditEntryView, creditsView, operationView, subscriptionView } from '../views.js';
import { Visit, Visiting } from '../visit.js';
import { userDetail } from './insight-schemas.js';

const HISTORY = 50;

/** A user as support sees them. */
@ApiTags('Admin: insight')
@Controller('v1/admin/users/:userId')
@Roles('viewer')
@ApiProblems('forbidden')
export class AdminUsersController {
  constructor(
    private readonly leases: Leases,
    private readonly query: OperationsQuery,
    private readonly credits: CreditsQuery,
    private readonly clock: ServiceClock,
    private readonly door: Door,
  ) {}

  @Get()
  @ApiOperation({ summary: 'What a user has, what is under way for them and what happened' })
  @ApiOkResponse({ standardSchema: userDetail })
  async one(@Param('userId') userId: string, @Visiting() visit: Visit) {
    const [{ subscription: live, open }, { operations }, held, { entries }, lease, { now }] = await Promise.all([
      this.query.standingOf(userId),
      this.query.list({ userId }, { limit: HISTORY, after: null }),
      this.credits.of(userId),
      this.credits.entries(userId, { limit: HISTORY, after: null }),
      this.leases.find(userId).then(leaseView, () => UNKNOWN_LEASE),
      this.clock.read(),
    ]);
    const context = this.door.context(visit.request);
    return {
      object: 'user',
      id: userId,
      now,
      subscription: live && subscriptionView(live, open?.id ?? null),
      openOperation: open && operationView(open, null, context),
      lease,
      credits: creditsView(held),
      creditEntries: entries.map(creditEntryView),
      operations: operations.map((found) => operationView(found, null, context)),
    };
  }

  @Get('credits/entries')
  @ApiOperation({ summary: "The entries behind a user's balances, newest first" })
  @ApiOkResponse({ standardSchema: listOf(creditEntry) })
  @ApiProblems('validation-failed', 'forbidden')
  async entries(@Param('userId') userId: string, @Query({ schema: entriesQuery }) { limit = HISTORY, cursor }: EntriesQuery) {
    const after = cursor === undefined ? null : fromPublicId('led', cursor);
    const { entries, next } = await this.credits.entries(userId, { limit, after });
    return { object: 'list', data: entries.map(creditEntryView), nextCursor: next && toPublicId('led', next) };
  }
}

const UNKNOWN_LEASE = { state: 'unknown', holder: null, heldForMs: null, ttlMs: null };

function leaseView(lease: LiveLease | null): Record<string, unknown> {
  if (!lease) return { state: 'free', holder: null, heldForMs: null, ttlMs: null };
  const { holder, heldForMs, ttlMs } = lease;
  return { state: 'held', holder, heldForMs, ttlMs };
}
