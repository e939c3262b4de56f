import { AxeBuilder } from '@axe-core/playwright';
import { randomBytes } from 'node:crypto';
import { expect, type Page, type Shop } from './shop.js';

/** Nobody recovers anything by itself, so that what is stuck stays stuck until a person comes. */
export const NOBODY_RECOVERS = { ROLES: 'api' };

export async function signIn(page: Page, shop: Shop, userId: string, role: 'viewer' | 'operator' | 'admin'): Promise<void> {
  await page.getByLabel('Token', { exact: true }).fill(await shop.token(userId, role));
  await page.keyboard.press('Enter');
  await expect(page.getByText(`${userId} · ${role}`)).toBeVisible();
}

/** A made-up customer presses the button; the operation that came of it. */
export async function press(
  shop: Shop,
  paymentMethod: string,
  planId = 'pro',
  name = 'ada',
): Promise<{ id: string; userId: string; reference: string }> {
  const userId = `${name}_${randomBytes(4).toString('hex')}`;
  const headers = { prefer: 'wait=4', 'idempotency-key': `key-${userId}` };
  const { body } = await shop.server.send(userId, 'PUT', '/v1/me/subscription', { planId, paymentMethod }, headers);
  const id = (body.operationId ?? body.id) as string;
  const found = await fetch(`${shop.url}/v1/admin/operations/${id}`, {
    headers: { authorization: `Bearer ${await shop.token('desk', 'viewer')}` },
  });
  return { id, userId, reference: ((await found.json()) as { reference: string }).reference };
}

/** The customer is charged, and the answer is lost; nobody else says so either. */
export async function pressAndLoseTheAnswer(shop: Shop) {
  await shop.gateway('/sandbox/faults', { webhooks: 'off' });
  return press(shop, 'pm_sandbox_timeout_charged');
}

/** As an admin who has no page before them. */
export async function asAdmin(shop: Shop, method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> {
  const headers = {
    authorization: `Bearer ${await shop.token('ada', 'admin')}`,
    'idempotency-key': randomBytes(8).toString('hex'),
    ...(body ? { 'content-type': 'application/json' } : {}),
  };
  const answer = await fetch(`${shop.url}/v1/${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  return { status: answer.status, body: await answer.json() };
}

export async function expectAccessible(page: Page): Promise<void> {
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
}
