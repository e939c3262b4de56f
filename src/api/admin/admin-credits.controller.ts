import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { CreditsQuery, type CreditEntry } from '../../credits/credits-query.js';
import { grantCredit } from '../../credits/grants.js';
import { Bell } from '../../events/bell.js';
import { movementOf, rememberKey } from '../../operations/keys.js';
import { audit } from '../../platform/audit/audit.js';
import { transaction } from '../../platform/database/transaction.js';
import { etagOf } from '../../platform/etag.js';
import { newId, toPublicId } from '../../platform/ids.js';
import { Problem } from '../../platform/problems/problem.js';
import { ApiIfMatch, ApiProblems, Keyed } from '../api-docs.js';
import { Roles } from '../caller.js';
import { creditGrant, credits, grantBody, userId as userIdSchema, type GrantBody } from '../credit-schemas.js';
import { creditEntryView, creditsView } from '../views.js';
import { Visit, Visiting } from '../visit.js';

/** The credit of any user. */
@ApiTags('Admin: credits')
@Controller('v1/admin/users/:userId/credits')
export class AdminCreditsController {
  constructor(
    private readonly database: DataSource,
    private readonly query: CreditsQuery,
    private readonly bell: Bell,
  ) {}

  @Get()
  @Roles('viewer')
  @ApiOperation({ summary: 'What a user has in credit' })
  @ApiOkResponse({ standardSchema: credits })
  @ApiProblems('forbidden', 'not-found')
  async of(@Param('userId') userId: string, @Visiting() visit: Visit) {
    const found = await this.query.of(known(userId));
    void visit.reply.header('ETag', etagOf(found.version));
    return creditsView(found);
  }

  @Post()
  @Roles('admin')
  @Keyed('admin', 'insufficient-credit', 'credits-changed', 'credit-limit-reached')
  @ApiIfMatch('the ETag of the credits that the caller saw')
  @ApiOperation({ summary: 'Give credit to a user, or take it back' })
  @ApiCreatedResponse({ standardSchema: creditGrant, description: 'The entry that was made, with the credits as they are now' })
  async grant(@Param('userId') userId: string, @Body({ schema: grantBody }) body: GrantBody, @Visiting() visit: Visit) {
    const movementId = await this.once(known(userId), body, visit);
    const [entry, found] = await Promise.all([this.query.entry(userId, movementId), this.query.of(userId)]);
    void visit.reply.header('ETag', etagOf(found.version));
    return { ...creditEntryView(entry as CreditEntry), userId, credits: creditsView(found) };
  }

  /** The key, the movement and its audit row in one transaction; a repeated key answers the movement that was made. */
  private async once(userId: string, body: GrantBody, visit: Visit): Promise<string> {
    const { amount, reason } = body;
    const use = visit.keyUse(body);
    const movementId = newId();
    const made = await transaction(this.database, async (tx) => {
      if (!(await rememberKey(tx, use, null, movementId))) return movementOf(tx, use);
      const { before, after } = await grantCredit(tx, { movementId, userId, amount, ifMatch: visit.ifMatch });
      await audit(tx, visit.act(reason), {
        action: amount.amount > 0 ? 'credit.grant' : 'credit.take_back',
        object: userId,
        before: creditsView(before),
        after: { ...creditsView(after), movement: toPublicId('led', movementId), amount },
      });
      return movementId;
    });
    if (made === movementId) this.bell.ring([userId]);
    else visit.replayed();
    return made;
  }
}

/** Nobody can call who has no id of this form. */
function known(userId: string): string {
  if (!userIdSchema.safeParse(userId).success) throw new Problem('not-found');
  return userId;
}
