import { TIMELINE_MAX_ENTRIES } from '../timeline.js';
import { OPEN, sqlList } from '../states.js';

/**
 * Everything a decision rests on, in one snapshot: the key's earlier use, the open operation, the subscription, the credit, the user's last turn.
 * Each is looked up for itself (`limit 1` keeps the planner from joining): the planner takes a set for 100 items, and would read whole tables for it
 * until they have some thousand rows, and as long as the plan it made then is kept.
 */
export const LOOK_SQL = `
select a.n, service_now() as now, k.fingerprint, row_to_json(ko) as keyed, row_to_json(ks) as keyed_subscription,
  row_to_json(o) as open, row_to_json(s) as subscription,
  (select true from subscriptions e where e.user_id = a.user_id limit 1) is not null as had_subscription,
  (select jsonb_object_agg(c.currency, c.balance) from credit_accounts c where c.user_id = a.user_id) as credit,
  l.id as last_id, l.turn as last_turn, l.intent as last_intent, case when not l.terms ? 'savedCard' then l.payment_method end as last_named_card,
  (select true from operations r where r.reference = a.reference limit 1) is not null as reference_used
from json_to_recordset($1::json) as a (n int, user_id text, idempotency_key text, reference text)
left join lateral (select * from operation_keys k where k.user_id = a.user_id and k.idempotency_key = a.idempotency_key limit 1) k on true
left join lateral (select * from operations ko where ko.id = k.operation_id limit 1) ko on true
left join lateral (select * from subscriptions ks where ks.id = ko.subscription_id limit 1) ks on true
left join lateral (select * from operations o where o.user_id = a.user_id and o.status in (${sqlList(OPEN)}) and o.kind <> 'refund' limit 1) o on true
left join lateral (select * from subscriptions s where s.user_id = a.user_id and s.status <> 'canceled' limit 1) s on true
left join lateral (select * from operations t where t.user_id = a.user_id and t.turn is not null order by t.turn desc limit 1) l on true
order by a.n`;

/** Another request, and its key, for operations that were under way when it came. A key that got another meaning meanwhile joins nothing. */
export const JOIN_SQL = `
with asked as materialized (
  select * from json_to_recordset($1::json) as a (n int, operation_id uuid, user_id text, idempotency_key text, fingerprint text, request_id text)
), joined as (
  update operations o set
    requests = o.requests + t.requests,
    timeline = case when jsonb_array_length(o.timeline) < ${TIMELINE_MAX_ENTRIES} then o.timeline || t.happened else o.timeline end
  from (
    select operation_id, user_id, count(*)::int as requests,
      jsonb_agg(jsonb_build_object('at', service_now(), 'type', 'request.joined', 'data', jsonb_build_object('requestId', request_id))) as happened
    from asked group by operation_id, user_id) t
  where o.id = t.operation_id and o.user_id = t.user_id
  returning o.*
), keyed as (
  insert into operation_keys (user_id, idempotency_key, operation_id, fingerprint)
  select a.user_id, a.idempotency_key, j.id, a.fingerprint
  from asked a join joined j on j.id = a.operation_id and j.user_id = a.user_id where a.idempotency_key is not null order by a.user_id
  on conflict do nothing
  returning user_id, idempotency_key, operation_id, fingerprint
), named as (
  select * from keyed union all select k.user_id, k.idempotency_key, k.operation_id, k.fingerprint from operation_keys k
  join asked a on a.user_id = k.user_id and a.idempotency_key = k.idempotency_key
)
select a.n, row_to_json(j) as operation from asked a left join joined j on j.id = a.operation_id and j.user_id = a.user_id
  and (a.idempotency_key is null or exists (select from named k where k.user_id = a.user_id and k.idempotency_key = a.idempotency_key
    and k.operation_id = a.operation_id and k.fingerprint = a.fingerprint))
order by a.n`;

export const DUE_SQL = `
select id, user_id, fence from operations
where status in (${sqlList(OPEN)}) and next_check_at <= service_now()
order by next_check_at limit $1`;

/** Held without a word to others: a subscription that is held is no other than before. Materialized, for a plan that looked twice would hold more than asked for. */
export const HOLD_DUE_SUBSCRIPTIONS_SQL = `
with due as materialized (
  select id from subscriptions
  where next_at <= service_now() and (claimed_until is null or claimed_until <= service_now())
  order by next_at limit $1 for update skip locked
)
update subscriptions s set claimed_until = service_now() + $2::interval
from due
where s.id = due.id
returning s.id, s.user_id, s.period_end, s.renewal_attempts`;

export const VERSIONS_SQL = `select id, version from operations where id = any($1::uuid[])`;

export const READ_SQL = `
select row_to_json(o) as operation, row_to_json(s) as subscription
from operations o left join subscriptions s on s.id = o.subscription_id where o.id = $1`;

export const BY_REFERENCE_SQL = `select row_to_json(o) as operation from operations o where o.reference = $1`;

export const FORGET_KEYS_SQL = `
delete from operation_keys k
where k.created_at < service_now() - $1::interval
  and not exists (select from operations o where o.id = k.operation_id and o.status in (${sqlList(OPEN)}))`;
