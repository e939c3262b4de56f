import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { InvoicesQuery } from '../../invoices/invoices-query.js';
import { fromPublicId, toPublicId } from '../../platform/ids.js';
import { Problem } from '../../platform/problems/problem.js';
import { ApiProblems } from '../api-docs.js';
import { Roles } from '../caller.js';
import { adminInvoicesQuery, invoice, type AdminInvoicesQueryInput } from '../invoice-schemas.js';
import { invoiceView } from '../invoice-views.js';
import { listOf } from '../schemas.js';

const DEFAULT_LIMIT = 50;

/** The invoices of all users. */
@ApiTags('Admin: invoices')
@Controller('v1/admin/invoices')
@Roles('viewer')
export class AdminInvoicesController {
  constructor(private readonly query: InvoicesQuery) {}

  @Get()
  @ApiOperation({ summary: 'Invoices, filtered, newest first' })
  @ApiOkResponse({ standardSchema: listOf(invoice) })
  @ApiProblems('validation-failed', 'forbidden')
  async list(@Query({ schema: adminInvoicesQuery }) { limit = DEFAULT_LIMIT, cursor, ...filter }: AdminInvoicesQueryInput) {
    const { invoices, next } = await this.query.list(filter, { limit, after: cursor === undefined ? null : idOf(cursor) });
    return { object: 'list', data: invoices.map(invoiceView), nextCursor: next && toPublicId('inv', next) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One invoice' })
  @ApiOkResponse({ standardSchema: invoice })
  @ApiProblems('forbidden', 'not-found')
  async one(@Param('id') id: string) {
    const found = await this.query.find(idOf(id));
    if (!found) throw new Problem('not-found');
    return invoiceView(found);
  }
}

function idOf(text: string): string {
  const id = fromPublicId('inv', text);
  if (!id) throw new Problem('not-found');
  return id;
}
