/**
 * Clauses that write events into the outbox, in the statement that makes them true. `changes` is a query of `user_id, type, rank, data`: what became
 * true for whom, in this order. A user's events bear consecutive numbers in the order of their commits, because the row of the last number is locked until then.
 */
export function publish(changes: string): string {
  return `news as materialized (
  select c.*, row_number() over (partition by c.user_id order by c.rank) as place, count(*) over (partition by c.user_id) as many
  from (${changes}) c
), cursors as (
  insert into event_cursors as c (user_id, last)
  select user_id, count(*) from news group by user_id order by user_id
  on conflict (user_id) do update set last = c.last + excluded.last
  returning c.user_id, c.last
), published as (
  insert into events (user_id, number, type, data)
  select n.user_id, c.last - n.many + n.place, n.type, n.data from news n join cursors c on c.user_id = n.user_id
)`;
}

/** The row of an operation as its event bears it: what only the protocol needs stays out, and of the terms all but the period. */
export function operationNews(row: string): string {
  return `(to_jsonb(${row}) - '{terms,timeline,intent,reference,turn,fence,payment_method,traceparent,period_start,invoiced}'::text[]
    || case when ${row}.terms ?| array['period', 'droppedChange'] then jsonb_build_object('terms', jsonb_build_object(
      'period', ${row}.terms->'period', 'droppedChange', ${row}.terms->'droppedChange')) else '{}' end)`;
}
