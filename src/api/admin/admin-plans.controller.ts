import { Body, Controller, Get, Param, Patch, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource, type EntityManager } from 'typeorm';
import { rememberKey } from '../../operations/keys.js';
import { audit } from '../../platform/audit/audit.js';
import { transaction } from '../../platform/database/transaction.js';
import { etagOf } from '../../platform/etag.js';
import { Problem } from '../../platform/problems/problem.js';
import { createPlan, updatePlan, type PlanDescription } from '../../subscriptions/plan-catalogue.js';
import { alternativesTo } from '../../subscriptions/families.js';
import { Plan } from '../../subscriptions/plan.entity.js';
import { Plans } from '../../subscriptions/plans.js';
import { ApiIfMatch, ApiProblems, Keyed } from '../api-docs.js';
import { Roles } from '../caller.js';
import { listOf } from '../schemas.js';
import { planView } from '../views.js';
import { adminPlan, createPlanBody, listedPlan, updatePlanBody, type CreatePlanBody, type UpdatePlanBody } from './admin-schemas.js';
import { Visit, Visiting } from '../visit.js';

/** The catalogue, with what is not on sale. */
@ApiTags('Admin: plans')
@Controller('v1/admin/plans')
export class AdminPlansController {
  constructor(
    private readonly plans: Plans,
    private readonly database: DataSource,
  ) {}

  @Get()
  @Roles('viewer')
  @ApiOperation({ summary: 'All plans with their seats' })
  @ApiOkResponse({ standardSchema: listOf(listedPlan) })
  @ApiProblems('forbidden')
  async list() {
    const plans = await this.plans.all();
    const data = plans.map((plan) => ({ ...adminPlanView(plan), alternatives: alternativesTo(plan, familyOf(plan, plans), null) }));
    return { object: 'list', data, nextCursor: null };
  }

  @Post()
  @Roles('admin')
  @Keyed('admin', 'plan-exists')
  @ApiOperation({ summary: 'Put a plan into the catalogue' })
  @ApiCreatedResponse({ standardSchema: adminPlan })
  async create(@Body({ schema: createPlanBody }) body: CreatePlanBody, @Visiting() visit: Visit) {
    const { id, reason, ...description } = body;
    return this.once(visit, body, id, async (tx) => {
      const created = await createPlan(tx, id, description);
      await audit(tx, visit.act(reason), { action: 'plan.create', object: id, after: adminPlanView(created) });
    });
  }

  @Patch(':id')
  @Roles('admin')
  @Keyed('admin', 'capacity-too-low', 'plan-changed')
  @ApiIfMatch('the version of the plan that the caller saw, as an ETag')
  @ApiOperation({ summary: 'Change a plan; what is sold keeps its price' })
  @ApiOkResponse({ standardSchema: adminPlan })
  async update(@Param('id') id: string, @Body({ schema: updatePlanBody }) body: UpdatePlanBody, @Visiting() visit: Visit) {
    const { reason, ...changes } = body;
    return this.once(visit, body, id, async (tx) => {
      const { before, after } = await updatePlan(tx, id, changes as Partial<PlanDescription>, visit.ifMatch);
      const what = { action: 'plan.update', object: id, before: adminPlanView(before), after: adminPlanView(after) };
      await audit(tx, visit.act(reason), what);
    });
  }

  /** The key, the change and its audit row in one transaction; a repeated key answers the plan as it is now. */
  private async once(visit: Visit, body: object, id: string, work: (tx: EntityManager) => Promise<void>) {
    const use = visit.keyUse(body);
    const replayed = await transaction(this.database, async (tx) => {
      if (!(await rememberKey(tx, use, null))) return true;
      await work(tx);
      return false;
    });
    if (replayed) visit.replayed();
    this.plans.forget();
    const plan = await this.database.getRepository(Plan).findOneBy({ id });
    if (!plan) throw new Problem('not-found');
    void visit.reply.header('ETag', etagOf(plan.version));
    return adminPlanView(plan);
  }
}

function adminPlanView(plan: Plan): Record<string, unknown> {
  return { ...planView(plan), version: plan.version, onSale: plan.onSale, createdAt: plan.createdAt };
}

function familyOf({ family }: Plan, plans: Plan[]): Plan[] {
  return family === null ? [] : plans.filter((plan) => plan.family === family);
}
