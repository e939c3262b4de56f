import { operationNews, publish } from '../../events/outbox.sql.js';
import { OPEN, sqlList } from '../states.js';
import { EACH } from './each.sql.js';
import { TIMELINE_MAX_ENTRIES } from '../timeline.js';

/** A customer may take a day, and whoever authenticates is told of sooner. */
export const WAITING_CHECK_MS = 3_600_000;
const WAITING = `interval '${WAITING_CHECK_MS} milliseconds'`;

/**
 * Takes operations over, in one statement: read and claim in two would be a race. The check is counted and the next one is set before
 * any work is done, so that a crash loop counts too. $2 is the schedule, counted from the operation's start; checks missed while nothing was
 * running count as one. Behind the schedule's end $3 is the time after which a check that crashed is made again; what waits for the customer for longer than
 * that is looked at now and then.
 *
 * That a row is open is said as a case, so that the row is found by its id, and not through the index of all that were opened since the last vacuum.
 */
export const CLAIM_SQL = `
with asked as materialized (
  select * from json_to_recordset($1::json) as a (n int, id uuid, fence int, by text, asks boolean) where ${EACH}
), claimed as (
  update operations o set
    fence = o.fence + 1,
    version = o.version + 1,
    checks = o.checks + a.asks::int,
    attempts = o.attempts + a.asks::int,
    next_check_at = case when o.status <> 'needs_review' then
      least(coalesce((select min(o.created_at + s) from unnest($2::interval[]) s where o.created_at + s > service_now()),
          service_now() + case when (o.next_action->>'expiresAt')::timestamptz > service_now() then greatest($3::interval, ${WAITING}) else $3::interval end),
        case when (o.next_action->>'expiresAt')::timestamptz > service_now() then (o.next_action->>'expiresAt')::timestamptz end) end,
    timeline = case when jsonb_array_length(o.timeline) >= ${TIMELINE_MAX_ENTRIES} then o.timeline else o.timeline || jsonb_build_object('at', service_now(), 'type', 'taken_over', 'data', jsonb_build_object('by', a.by, 'fence', o.fence + 1)) end,
    updated_at = service_now()
  from asked a
  where o.id = a.id and o.fence = a.fence and case when o.status in (${sqlList(OPEN)}) then true end
  returning o.*, a.n
), ${publish(`select user_id, 'operation.updated' as type, 1 as rank, ${operationNews('claimed')} as data from claimed`)}
select c.n, service_now() as now, row_to_json(c) as operation,
  not exists (select from unnest($2::interval[]) s where c.created_at + s > service_now()) as last
from claimed c order by c.n`;
