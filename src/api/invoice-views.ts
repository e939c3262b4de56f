import type { InvoiceNow } from '../invoices/invoices-query.js';
import { toPublicId } from '../platform/ids.js';
import type { Money } from '../platform/money.js';

/** An invoice's public face. */
export function invoiceView({ invoice, amountRefunded }: InvoiceNow): Record<string, unknown> {
  const { periodStart, periodEnd } = invoice;
  const money = (amount: number): Money => ({ amount, currency: invoice.currency });
  return {
    object: 'invoice',
    id: toPublicId('inv', invoice.id),
    number: invoice.number,
    status: 'paid',
    operationId: toPublicId('op', invoice.operationId),
    userId: invoice.userId,
    planId: invoice.planId,
    lines: invoice.lines.map(({ type, description, planId, amount }) => ({ type, description, planId, amount: money(amount) })),
    subtotal: money(invoice.subtotal),
    creditApplied: money(invoice.creditApplied),
    total: money(invoice.total),
    tax: invoice.tax.map(({ name, ratePercent, amount }) => ({ name, ratePercent, amount: money(amount) })),
    amountRefunded: money(amountRefunded),
    period: periodStart && periodEnd && { startAt: periodStart, endAt: periodEnd },
    chargedAt: invoice.chargedAt,
    issuedAt: invoice.issuedAt,
    paymentReference: invoice.gatewayReference,
  };
}
