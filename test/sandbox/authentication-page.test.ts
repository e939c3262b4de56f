import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { chargeForm, type Started, startSandbox } from './start.js';

const RETURN_URL = 'https://shop.example/back?from=pay';

let sandbox: Started;

beforeAll(async () => {
  sandbox = await startSandbox();
});
beforeEach(() => sandbox.control('DELETE', '/sandbox'));
afterAll(() => sandbox.close());

async function asking(more: Record<string, string> = {}): Promise<{ id: string; url: string }> {
  const form = chargeForm('pm_card_authenticationRequired', { return_url: RETURN_URL, ...more });
  const intent = (await (await sandbox.post('/v1/payment_intents', form)).json()) as Stripe.PaymentIntent;
  return { id: intent.id, url: intent.next_action?.redirect_to_url?.url ?? '' };
}

const decide = (url: string, decision: string): Promise<Response> =>
  fetch(url, { method: 'POST', body: new URLSearchParams({ decision }), redirect: 'manual' });

test('approving takes the money and leads back to the shop', async () => {
  const { id, url } = await asking();
  const back = await decide(url, 'approve');
  const location = new URL(back.headers.get('location') ?? '');
  expect([back.status, location.origin, location.pathname]).toEqual([303, 'https://shop.example', '/back']);
  expect(Object.fromEntries(location.searchParams)).toEqual({
    from: 'pay',
    payment_intent: id,
    payment_intent_client_secret: expect.stringContaining(`${id}_secret_`),
    redirect_status: 'succeeded',
  });
  expect(await sandbox.stripe.paymentIntents.retrieve(id)).toMatchObject({ status: 'succeeded', amount_received: 1900 });
});

test('denying leaves the intent without a method and says why', async () => {
  const { id, url } = await asking();
  const back = await decide(url, 'deny');
  expect([back.status, new URL(back.headers.get('location') ?? '').searchParams.get('redirect_status')]).toEqual([303, 'failed']);
  expect(await sandbox.stripe.paymentIntents.retrieve(id)).toMatchObject({
    status: 'requires_payment_method',
    amount_received: 0,
    last_payment_error: { code: 'payment_intent_authentication_failure' },
  });
});

test.each([
  ['approve', 'deny', 'succeeded'],
  ['deny', 'approve', 'requires_payment_method'],
])('after %s, %s changes nothing and leads the same way', async (first, second, status) => {
  const { id, url } = await asking();
  const one = await decide(url, first);
  const two = await decide(url, second);
  expect([two.status, two.headers.get('location')]).toEqual([303, one.headers.get('location')]);
  expect((await sandbox.stripe.paymentIntents.retrieve(id)).status).toBe(status);
});

test('a canceled payment cannot be approved any more', async () => {
  const { id, url } = await asking();
  await sandbox.stripe.paymentIntents.cancel(id);
  await decide(url, 'approve');
  expect((await sandbox.stripe.paymentIntents.retrieve(id)).status).toBe('canceled');
  expect(await (await fetch(url)).text()).toContain('the payment is canceled');
});

test('the page names the amount, has two buttons and a title, and runs no script', async () => {
  const { url } = await asking({ description: '<script>alert(1)</script> "Pro" plan' });
  const page = await fetch(url);
  const html = await page.text();
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(html).toContain('<html lang="en">');
  expect(html).toMatch(/<title>[^<]+<\/title>/);
  expect(html).toContain('$19.00');
  expect(html).toContain('prefers-color-scheme: dark');
  expect(html.match(/<button name="decision" value="(approve|deny)"/g)).toHaveLength(2);
  expect(html).not.toContain('<script');
});

test('amounts without minor units are shown as such', async () => {
  const { url } = await asking({ currency: 'jpy' });
  expect(await (await fetch(url)).text()).toContain('¥1,900');
});

test('without a return_url one is led back to the page', async () => {
  const { url } = await asking({ return_url: '' });
  const back = await decide(url, 'approve');
  expect([back.status, back.headers.get('location')]).toEqual([303, url]);
  expect(await (await fetch(url)).text()).toContain('the payment is succeeded');
});

test('an unknown payment is 404, an unknown decision 400', async () => {
  const { id, url } = await asking();
  expect((await fetch(`${sandbox.url}/sandbox/3ds/pi_no`)).status).toBe(404);
  expect((await decide(url, 'maybe')).status).toBe(400);
  expect((await sandbox.stripe.paymentIntents.retrieve(id)).status).toBe('requires_action');
});
