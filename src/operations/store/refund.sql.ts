import { MAX_HOLDING_MINOR_UNITS } from '../../credits/credits.js';
import { CREDIT_NEWS, moveCredit } from '../../credits/ledger.sql.js';
import { operationNews, publish } from '../../events/outbox.sql.js';
import { TIMELINE_MAX_ENTRIES } from '../timeline.js';

/**
 * The insert that records a refund for each row of `source`, a row of operations with `refund_id`, `refund_reference`, `to_card`, `to_credit` and
 * the charge's `gateway_reference` beside it. What goes to the card is due at once; what becomes credit is over as soon as it is recorded.
 * A charge whose id at the gateway nobody wrote down is named by our own reference, to be looked for.
 */
export function recordRefundOf(source: string): string {
  return `
  insert into operations as r (id, user_id, kind, status, intent, reference, refunds_operation_id, subscription_id, amount, credit_granted, currency,
    terms, gateway, traceparent, next_check_at, timeline, settled_at)
  select m.refund_id, m.user_id, 'refund', case when m.to_credit > 0 then 'succeeded' else 'pending' end, 'refund', m.refund_reference, m.id,
    m.subscription_id, m.to_card, m.to_credit, m.currency,
    case when m.to_credit > 0 then '{}' when m.gateway_reference is not null then jsonb_build_object('chargeReference', m.gateway_reference)
      else jsonb_build_object('charge', jsonb_build_object('reference', m.reference, 'amount', m.amount)) end,
    m.gateway, m.traceparent, case when m.to_credit = 0 then service_now() end,
    jsonb_build_array(jsonb_build_object('at', service_now(), 'type', 'recorded', 'data',
      jsonb_build_object('kind', 'refund', 'amount', m.to_card + m.to_credit, 'refunds', m.id))),
    case when m.to_credit > 0 then service_now() end
  from ${source} m
  on conflict do nothing
  returning r.*`;
}

/**
 * What is given back by itself is the whole charge. `one_operation_per_reference` makes it one refund per charge, whoever finds it: the reference is
 * that of the charge, marked `rf_`.
 */
export const WHOLE_CHARGE = `overlay(reference placing 'rf' from 1 for 2) as refund_reference, amount as to_card, 0::bigint as to_credit`;

/** An entry of the timeline of `o`, unless that is full. */
export function noting(type: string, data: string): string {
  return `case when jsonb_array_length(o.timeline) >= ${TIMELINE_MAX_ENTRIES} then o.timeline
      else o.timeline || jsonb_build_object('at', service_now(), 'type', '${type}', 'data', ${data}) end`;
}

/** Money that came after its operation had ended without it: the refund is recorded and counted, and the operation says so, in one statement. */
export const REFUND_LATE_SQL = `
with late as (
  select o.id, o.user_id, o.reference, o.subscription_id, o.amount, o.currency, o.gateway, o.traceparent, ${WHOLE_CHARGE},
    $2::uuid as refund_id, coalesce($3::text, o.gateway_reference) as gateway_reference
  from operations o where o.id = $1 and o.status in ('failed', 'canceled') and o.kind <> 'refund' and o.amount > 0
), refund as (${recordRefundOf('late')}
), noted as (
  update operations o set version = o.version + 1, updated_at = service_now(), refunded_to_card = o.amount,
    timeline = ${noting('late_money', `jsonb_build_object('status', o.status, 'refund', r.id)`)}
  from refund r where o.id = r.refunds_operation_id
  returning o.*
), ${publish(`
    select user_id, 'operation.updated' as type, 1 as rank, ${operationNews('noted')} as data from noted
    union all select user_id, 'operation.updated', 2, ${operationNews('refund')} from refund`)}
select to_jsonb(r) as operation from refund r`;

/**
 * A refund that a person asked for. The row of what was paid is locked, and what it says then decides: so much is left, counting what others are about
 * to give back. The counters are written as the locked row has them: the row that the update finds first may be older, and Postgres holds what it makes
 * of that one against `refunds_within_payment` before it looks for the newer one. Credit is there at once; the account must have been opened.
 */
export const REFUND_SQL = `
with paid as materialized (
  select * from operations where id = $1 for update
), purse as materialized (
  select a.balance + a.reserved as holding from credit_accounts a join paid p on p.user_id = a.user_id and p.currency = a.currency
  where $4::text = 'credit' for update of a
), room as (
  select p.*, case when $4::text = 'card' then least(p.amount - p.refunded_to_card, l.in_all) else l.in_all end as room
  from paid p cross join lateral (select p.amount + p.credit_applied - p.refunded_to_card - p.refunded_to_credit as in_all) l
  where p.status = 'succeeded' and p.kind <> 'refund'
), fitting as (
  select r.*, g.given, $4::text = 'card' or (select holding from purse) + g.given <= ${MAX_HOLDING_MINOR_UNITS} as held
  from room r cross join lateral (select coalesce($5::bigint, r.room) as given) g
  where g.given between 1 and r.room
), granted as (
  select f.*, $2::uuid as refund_id, $3::text as refund_reference,
    case when $4::text = 'card' then f.given else 0 end as to_card, case when $4::text = 'credit' then f.given else 0 end as to_credit
  from fitting f where f.held
), refund as (${recordRefundOf('granted')}
), counted as (
  update operations o set version = o.version + 1, updated_at = service_now(),
    refunded_to_card = g.refunded_to_card + g.to_card, refunded_to_credit = g.refunded_to_credit + g.to_credit,
    timeline = ${noting('refunding', `jsonb_build_object('refund', r.id, 'amount', g.given, 'to', $4::text)`)}
  from granted g join refund r on r.refunds_operation_id = g.id
  where o.id = g.id
  returning o.*
), ${moveCredit(`
    select $6::uuid as movement_id, r.user_id, e.account, r.currency, e.sign * r.credit_granted as amount, 'refund' as kind, r.id as operation_id
    from refund r cross join (values ('revenue', -1), ('credit', 1)) e (account, sign) where r.credit_granted > 0`)}, ${publish(`
    select user_id, 'operation.updated' as type, 1 as rank, ${operationNews('counted')} as data from counted
    union all select user_id, 'operation.updated', 2, ${operationNews('refund')} from refund
    union all ${CREDIT_NEWS}`)}
select coalesce(to_jsonb(c), to_jsonb(p)) as paid, to_jsonb(r) as refund,
  case when r.id is not null then 'recorded' when f.id is not null and not f.held then 'credit_full' else 'refused' end as kind
from paid p left join counted c on true left join refund r on true left join fitting f on true`;

/** A statement of its own: what a statement opens, it does not find yet. */
export const OPEN_ACCOUNT_SQL = `
insert into credit_accounts (user_id, currency) select user_id, currency from operations where id = $1 and currency is not null on conflict do nothing`;
