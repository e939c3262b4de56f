/** A change of plan pays for a part of a period that is paid for already; the others pay for a whole one. */
const WHOLE_PERIOD = `('subscribe', 'renew', 'resume')`;

/**
 * Payments that must not be, of operations from an id on: beyond one of an operation, and beyond one of a subscription for the same period. The first is read
 * off what the gateway answered, the second off what has settled; money that went back to the card counts as never taken. Guards and unique indexes stand
 * before either, so that anything but zero means that one of them does not hold.
 *
 * The other payments of a user are found through the index of their turns.
 */
export const CHARGED_TWICE_SQL = `
with paid as not materialized (
  select id, user_id, turn, kind, status, subscription_id, attempts, timeline, terms->'period'->>'start' as period
  from operations where id >= $1 and kind <> 'refund' and amount > refunded_to_card
), beyond_operation as (
  select greatest(0, count(distinct e->'data'->'outcome'->>'gatewayReference') - 1) as payments
  from paid p, jsonb_array_elements(p.timeline) e
  where p.attempts > 1 and e->>'type' = 'gateway.answered' and e->'data'->'outcome'->>'kind' = 'charged'
  group by p.id
), beyond_period as (
  select 1 as payments from paid p
  where p.status = 'succeeded' and p.kind in ${WHOLE_PERIOD} and p.period is not null
    and exists (select from operations o
      where o.user_id = p.user_id and o.turn < p.turn and o.subscription_id = p.subscription_id and o.status = 'succeeded'
        and o.kind in ${WHOLE_PERIOD} and o.amount > o.refunded_to_card and o.terms->'period'->>'start' = p.period)
)
select (coalesce((select sum(payments) from beyond_operation), 0) + (select count(*) from beyond_period))::int as count`;
