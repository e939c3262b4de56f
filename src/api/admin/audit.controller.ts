import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { AuditRow } from '../../platform/audit/audit.js';
import { AuditLog } from '../../platform/audit/audit-log.js';
import { toPublicId } from '../../platform/ids.js';
import { ApiProblems } from '../api-docs.js';
import { Roles } from '../caller.js';
import { listOf } from '../schemas.js';
import { auditQuery, auditRow, type AuditQuery } from './admin-schemas.js';

const DEFAULT_LIMIT = 50;

/** Who did what, to what, and why. */
@ApiTags('Admin: audit')
@Controller('v1/admin/audit')
@Roles('viewer')
export class AuditController {
  constructor(private readonly auditLog: AuditLog) {}

  @Get()
  @ApiOperation({ summary: 'The append-only log of what admins did, newest first' })
  @ApiOkResponse({ standardSchema: listOf(auditRow) })
  @ApiProblems('validation-failed', 'forbidden')
  async list(@Query({ schema: auditQuery }) { limit = DEFAULT_LIMIT, cursor, ...filter }: AuditQuery) {
    const rows = await this.auditLog.read({ ...filter, beforeNumber: cursor, limit: limit + 1 });
    const shown = rows.slice(0, limit);
    return { object: 'list', data: shown.map(auditView), nextCursor: rows.length > limit ? String(shown.at(-1)?.number) : null };
  }
}

export function auditView(row: AuditRow): Record<string, unknown> {
  const { at, actor, action, object, reason, before, after, requestId } = row;
  return { id: toPublicId('aud', row.id), at, actor, action, object, reason, before, after, requestId };
}
