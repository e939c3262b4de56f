import { newUser } from './names.js';
import type { Shop } from './shop.js';
import { eventually } from './waiting.js';

/** A subscriber whose card is kept for later charges. */
export async function subscriber(shop: Shop, plan = 'pro', paymentMethod = 'pm_card_visa'): Promise<string> {
  const user = newUser();
  const { status } = await shop.as(user).subscribe(plan, { paymentMethod });
  if (status !== 201) throw new Error(`not subscribed: ${status}`);
  await cardKept(shop, user);
  return user;
}

/** Resolves when the card of the subscription is kept at the gateway. */
export async function cardKept(shop: Shop, user: string): Promise<void> {
  const look = () => shop.sql('select customer from subscriptions where user_id = $1', [user]);
  await eventually(look, ([row]) => row.customer !== null);
}

/** The period is over at this moment; it was as long as it would have been. Resolves with its end: whoever looks for it may find the next period begun. */
export async function endPeriod(shop: Shop, user: string): Promise<Date> {
  const [{ end }] = await shop.sql(
    `update subscriptions set period_start = period_start - (period_end - service_now()), period_end = service_now(),
      next_at = case when next_at is not null then service_now() end, anchor_day = extract(day from service_now() at time zone 'UTC')
    where user_id = $1 and status <> 'canceled' returning period_end as end`,
    [user],
  );
  return end as Date;
}
