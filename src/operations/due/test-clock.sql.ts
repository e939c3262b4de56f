import { OPEN, sqlList } from '../states.js';

const CHECKED = `status in (${sqlList(OPEN)}) and next_check_at`;
/** Who has an open operation waits for that, and it is counted there. */
const WAITS_FOR_NONE = `not exists (select from operations o where o.user_id = s.user_id and o.status in (${sqlList(OPEN)}) and o.kind <> 'refund')`;

/**
 * What is due by now, and a text that is another as soon as something of it has moved.
 */
export const DUE_NOW_SQL = `
select o.count as operations, s.count as subscriptions, concat_ws(' ', o.count, o.moves, s.count, s.moves) as state
from (select count(*)::int as count, sum(version)::bigint as moves from operations where ${CHECKED} <= service_now()) o,
  (select count(*)::int as count, sum(version + renewal_attempts)::bigint as moves from subscriptions s
   where next_at <= service_now() and ${WAITS_FOR_NONE}) s`;

/**
 * The next moment at which something becomes due, until $1, and how many operations it is time to check then. What is due within the same second is one
 * moment, at its end: a thousand subscriptions that were made together are renewed together. Subscriptions that somebody holds and does nothing for are
 * due again when they are let go.
 */
export const NEXT_MOMENT_SQL = `
with held as (
  select claimed_until from subscriptions s where next_at <= service_now() and claimed_until > service_now() and ${WAITS_FOR_NONE}
), first as (
  select least(
    (select min(next_at) from subscriptions where next_at > service_now()),
    (select min(next_check_at) from operations where ${CHECKED} > service_now()),
    (select min(claimed_until) from held)) as at
), moment as (
  select greatest(
    (select max(next_at) from subscriptions where next_at >= f.at and next_at <= f.until),
    (select max(next_check_at) from operations where ${CHECKED} >= f.at and next_check_at <= f.until),
    (select max(claimed_until) from held where claimed_until <= f.until)) as at
  from (select at, least(at + interval '1 second', $1::timestamptz) as until from first) f
  where f.at <= $1::timestamptz
)
select date_trunc('milliseconds', m.at) + interval '1 millisecond' as at,
  (select count(*)::int from operations where ${CHECKED} > service_now() and next_check_at <= m.at) as operations
from moment m`;

/** Renewals that were recorded since an id was made: ids are in the order of time. */
export const RENEWALS_SINCE_SQL = `select count(*)::int as count from operations where id > $1 and kind = 'renew'`;
