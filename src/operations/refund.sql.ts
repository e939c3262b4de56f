import { operationNews, publish } from '../events/outbox.sql.js';
import { TIMELINE_MAX_ENTRIES } from './timeline.js';

/**
 * The insert that records a refund for each row of `source`, a row of operations with `refund_id` and the charge's `gateway_reference` beside it.
 * `one_operation_per_reference` makes it one refund per charge, whoever finds it: the reference is that of the charge, marked `rf_`.
 */
export function recordRefundOf(source: string): string {
  return `
  insert into operations as r (id, user_id, kind, status, intent, reference, refunds_operation_id, subscription_id, amount, currency, terms,
    gateway, traceparent, next_check_at, timeline)
  select m.refund_id, m.user_id, 'refund', 'pending', 'refund', overlay(m.reference placing 'rf' from 1 for 2), m.id, m.subscription_id,
    m.amount, m.currency, jsonb_build_object('chargeReference', m.gateway_reference), m.gateway, m.traceparent, now(),
    jsonb_build_array(jsonb_build_object('at', now(), 'type', 'recorded', 'data',
      jsonb_build_object('kind', 'refund', 'amount', m.amount, 'refunds', m.id)))
  from ${source} m
  on conflict do nothing
  returning r.*`;
}

/** Money that came after its operation had ended without it: the refund is recorded and the operation says so, in one statement. */
export const REFUND_LATE_SQL = `
with late as (
  select o.id, o.user_id, o.reference, o.subscription_id, o.amount, o.currency, o.gateway, o.traceparent,
    $2::uuid as refund_id, coalesce($3::text, o.gateway_reference) as gateway_reference
  from operations o where o.id = $1 and o.status in ('failed', 'canceled') and o.kind <> 'refund' and o.amount > 0
), refund as (${recordRefundOf('late')}
), noted as (
  update operations o set version = o.version + 1, updated_at = now(),
    timeline = case when jsonb_array_length(o.timeline) >= ${TIMELINE_MAX_ENTRIES} then o.timeline else o.timeline || jsonb_build_object(
      'at', now(), 'type', 'late_money', 'data', jsonb_build_object('status', o.status, 'refund', r.id)) end
  from refund r where o.id = r.refunds_operation_id
  returning o.*
), ${publish(`
    select user_id, 'operation.updated' as type, 1 as rank, ${operationNews('noted')} as data from noted
    union all select user_id, 'operation.updated', 2, ${operationNews('refund')} from refund`)}
select to_jsonb(r) as operation from refund r`;
