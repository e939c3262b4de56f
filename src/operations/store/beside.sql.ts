import { operationNews, publish } from '../../events/outbox.sql.js';
import { BECOMES_SQL, SUBSCRIPTION_NEWS } from './settle.sql.js';

/**
 * Records an operation already settled beside one that is in review, together with what becomes true. Cold; one statement all the same.
 * It rests on the subscription's version, because the operation in review may be resolved at the same moment.
 */
export const RECORD_BESIDE_SQL = `
with asked as materialized (
  select * from jsonb_to_recordset($1::jsonb) as a (
    n int, id uuid, user_id text, idempotency_key text, fingerprint text, turn int, kind text, intent text, reference text,
    from_plan_id text, subscription_id uuid, subscription_version int, terms jsonb, gateway text, traceparent text, happened jsonb, change jsonb)
), standing as materialized (
  select s.id from subscriptions s join asked a on a.subscription_id = s.id
  where s.version = a.subscription_version and s.status <> 'canceled'
  for update of s
), opened as (
  insert into operations as o (id, user_id, turn, kind, status, result, intent, reference, from_plan_id, subscription_id, amount, terms,
    gateway, traceparent, timeline, settled_at)
  select a.id, a.user_id, a.turn, a.kind, 'succeeded', 'changed', a.intent, a.reference, a.from_plan_id, a.subscription_id, 0, a.terms,
    a.gateway, a.traceparent, (select jsonb_agg(jsonb_build_object('at', service_now()) || e) from jsonb_array_elements(a.happened) e), service_now()
  from asked a join standing s on s.id = a.subscription_id
  on conflict do nothing
  returning o.*
), keyed as (
  insert into operation_keys (user_id, idempotency_key, operation_id, fingerprint)
  select a.user_id, a.idempotency_key, a.id, a.fingerprint from opened o join asked a on a.id = o.id
), closed as (
  select o.*, a.change from opened o join asked a on a.id = o.id
), ${BECOMES_SQL}, ${publish(`
    select user_id, 'operation.updated' as type, 1 as rank, ${operationNews('opened')} as data from opened union all ${SUBSCRIPTION_NEWS}`)}
select o.id is not null as recorded, to_jsonb(o) as operation, service_now() as now from asked a left join opened o on o.id = a.id`;
