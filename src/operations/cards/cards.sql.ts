import { publish } from '../../events/outbox.sql.js';
import { SUBSCRIPTION_NEWS } from '../store/settle.sql.js';

/** Sets of any size, each item with its place, so that answers find back to their questions. */
export const CUSTOMERS_OF_SQL = `
select c.customer from unnest($1::text[], $2::text[]) with ordinality as a (user_id, gateway, n)
left join customers c on c.user_id = a.user_id and c.gateway = a.gateway
order by a.n`;

/** The one that was first is answered; null where it was written down after this statement began. */
export const ADD_CUSTOMERS_SQL = `
with asked as materialized (
  select * from unnest($1::text[], $2::text[], $3::text[]) with ordinality as a (user_id, gateway, customer, n)
), added as (
  insert into customers (user_id, gateway, customer)
  select user_id, gateway, customer from asked order by user_id, gateway
  on conflict do nothing
  returning user_id, gateway, customer
)
select coalesce(d.customer, c.customer) as customer from asked a
left join added d on d.user_id = a.user_id and d.gateway = a.gateway
left join customers c on c.user_id = a.user_id and c.gateway = a.gateway
order by a.n`;

/** Whoever comes second finds another customer than the one that was lost, and leaves it. */
export const REPLACE_CUSTOMER_SQL = 'update customers set customer = $4 where user_id = $1 and gateway = $2 and customer = $3';

export const WITH_CARD_TO_KEEP_SQL = `
select to_jsonb(s) as row from subscriptions s
where s.payment_method is not null and s.customer is null and s.status <> 'canceled' and s.id > $1
order by s.id limit $2`;

/** What the customer has is what it was, so neither version nor event. Locked in one order, for two processes may keep the same cards. */
export const KEPT_SQL = `
with asked as materialized (
  select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) with ordinality as a (id, payment_method, customer, kept_as, n)
), standing as materialized (
  select s.id from subscriptions s join asked a on a.id = s.id and a.payment_method = s.payment_method
  where s.status <> 'canceled'
  order by s.id for update of s
), kept as (
  update subscriptions s set customer = a.customer, payment_method = a.kept_as
  from standing t join asked a on a.id = t.id
  where s.id = t.id
  returning s.*
)
select to_jsonb(k) as row from asked a left join kept k on k.id = a.id order by a.n`;

export const REPLACE_SQL = `
with subscribed as (
  update subscriptions set version = version + 1, customer = $2, payment_method = $3, updated_at = service_now(),
    next_at = case when status = 'past_due' then service_now() else next_at end, claimed_until = null
  where id = $1
  returning *
), ${publish(SUBSCRIPTION_NEWS)}
select to_jsonb(subscribed) as row from subscribed`;
