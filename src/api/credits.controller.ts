import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CreditsQuery } from '../credits/credits-query.js';
import { Transfers } from '../credits/transfers.js';
import { etagOf } from '../platform/etag.js';
import { fromPublicId, toPublicId } from '../platform/ids.js';
import { ApiIfMatch, ApiProblems, Keyed } from './api-docs.js';
import {
  creditEntry,
  credits,
  creditTransfer,
  entriesQuery,
  transferBody,
  type EntriesQuery,
  type TransferBody,
} from './credit-schemas.js';
import { listOf } from './schemas.js';
import { creditEntryView, creditsView } from './views.js';
import { Visit, Visiting } from './visit.js';

const DEFAULT_LIMIT = 50;

/** What a user has in credit, and how it is given to others. */
@ApiTags('Credits')
@Controller('v1/me/credits')
export class CreditsController {
  constructor(
    private readonly query: CreditsQuery,
    private readonly transfers: Transfers,
  ) {}

  @Get()
  @ApiOperation({ summary: 'My credit, by currency' })
  @ApiOkResponse({ standardSchema: credits })
  async mine(@Visiting() visit: Visit) {
    const found = await this.query.of(visit.caller.userId);
    void visit.reply.header('ETag', etagOf(found.version));
    return creditsView(found);
  }

  @Get('entries')
  @ApiOperation({ summary: 'The entries behind my balances, newest first' })
  @ApiOkResponse({ standardSchema: listOf(creditEntry) })
  @ApiProblems('validation-failed')
  async entries(@Query({ schema: entriesQuery }) { limit = DEFAULT_LIMIT, cursor }: EntriesQuery, @Visiting() visit: Visit) {
    const after = cursor === undefined ? null : fromPublicId('led', cursor);
    const { entries, next } = await this.query.entries(visit.caller.userId, { limit, after });
    return { object: 'list', data: entries.map(creditEntryView), nextCursor: next && toPublicId('led', next) };
  }

  @Post('transfers')
  @Keyed('transfer')
  @ApiIfMatch('the ETag of the credits that the caller saw')
  @ApiOperation({ summary: 'Give credit to another user' })
  @ApiCreatedResponse({ standardSchema: creditTransfer, description: 'The credit has moved' })
  async transfer(@Body({ schema: transferBody }) body: TransferBody, @Visiting() visit: Visit) {
    const { movementId, createdAt, replayed } = await this.transfers.transfer({ ...visit.keyUse(body), ...body, ifMatch: visit.ifMatch });
    if (replayed) visit.replayed();
    return {
      object: 'credit_transfer',
      id: toPublicId('led', movementId),
      fromUserId: visit.caller.userId,
      ...body,
      createdAt,
    };
  }
}
