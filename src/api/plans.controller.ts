import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Plans } from '../subscriptions/plans.js';
import { Public } from './caller.js';
import { listOf, plan } from './schemas.js';
import { planView } from './views.js';

/** What is sold. */
@ApiTags('Plans')
@Controller('v1/plans')
export class PlansController {
  constructor(private readonly plans: Plans) {}

  @Get()
  @Public()
  @ApiOperation({ summary: 'Plans on sale, in order of creation' })
  @ApiOkResponse({ standardSchema: listOf(plan) })
  async onSale() {
    return { object: 'list', data: (await this.plans.onSale()).map(planView), nextCursor: null };
  }
}
