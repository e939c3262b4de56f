import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { prefersPage } from '../../src/api/accept.js';
import { invoicePage } from '../../src/api/invoice-page.js';
import { Invoice } from '../../src/invoices/invoice.entity.js';
import { Invoicing } from '../../src/operations/invoicing/invoicing.js';
import { newUser } from '../kit/names.js';
import { Shop, type Answer } from '../kit/shop.js';

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
});
afterAll(() => shop?.close());

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

async function pageOf(user: string): Promise<Answer> {
  await shop.service.app.get(Invoicing).sweep();
  const { body } = await shop.as(user).get('/v1/me/invoices');
  return shop.as(user).get(`/v1/me/invoices/${body.data[0].id}`, { accept: BROWSER });
}

describe('the page of an invoice', () => {
  test('is sent to browsers, says what the data says, and can do nothing but be read', async () => {
    const user = newUser();
    await shop.as(user).subscribe('pro');
    const { status, headers, body } = await pageOf(user);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect([headers.get('vary'), headers.get('cache-control')]).toEqual(['Accept', 'no-store']);
    const policy = headers.get('content-security-policy');
    expect(policy).toMatch(
      /^default-src 'none';style-src 'sha256-[\w+/]{43}=';img-src data:;base-uri 'none';form-action 'none';frame-ancestors 'self'$/,
    );
    expect(body).toMatch(/^<!doctype html>\n\s*<html lang="en">/i);
    for (const text of [user, 'Pro', '$19.00', 'Total paid']) expect(body).toContain(text);
    expect(body).not.toMatch(/<script|<img|<iframe|<form|https?:|\son\w+=|style=/i);
  });

  test('takes names of plans and whatever else comes from outside for text', async () => {
    const hostile = `</th><script>alert(1)</script><b onclick='x'>"&amp; \` x`;
    const escaped = '&#60;/th&#62;&#60;script&#62;alert(1)&#60;/script&#62;&#60;b onclick=&#39;x&#39;&#62;&#34;&#38;amp; &#96; x';
    await shop.sql(`insert into plans (id, name, price_amount, price_currency, "interval") values ('hostile', $1, 700, 'USD', 'month')`, [
      hostile,
    ]);
    const user = `<img-src=x-onerror=alert(1)>${newUser()}`;
    expect((await shop.as(user).subscribe('hostile')).status).toBe(201);
    const { body } = await pageOf(user);
    expect(body).toContain(escaped);
    expect(body).toContain('&#60;img-src=x-onerror=alert(1)&#62;');
    expect(body).not.toMatch(/<script|<b |<img/);
  });
});

describe('the words of the page', () => {
  const march = new Date('2027-03-31T23:30:00Z');
  const of = (members: Partial<Invoice>) =>
    Object.assign(new Invoice(), {
      number: '2027-000042',
      userId: 'user_42',
      currency: 'USD',
      subtotal: 1_900,
      creditApplied: 0,
      total: 1_900,
      lines: [{ type: 'plan', description: 'Pro', planId: 'pro', amount: 1_900 }],
      tax: [],
      periodStart: null,
      periodEnd: null,
      gatewayReference: null,
      chargedAt: march,
      issuedAt: march,
      ...members,
    });
  const textOf = (members: Partial<Invoice>, amountRefunded = 0) =>
    invoicePage({ invoice: of(members), amountRefunded }, 'pay.example.com')
      .replace(/<style>.*<\/style>/s, '')
      .replaceAll(/<[^>]*>/g, ' ')
      .replaceAll(/\s+/g, ' ');

  test('name days in UTC, wherever the service runs', () => {
    expect(textOf({})).toContain('Charged on March 31, 2027');
  });

  test.each([
    ['USD', '$19.00'],
    ['EUR', '€19.00'],
    ['JPY', '¥1,900'],
    ['KWD', 'KWD 1.900'],
  ])('write minor units of %s as %s', (currency, written) => {
    expect(textOf({ currency }).replaceAll('\u00a0', ' ')).toContain(`Total paid ${written}`);
  });

  test('tell credit, taxes and what was given back apart from what was paid', () => {
    const lines = [
      { type: 'unused_time' as const, description: 'Unused time of Basic', planId: 'basic', amount: -450 },
      { type: 'plan' as const, description: 'Pro', planId: 'pro', amount: 1_900 },
      { type: 'credit_applied' as const, description: 'Credit applied', planId: null, amount: -50 },
    ];
    const tax = [{ name: 'VAT', ratePercent: 8.1, amount: 109 }];
    const text = textOf({ lines, tax, subtotal: 1_450, creditApplied: 50, total: 1_400 }, 500);
    expect(text).toContain(
      'Unused time of Basic \u2212$4.50 Pro $19.00 Subtotal $14.50 Credit applied \u2212$0.50 Total paid $14.00 includes VAT (8.1 %) $1.09 given back since $5.00',
    );
    expect(text.split('Credit applied')).toHaveLength(2);
  });
});

describe('a page is preferred', () => {
  test.each([
    [undefined, false],
    ['*/*', false],
    ['application/json', false],
    ['text/html', true],
    [BROWSER, true],
    ['TEXT/HTML; Q=0.9, application/json;q=0.8', true],
    ['text/*;q=0.5, application/json', false],
    ['text/html;q=0', false],
    ['text/html, application/json', false],
    ['text/html;q=nonsense, */*;q=0.1', false],
    [',;,', false],
  ])('by %s: %s', (accept, preferred) => {
    expect(prefersPage(accept)).toBe(preferred);
  });
});
