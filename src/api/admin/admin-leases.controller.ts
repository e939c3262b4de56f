import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Leases } from '../../leases/leases.js';
import type { Operation } from '../../operations/operation.entity.js';
import { OperationsQuery } from '../../operations/operations-query.js';
import { OPEN } from '../../operations/states.js';
import { ServiceClock } from '../../platform/database/service-clock.js';
import { toPublicId } from '../../platform/ids.js';
import { Problem } from '../../platform/problems/problem.js';
import { ApiProblems } from '../api-docs.js';
import { Roles } from '../caller.js';
import { leaseList } from './insight-schemas.js';

/** Leases live for seconds, and open operations are few: more than so many of either is a sight of its own. */
const MAX_LEASES = 200;
const MAX_OPEN = 200;

/** Who is at work, and what nobody is at work on. */
@ApiTags('Admin: insight')
@Controller('v1/admin/leases')
@Roles('viewer')
export class AdminLeasesController {
  constructor(
    private readonly leases: Leases,
    private readonly query: OperationsQuery,
    private readonly clock: ServiceClock,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Leases alive now, each with the operation that it is about, and open operations without one' })
  @ApiOkResponse({ standardSchema: leaseList })
  @ApiProblems('forbidden', 'service-unavailable')
  async live() {
    // First the leases: what is recorded after they were listed has its own, and is the youngest of those that seem to have none.
    const live = await this.leases.list(MAX_LEASES + 1).catch((cause: unknown) => {
      throw new Problem('service-unavailable', {
        detail: 'The store of leases cannot be reached.',
        charged: 'no',
        retryAfterSeconds: 2,
        cause,
      });
    });
    const held = live.slice(0, MAX_LEASES);
    const [open, oldest, { now }] = await Promise.all([
      this.query.openOf(held.map(({ key }) => key)),
      this.query.list({ status: OPEN }, { limit: MAX_OPEN, after: null, oldestFirst: true }),
      this.clock.read(),
    ]);
    const users = new Set(live.map(({ key }) => key));
    return {
      object: 'list',
      data: held.map((lease) => ({ ...lease, operation: openView(open.get(lease.key)) })),
      nextCursor: null,
      more: live.length > held.length,
      now,
      withoutLease: {
        data: oldest.operations.filter(({ userId }) => !users.has(userId)).map(openView),
        more: oldest.next !== null || live.length > held.length,
      },
    };
  }
}

function openView(operation: Operation | undefined): Record<string, unknown> | null {
  if (!operation) return null;
  const { id, userId, kind, status, createdAt, nextCheckAt } = operation;
  return { id: toPublicId('op', id), userId, kind, status, createdAt, nextCheckAt };
}
