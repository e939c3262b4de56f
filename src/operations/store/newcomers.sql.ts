import { operationNews, publishOneEach } from '../../events/outbox.sql.js';
import { EACH } from './each.sql.js';
import { AT_ITS_FENCE_SQL, CLOSED_SQL, COUNTED_SQL, createdSql, MOVES_SQL } from './settle.sql.js';

/**
 * Commit 2 of those who subscribe and pay with nothing but their card: there is no subscription yet that could be changed or gone, no credit and no refund.
 * Whatever else is in the set does not move. Without the clauses for all that, it takes the database little more than half.
 */
export function settleNewcomersSql({ seats }: { seats: boolean }): string {
  return `
with asked as materialized (
  select * from json_to_recordset($1::json) as a (
    n int, id uuid, fence int, status text, gateway_reference text, problem jsonb, next_action jsonb, change jsonb, happened jsonb)
  where ${EACH}
), moved as (
  update operations o set ${MOVES_SQL}
  from asked a
  ${AT_ITS_FENCE_SQL}
    and case when o.kind = 'subscribe' and o.credit_applied + o.credit_granted = 0${seats ? '' : ' and o.seat_plan_id is null'} then true end
  returning o.id, o.user_id, o.kind, o.status, o.version, o.requests, case when o.requests > 1 then o.timeline end as timeline, o.subscription_id, o.seat_plan_id,
    a.n, a.change, ${operationNews('o')} as news
), ${CLOSED_SQL}, ${createdSql('user_id, row_to_json(subscriptions) as news')}, ${seats ? SEATS : ''}${publishOneEach(
    { rows: 'moved', type: 'operation.updated', data: 'r.news' },
    { rows: 'created', type: 'subscription.updated', data: 'r.news', hasSecond: `status = 'succeeded'` },
  )}
select n, service_now() as now, version, requests, timeline from moved`;
}

const SEATS = `tally as (
  select m.seat_plan_id as plan_id, -count(*)::int as held, count(*) filter (where m.status = 'succeeded')::int as taken
  from closed m where m.seat_plan_id is not null group by 1
), ${COUNTED_SQL}, `;
