import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiExtension, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { InvoicesQuery } from '../invoices/invoices-query.js';
import { fromPublicId, toPublicId } from '../platform/ids.js';
import { Problem } from '../platform/problems/problem.js';
import { prefersPage } from './accept.js';
import { ApiProblems } from './api-docs.js';
import { Door } from './door.js';
import { INVOICE_PAGE_POLICY, invoicePage } from './invoice-page.js';
import { invoice, invoicesQuery, type InvoicesQueryInput } from './invoice-schemas.js';
import { invoiceView } from './invoice-views.js';
import { listOf } from './schemas.js';
import { Visit, Visiting } from './visit.js';

const DEFAULT_LIMIT = 50;

/** What a user has paid. */
@ApiTags('Invoices')
@Controller('v1/me/invoices')
export class InvoicesController {
  constructor(
    private readonly query: InvoicesQuery,
    private readonly door: Door,
  ) {}

  @Get()
  @ApiOperation({ summary: 'My invoices, newest first; a charge has one within seconds' })
  @ApiOkResponse({ standardSchema: listOf(invoice) })
  @ApiProblems('validation-failed')
  async mine(@Query({ schema: invoicesQuery }) { limit = DEFAULT_LIMIT, cursor }: InvoicesQueryInput, @Visiting() visit: Visit) {
    const after = cursor === undefined ? null : idOf(cursor);
    const { invoices, next } = await this.query.list({ userId: visit.caller.userId }, { limit, after });
    return { object: 'list', data: invoices.map(invoiceView), nextCursor: next && toPublicId('inv', next) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One invoice; with Accept: text/html as a page that can be printed' })
  @ApiOkResponse({ standardSchema: invoice })
  @ApiExtension('x-page', true)
  @ApiProblems('not-found')
  async one(@Param('id') id: string, @Visiting() { request, reply, caller }: Visit) {
    const found = await this.query.find(idOf(id), caller.userId);
    if (!found) throw new Problem('not-found');
    void reply.header('Vary', 'Accept');
    if (!prefersPage(request.headers.accept)) return invoiceView(found);
    const seller = new URL(this.door.context(request).publicUrl).host;
    void reply.type('text/html; charset=utf-8').header('Content-Security-Policy', INVOICE_PAGE_POLICY);
    return invoicePage(found, seller);
  }
}

function idOf(text: string): string {
  const id = fromPublicId('inv', text);
  if (!id) throw new Problem('not-found');
  return id;
}
