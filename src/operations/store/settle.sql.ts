import { CREDIT_NEWS, moveCredit } from '../../credits/ledger.sql.js';
import { operationNews, publish } from '../../events/outbox.sql.js';
import { noting, recordRefundOf, WHOLE_CHARGE } from './refund.sql.js';
import { movesFrom, OPEN, sqlList } from '../states.js';
import { EACH } from './each.sql.js';

/** The subscriptions that begin, of the rows of `closed`; of each this is answered. */
export function createdSql(answered: string): string {
  return `created as (
  insert into subscriptions (id, user_id, plan_id, seated, status, price_amount, price_currency, "interval", period_start, period_end, anchor_day,
    payment_method, next_at)
  select m.subscription_id, m.user_id, m.change->>'planId', m.seat_plan_id is not null, m.change->>'status',
    (m.change->'price'->>'amount')::bigint, m.change->'price'->>'currency', m.change->>'interval',
    (m.change->>'periodStart')::timestamptz, (m.change->>'periodEnd')::timestamptz, (m.change->>'anchorDay')::smallint,
    m.change->>'paymentMethod', (m.change->>'nextAt')::timestamptz
  from closed m where m.status = 'succeeded' and m.kind = 'subscribe'
  returning ${answered}
)`;
}

/** The seats of `tally`, in one update for each plan. The plans are locked in one order. */
export const COUNTED_SQL = `counters as materialized (
  select p.id from plans p where p.id in (select plan_id from tally) order by p.id for update
), counted as (
  update plans p set seats_held = p.seats_held + t.held, seats_taken = p.seats_taken + t.taken
  from tally t join counters c on c.id = t.plan_id
  where p.id = t.plan_id
  returning p.id
)`;

/** What becomes true with operations that ended: the rows of `closed` bear the change; each plan's counters move in one update. */
export const BECOMES_SQL = `
before as materialized (
  select s.* from subscriptions s join closed m on m.subscription_id = s.id
  where m.change is not null and s.status <> 'canceled'
  for update of s
), ${createdSql('*')}, changed as (
  update subscriptions s set
    version = s.version + 1,
    plan_id = coalesce(m.change->>'planId', s.plan_id),
    seated = coalesce(m.change->>'status', s.status) not in ('canceled', 'paused')
      and (m.seat_plan_id is not distinct from coalesce(m.change->>'planId', s.plan_id) or s.seated and coalesce(m.change->>'planId', s.plan_id) = s.plan_id),
    status = coalesce(m.change->>'status', s.status),
    price_amount = coalesce((m.change->'price'->>'amount')::bigint, s.price_amount),
    price_currency = coalesce(m.change->'price'->>'currency', s.price_currency),
    "interval" = coalesce(m.change->>'interval', s."interval"),
    period_start = coalesce((m.change->>'periodStart')::timestamptz, s.period_start),
    period_end = coalesce((m.change->>'periodEnd')::timestamptz, s.period_end),
    cancel_at_period_end = coalesce((m.change->>'cancelAtPeriodEnd')::boolean, s.cancel_at_period_end),
    pending_change = case when m.change ? 'pendingChange' then nullif(m.change->'pendingChange', 'null'::jsonb) else s.pending_change end,
    anchor_day = coalesce((m.change->>'anchorDay')::smallint, s.anchor_day),
    payment_method = coalesce(m.change->>'paymentMethod', s.payment_method),
    customer = case when m.change ? 'customer' then m.change->>'customer' else s.customer end,
    next_at = case when m.change ? 'nextAt' then (m.change->>'nextAt')::timestamptz else s.next_at end,
    renewal_attempts = coalesce((m.change->>'renewalAttempts')::int, s.renewal_attempts),
    past_due = case when m.change ? 'pastDue' then nullif(m.change->'pastDue', 'null'::jsonb) else s.past_due end,
    claimed_until = null,
    canceled_at = case when m.change->>'status' = 'canceled' then service_now() else s.canceled_at end,
    updated_at = service_now()
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
), ${COUNTED_SQL}, subscribed as (
  select * from created union all select * from changed
)`;

/** What became of subscriptions, for their events. */
export const SUBSCRIPTION_NEWS = `select user_id, 'subscription.updated' as type, 2 as rank, row_to_json(subscribed) as data from subscribed`;

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
 * A refund that was given up is not counted any more: what it would have given back can be given back again. The counters are written as the locked
 * row of the charge has them, as when a refund is recorded.
 */
const GIVEN_UP_SQL = `given_up as materialized (
  select o.id, o.refunded_to_card - u.amount as refunded_to_card, o.refunded_to_credit, u.amount
  from operations o
  join (select refunds_operation_id, sum(amount)::bigint as amount from closed where kind = 'refund' and status <> 'succeeded' group by 1) u
    on u.refunds_operation_id = o.id
  order by o.id for update of o
), regained as (
  update operations o set version = o.version + 1, updated_at = service_now(),
    refunded_to_card = g.refunded_to_card, refunded_to_credit = g.refunded_to_credit,
    timeline = ${noting('refund_given_up', `jsonb_build_object('amount', g.amount)`)}
  from given_up g where o.id = g.id
  returning o.*
)`;

/** What becomes of the row of an operation that moves. */
export const MOVES_SQL = `
    status = a.status,
    version = o.version + 1,
    result = case when a.status in (${sqlList(OPEN)}) or a.status = 'succeeded' then o.result end,
    gateway_reference = coalesce(o.gateway_reference, a.gateway_reference),
    problem = a.problem,
    next_action = a.next_action,
    terms = case when a.status = 'succeeded' and a.change ? 'periodEnd'
      then o.terms || jsonb_build_object('period', jsonb_build_object('start', a.change->'periodStart', 'end', a.change->'periodEnd')) else o.terms end,
    next_check_at = case when a.status in (${sqlList(OPEN)}) and a.status <> 'needs_review' then coalesce(o.next_check_at, service_now()) end,
    timeline = o.timeline || (select jsonb_agg(jsonb_build_object('at', service_now()) || e) from jsonb_array_elements(a.happened) e),
    updated_at = service_now(),
    settled_at = case when a.status not in (${sqlList(OPEN)}) then service_now() end`;

/** Those that are over with it. */
export const CLOSED_SQL = `closed as (
  select * from moved where status not in (${sqlList(OPEN)})
)`;

/** The row is still where its holder left it, and the move is in the table of states. */
export const AT_ITS_FENCE_SQL = `where o.id = a.id and o.fence = a.fence
    and a.status = any (${movesFrom('o.status')})`;

/**
 * Commit 2 of the protocol. An operation moves only if it is still at the fence its holder names and the move is in the table of states;
 * all else in the statement hangs on the rows that moved: the subscription, the seats in one update per plan, the credit, the refund of what was paid
 * for a change that met no live subscription, because its owner has left meanwhile, and the events that tell of it all.
 *
 * What such a change was paid with counts as given back by the statement that finds it so. Its row is written only once in a statement, and so the
 * subscriptions are locked and looked at before it is.
 */
export const SETTLE_SQL = `
with asked as materialized (
  select * from json_to_recordset($1::json) as a (
    n int, id uuid, fence int, status text, gateway_reference text, problem jsonb, next_action jsonb, change jsonb, refund_id uuid, movement_id uuid,
    happened jsonb)
  where ${EACH}
), living as materialized (
  select o.id from asked a join operations o on o.id = a.id join subscriptions s on s.id = o.subscription_id
  where a.change is not null and s.status <> 'canceled'
  order by s.id for update of s
), moved as (
  update operations o set ${MOVES_SQL},
    refunded_to_card = case when a.meets_nothing and o.kind <> 'subscribe' then o.amount else o.refunded_to_card end,
    refunded_to_credit = case when a.meets_nothing and o.kind <> 'subscribe' then o.credit_applied else o.refunded_to_credit end
  from (
    select a.*, a.status = 'succeeded' and a.change is not null and l.id is null as meets_nothing from asked a left join living l on l.id = a.id
  ) a
  ${AT_ITS_FENCE_SQL}
  returning o.*, a.n, a.change, a.refund_id, a.movement_id
), ${CLOSED_SQL}, ${BECOMES_SQL}, refund as (${recordRefundOf(`(
    select c.*, ${WHOLE_CHARGE} from closed c
    where c.status = 'succeeded' and c.refund_id is not null and not exists (select from changed s where s.id = c.subscription_id))`)}
), ${GIVEN_UP_SQL}, ${moveCredit(POSTINGS_SQL)}, ${publish(`
    select user_id, 'operation.updated' as type, 1 as rank, ${operationNews('moved')} as data from moved
    union all select user_id, 'operation.updated', 1, ${operationNews('refund')} from refund
    union all select user_id, 'operation.updated', 1, ${operationNews('regained')} from regained
    union all ${SUBSCRIPTION_NEWS}
    union all ${CREDIT_NEWS}`)}
select m.n, row_to_json(m) as operation, exists (select from refund r where r.refunds_operation_id = m.id) as refunded, 
  coalesce(row_to_json(created), row_to_json(changed), row_to_json(standing)) as subscription
from moved m
left join created on created.id = m.subscription_id
left join changed on changed.id = m.subscription_id
left join subscriptions standing on standing.id = m.subscription_id
order by m.n`;
