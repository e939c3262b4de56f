import { CREDIT_NEWS, moveCredit } from '../credits/ledger.sql.js';
import { operationNews, publish } from '../events/outbox.sql.js';
import { recordRefundOf } from './refund.sql.js';
import { MOVES, OPEN, sqlList } from './states.js';

/** What becomes true with operations that succeeded: the rows of `closed` bear the change; each plan's counters move in one update. */
export const BECOMES_SQL = `
before as materialized (
  select s.* from subscriptions s join closed m on m.subscription_id = s.id
  where m.status = 'succeeded' and m.change is not null and s.status <> 'canceled'
  for update of s
), created as (
  insert into subscriptions (id, user_id, plan_id, seated, status, price_amount, price_currency, "interval", period_start, period_end)
  select m.subscription_id, m.user_id, m.change->>'planId', m.seat_plan_id is not null, m.change->>'status',
    (m.change->'price'->>'amount')::bigint, m.change->'price'->>'currency', m.change->>'interval',
    (m.change->>'periodStart')::timestamptz, (m.change->>'periodEnd')::timestamptz
  from closed m where m.status = 'succeeded' and m.kind = 'subscribe'
  returning *
), changed as (
  update subscriptions s set
    version = s.version + 1,
    plan_id = coalesce(m.change->>'planId', s.plan_id),
    seated = case when coalesce(m.change->>'planId', s.plan_id) <> s.plan_id then m.seat_plan_id is not null
                  else s.seated and coalesce(m.change->>'status', s.status) <> 'canceled' end,
    status = coalesce(m.change->>'status', s.status),
    price_amount = coalesce((m.change->'price'->>'amount')::bigint, s.price_amount),
    price_currency = coalesce(m.change->'price'->>'currency', s.price_currency),
    "interval" = coalesce(m.change->>'interval', s."interval"),
    period_start = coalesce((m.change->>'periodStart')::timestamptz, s.period_start),
    period_end = coalesce((m.change->>'periodEnd')::timestamptz, s.period_end),
    cancel_at_period_end = coalesce((m.change->>'cancelAtPeriodEnd')::boolean, s.cancel_at_period_end),
    pending_change = case when m.change ? 'pendingChange' then nullif(m.change->'pendingChange', 'null'::jsonb) else s.pending_change end,
    canceled_at = case when m.change->>'status' = 'canceled' then now() else s.canceled_at end,
    updated_at = now()
  from closed m join before b on b.id = m.subscription_id
  where s.id = b.id
  returning s.*
), tally as (
  select plan_id, sum(held)::int as held, sum(taken)::int as taken from (
    select m.seat_plan_id as plan_id, -1 as held,
      (exists (select from created c where c.id = m.subscription_id)
        or exists (select from changed c where c.id = m.subscription_id and c.seated and c.plan_id = m.seat_plan_id))::int as taken
    from closed m where m.seat_plan_id is not null
    union all
    select b.plan_id, 0, -1 from before b join changed c on c.id = b.id
    where b.seated and (c.plan_id <> b.plan_id or not c.seated)
  ) moves group by plan_id
), counters as materialized (
  select p.id from plans p where p.id in (select plan_id from tally) order by p.id for update
), counted as (
  update plans p set seats_held = p.seats_held + t.held, seats_taken = p.seats_taken + t.taken
  from tally t join counters c on c.id = t.plan_id
  where p.id = t.plan_id
  returning p.id
), subscribed as (
  select * from created union all select * from changed
)`;

/** What became of subscriptions, for their events. */
export const SUBSCRIPTION_NEWS = `select user_id, 'subscription.updated' as type, 2 as rank, to_jsonb(subscribed) as data from subscribed`;

/**
 * The entries of operations that ended: credit that was applied is spent with the change that it paid for, and released without; what is granted is
 * granted with its change. The plans' rows come before the accounts', here as when operations are recorded, so that the two never wait for each other.
 */
const POSTINGS_SQL = `
  select m.movement_id, m.user_id, e.account, m.currency, e.sign * m.credit as amount, e.kind, m.id as operation_id
  from (
    select c.id, c.user_id, c.movement_id, c.currency, c.credit_applied + c.credit_granted as credit,
      case when c.credit_applied = 0 then 'proration' when c.took_effect then 'spent' else 'released' end as kind
    from (select *, status = 'succeeded' and subscription_id in (select id from subscribed) as took_effect from closed) c
    where c.credit_applied > 0 or c.credit_granted > 0 and c.took_effect
  ) m
  join (values ('spent', 'reserved', -1), ('spent', 'revenue', 1), ('released', 'reserved', -1), ('released', 'credit', 1),
    ('proration', 'revenue', -1), ('proration', 'credit', 1)) e (kind, account, sign) on e.kind = m.kind
  cross join (select count(*) from counted) as plans_first`;

/**
 * Commit 2 of the protocol. An operation moves only if it is still at the fence its holder names and the move is in the table of states;
 * all else in the statement hangs on the rows that moved: the subscription, the seats in one update per plan, the credit, the refund of what was paid
 * for a change that met no live subscription, because its owner has left meanwhile, and the events that tell of it all.
 */
export const SETTLE_SQL = `
with asked as materialized (
  select * from jsonb_to_recordset($1::jsonb) as a (
    n int, id uuid, fence int, status text, gateway_reference text, problem jsonb, next_action jsonb, change jsonb, refund_id uuid, movement_id uuid,
    happened jsonb)
), moved as (
  update operations o set
    status = a.status,
    version = o.version + 1,
    result = case when a.status in (${sqlList(OPEN)}) or a.status = 'succeeded' then o.result end,
    gateway_reference = coalesce(o.gateway_reference, a.gateway_reference),
    problem = a.problem,
    next_action = a.next_action,
    next_check_at = case when a.status in (${sqlList(OPEN)}) and a.status <> 'needs_review' then coalesce(o.next_check_at, now()) end,
    timeline = o.timeline || (select jsonb_agg(jsonb_build_object('at', now()) || e) from jsonb_array_elements(a.happened) e),
    updated_at = now(),
    settled_at = case when a.status not in (${sqlList(OPEN)}) then now() end
  from asked a
  where o.id = a.id and o.fence = a.fence
    and (o.status, a.status) in (${MOVES.map(([from, to]) => `('${from}', '${to}')`).join(', ')})
  returning o.*, a.n, a.change, a.refund_id, a.movement_id
), closed as (
  select * from moved where status not in (${sqlList(OPEN)})
), ${BECOMES_SQL}, refund as (${recordRefundOf(`(
    select c.* from closed c
    where c.status = 'succeeded' and c.refund_id is not null and not exists (select from changed s where s.id = c.subscription_id))`)}
), ${moveCredit(POSTINGS_SQL)}, ${publish(`
    select user_id, 'operation.updated' as type, 1 as rank, ${operationNews('moved')} - '{n,change,refund_id,movement_id}'::text[] as data from moved
    union all select user_id, 'operation.updated', 1, ${operationNews('refund')} from refund
    union all ${SUBSCRIPTION_NEWS}
    union all ${CREDIT_NEWS}`)}
select m.n, to_jsonb(m) as operation, exists (select from refund r where r.refunds_operation_id = m.id) as refunded, coalesce(to_jsonb(created), to_jsonb(changed), to_jsonb(standing)) as subscription
from moved m
left join created on created.id = m.subscription_id
left join changed on changed.id = m.subscription_id
left join subscriptions standing on standing.id = m.subscription_id
order by m.n`;
