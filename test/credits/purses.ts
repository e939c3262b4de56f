import { expect } from '@jest/globals';
import { newKey, newUser } from '../kit/names.js';
import type { Answer, Shop } from '../kit/shop.js';

export const REASON = 'an apology for the outage';

export function usd(amount: number) {
  return { amount, currency: 'USD' };
}

/** An admin gives credit, or takes it back where the amount is below zero. */
export function grant(
  shop: Shop,
  userId: string,
  amount: number,
  { currency = 'USD', key = newKey(), ...headers }: { currency?: string; key?: string } & Record<string, string> = {},
): Promise<Answer> {
  const body = { amount: { amount, currency }, reason: REASON };
  return shop.as('admin_1', ['admin']).post(`/v1/admin/users/${userId}/credits`, body, { key, ...headers });
}

/** Somebody who was given so much of each currency. */
export async function userWith(shop: Shop, amounts: Record<string, number>): Promise<string> {
  const user = newUser();
  for (const [currency, amount] of Object.entries(amounts)) expect((await grant(shop, user, amount, { currency })).status).toBe(201);
  return user;
}

export function transfer(
  shop: Shop,
  from: string,
  to: string,
  amount: number,
  { currency = 'USD', ...headers }: { currency?: string; key?: string } & Record<string, string> = {},
): Promise<Answer> {
  return shop.as(from).post('/v1/me/credits/transfers', { toUserId: to, amount: { amount, currency } }, headers);
}

/** `{ USD: 500 }`, as the API tells. */
export async function balancesOf(shop: Shop, userId: string): Promise<Record<string, number>> {
  const { body } = await shop.as(userId).get('/v1/me/credits');
  return Object.fromEntries(body.data.map(({ currency, balance }: { currency: string; balance: number }) => [currency, balance]));
}

/** Minor units that moved between users under a key of the sender's. */
export async function movedBy(shop: Shop, userId: string): Promise<number> {
  const [row] = await shop.sql(
    `select coalesce(-sum(amount), 0)::int as sum from credit_entries where user_id = $1 and kind = 'transfer'`,
    [userId],
  );
  return row.sum;
}

export function lockOf(userId: string) {
  return { text: 'select 1 from credit_accounts where user_id = $1 for update', values: [userId] };
}
