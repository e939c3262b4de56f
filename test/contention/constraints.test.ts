import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { giveCredit } from '../kit/credit.js';
import { newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
});
afterAll(() => shop?.close());

test('one_live_subscription_per_user refuses a second subscription that is not canceled, whoever writes it', async () => {
  const user = newUser();
  expect((await shop.as(user).subscribe('pro')).status).toBe(201);
  const second = shop.sql(
    `insert into subscriptions (id, user_id, plan_id, seated, status, price_amount, price_currency, "interval", period_start, period_end, anchor_day)
     select gen_random_uuid(), user_id, plan_id, seated, 'past_due', price_amount, price_currency, "interval", period_start, period_end, anchor_day
     from subscriptions where user_id = $1`,
    [user],
  );
  await expect(second).rejects.toMatchObject({ constraint: 'one_live_subscription_per_user' });
});

test('one_credit_entry_per_operation refuses to spend for an operation twice', async () => {
  const user = newUser();
  await giveCredit((text, values) => shop.sql(text, values), user, 500);
  expect((await shop.as(user).subscribe('pro')).status).toBe(201);
  const again = shop.sql(
    `insert into credit_entries (movement_id, user_id, account, currency, amount, kind, operation_id)
     select gen_random_uuid(), user_id, account, currency, amount, kind, operation_id
     from credit_entries where user_id = $1 and kind = 'spent'`,
    [user],
  );
  await expect(again).rejects.toMatchObject({ constraint: 'one_credit_entry_per_operation' });
});

test('a customer who has left subscribes again', async () => {
  const customer = shop.as(newUser());
  expect((await customer.subscribe('pro')).status).toBe(201);
  expect((await customer.post('/v1/me/subscription/cancel', { at: 'now' })).status).toBe(200);
  expect((await customer.subscribe('basic')).status).toBe(201);
});
