import type { ClockWish } from '../../src/platform/database/service-clock.js';
import { newUser } from './names.js';
import type { Shop } from './shop.js';

export interface MovedClock {
  now: string;
  aheadSeconds: number;
  from: string;
  to: string;
  operations: number;
  renewals: number;
  settled: boolean;
}

/** Moves the clock over the API. Throws where it did not come there, or something is still due. */
export async function advance(shop: Shop, wish: ClockWish): Promise<MovedClock> {
  const { status, body } = await shop.as('admin_of_time', ['admin']).send('POST', '/v1/test/clock/advance', wish);
  if (status !== 200) throw new Error(`the clock was not moved: ${status} ${JSON.stringify(body)}`);
  return body as MovedClock;
}

/** What time it is for the business. */
export async function businessTime(shop: Shop): Promise<Date> {
  const { body } = await shop.as('admin_of_time', ['admin']).get('/v1/test/clock');
  return new Date(body.now as string);
}

/** A subscriber whose card is kept for the charges that time brings. */
export async function keptSubscriber(shop: Shop, planId = 'pro'): Promise<string> {
  const user = newUser();
  const { status } = await shop.as(user).subscribe(planId);
  if (status !== 201) throw new Error(`not subscribed: ${status}`);
  await advance(shop, { by: 'P0D' });
  return user;
}

/** From now on the saved card of a user does what this test card does; null: what it did at first. */
export async function spoil(shop: Shop, user: string, behaves: string | null): Promise<void> {
  const [{ customer }] = await shop.sql('select customer from customers where user_id = $1', [user]);
  await shop.gateway('POST', `/sandbox/cards/${customer}`, { behaves });
}

/** How often the gateway was asked to charge a user, and how often it did: the oracle. */
export async function bill(shop: Shop, user: string): Promise<{ asked: number; paid: number; amounts: number[] }> {
  const own = new Set((await shop.sql('select reference from operations where user_id = $1', [user])).map(({ reference }) => reference));
  const charges = (await shop.charges()).filter(({ reference }) => own.has(reference));
  const paid = charges.filter(({ status }) => status === 'succeeded');
  return { asked: charges.length, paid: paid.length, amounts: paid.map(({ amount }) => amount) };
}
