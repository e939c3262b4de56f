/** Events of a user in one portion. A full one is followed by the next at once. */
export const PORTION = 100;

/** What followed, for each user and the last number that is known. */
export const FOLLOW_SQL = `
select f.user_id, e.number::float8 as number, e.type, e.data
from jsonb_to_recordset($1::jsonb) as f (user_id text, after bigint)
cross join lateral (
  select * from events e where e.user_id = f.user_id and e.number > f.after order by e.number limit ${PORTION}
) e
order by f.user_id, e.number`;

/**
 * Whether everything that followed $2 is still there, and is no more than $3 events. Events are forgotten by age, which is not strictly the order of
 * their numbers: so they are counted.
 */
export const RESUMES_SQL = `
select c.last - $2::bigint between 0 and $3::bigint and c.last - $2::bigint = (
  select count(*) from (select from events e where e.user_id = $1 and e.number > $2::bigint limit $3::bigint) kept) as resumes
from (select coalesce((select last from event_cursors where user_id = $1), 0) as last) c`;

/** A portion of those older than $1. Whoever else is at it takes other rows. */
export const FORGET_SQL = `
delete from events where (user_id, number) in (
  select user_id, number from events where created_at < now() - $1::interval limit $2 for update skip locked)`;
