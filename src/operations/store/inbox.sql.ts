/** Kept once, whatever becomes of it. An event that bears no reference of ours is kept and not acted on. */
export const KEEP_EVENT_SQL = `
insert into gateway_events (gateway, event_id, type, reference, gateway_reference, next_attempt_at)
values ($1, $2, $3, $4, $5, case when $4::text is not null then now() end)
on conflict do nothing returning event_id`;

/** Stripe repeats an event for three days; tries that begin after 2 s and end 4.5 h apart reach as far. */
export const EVENT_TRIES = 28;
/** Each pause is twice the one before, up to this many times. */
export const EVENT_DOUBLINGS = 13;

/** Counted and put off in one statement: whoever crashes while acting leaves the event due again, later each time. */
export const TAKE_EVENTS_SQL = `
update gateway_events e set attempts = e.attempts + 1,
  next_attempt_at = case when e.attempts + 1 < ${EVENT_TRIES} then now() + interval '2 seconds' * (2 ^ least(e.attempts, ${EVENT_DOUBLINGS})) end
from (select gateway, event_id from gateway_events where next_attempt_at <= now() and gateway = $1
      order by next_attempt_at limit $2 for update skip locked) due
where e.gateway = due.gateway and e.event_id = due.event_id
returning e.event_id, e.type, e.reference, e.gateway_reference, e.next_attempt_at is null as last`;

export const CLOSE_EVENT_SQL = `
update gateway_events set outcome = $3, next_attempt_at = null where gateway = $1 and event_id = $2`;
