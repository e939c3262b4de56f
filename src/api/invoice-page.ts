import { createHash } from 'node:crypto';
import type { Invoice } from '../invoices/invoice.entity.js';
import type { InvoiceNow } from '../invoices/invoices-query.js';
import { html, Html } from './html.js';
import { INVOICE_STYLE } from './invoice-style.js';

/** The language of the words below, in which amounts and dates are written too. */
const LANGUAGE = 'en';
const STYLE = new Html(`<style>${INVOICE_STYLE}</style>`);
const STYLE_HASH = createHash('sha256').update(INVOICE_STYLE).digest('base64');

/** The page loads nothing, runs nothing and is dressed by its own style alone. */
export const INVOICE_PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${STYLE_HASH}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join(';');

/** An invoice for people, to be read and printed. */
export function invoicePage({ invoice, amountRefunded }: InvoiceNow, seller: string): string {
  const page = html`<!doctype html>
    <html lang="${LANGUAGE}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light" />
        <link rel="icon" href="data:," />
        <title>Invoice ${invoice.number}</title>
        ${STYLE}
      </head>
      <body>
        <main>
          <header>
            <div>
              <p class="seller">${seller}</p>
              <h1>Invoice <span>${invoice.number}</span></h1>
            </div>
            <p class="paid">Paid</p>
          </header>
          ${factsOf(invoice)} ${tableOf(invoice, amountRefunded)}
          <footer>
            ${taxNote(invoice)}
            <p>Dates are in Coordinated Universal Time.</p>
          </footer>
          ${counterfoilOf(invoice)}
        </main>
      </body>
    </html> `;
  return page.text;
}

function factsOf(invoice: Invoice): Html {
  const { userId, chargedAt, issuedAt, periodStart, periodEnd } = invoice;
  const period = periodStart && periodEnd ? html`${date(periodStart)} <span class="to">to</span> ${date(periodEnd)}` : null;
  return html`<dl class="facts">
    ${fact('Billed to', html`${userId}`)} ${period ? fact('Period', period) : ''} ${fact('Charged on', date(chargedAt))}
    ${fact('Issued on', date(issuedAt))}
  </dl>`;
}

function tableOf({ lines, subtotal, creditApplied, total, tax, currency }: Invoice, amountRefunded: number): Html {
  const what = lines.filter(({ type }) => type !== 'credit_applied');
  const row = (label: string, amount: number, kind: string) =>
    html`<tr class="${kind}">
      <th scope="row">${label}</th>
      <td>${money(amount, currency)}</td>
    </tr> `;
  return html`<table>
    <caption>
      What was paid for
    </caption>
    <thead>
      <tr>
        <th scope="col">Description</th>
        <th scope="col">Amount</th>
      </tr>
    </thead>
    <tbody>
      ${what.map(({ description, amount }) => row(description, amount, 'line'))}
    </tbody>
    <tfoot>
      ${creditApplied > 0 ? [row('Subtotal', subtotal, 'sum'), row('Credit applied', -creditApplied, 'sum')] : []}${row('Total paid', total, 'total')}
      ${tax.map(({ name, ratePercent, amount }) => row(`includes ${name}${rate(ratePercent)}`, amount, 'note'))}${
        amountRefunded > 0 ? row('given back since', amountRefunded, 'note') : ''
      }
    </tfoot>
  </table>`;
}

function taxNote({ tax }: Invoice): Html {
  return tax.length > 0 ? html`<p>Prices contain taxes; nothing is added to them.</p>` : html``;
}

/** The stub that is kept when the cheque is handed over. */
function counterfoilOf({ number, chargedAt, total, currency, gatewayReference }: Invoice): Html {
  return html`<section class="counterfoil" aria-label="Counterfoil">
    <dl>
      ${fact('Invoice', html`${number}`)} ${fact('Charged on', date(chargedAt))}
      ${gatewayReference ? fact('Payment reference', html`${gatewayReference}`) : ''} ${fact('Total paid', html`${money(total, currency)}`)}
    </dl>
  </section>`;
}

function fact(name: string, value: Html): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;
}

function date(at: Date): Html {
  const text = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'long', timeZone: 'UTC' }).format(at);
  return html`<time datetime="${at.toISOString()}">${text}</time>`;
}

function money(amount: number, currency: string): string {
  const format = new Intl.NumberFormat(LANGUAGE, { style: 'currency', currency });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2)).replace('-', '\u2212');
}

function rate(percent: number | null): string {
  return percent === null ? '' : ` (${new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: 3 }).format(percent)} %)`;
}
