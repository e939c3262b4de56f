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

/** One change of each of these, at most, for each of the users that `rows` names. */
export interface OneChange {
  /** A clause with a row for each user concerned. */
  rows: string;
  type: string;
  data: string;
}

/**
 * The same where nobody has more than one change of each sort: the number follows from the last one, and nothing is sorted or counted out. Whoever has the
 * second change has the first one as well; `hasSecond` says of a row of the first whether there is one. Should somebody have two, their numbers are the same,
 * and the outbox refuses the statement.
 */
export function publishOneEach(first: OneChange, second?: OneChange & { hasSecond: string }): string {
  const many = second ? `1 + (${second.hasSecond})::int` : '1';
  const told = ({ rows, type, data }: OneChange, number: string): string =>
    `select r.user_id, ${number}, '${type}', ${data} from ${rows} r join cursors c on c.user_id = r.user_id`;
  return `cursors as (
  insert into event_cursors as c (user_id, last)
  select user_id, ${many} from ${first.rows} order by user_id
  on conflict (user_id) do update set last = c.last + excluded.last
  returning c.user_id, c.last
), published as (
  insert into events (user_id, number, type, data)
  ${second ? `${told(first, `c.last - (${second.hasSecond})::int`)} union all ${told(second, 'c.last')}` : told(first, 'c.last')}
)`;
}

/**
 * Of the row of an operation, what its event bears: what only the protocol needs stays out. Named one by one, because a document made of all columns, less
 * the others, makes record and settle dearer by a tenth and more (measured: docs/performance.md).
 */
const OPERATION_COLUMNS = [
  'id',
  'version',
  'user_id',
  'kind',
  'status',
  'result',
  'from_plan_id',
  'to_plan_id',
  'seat_plan_id',
  'subscription_id',
  'amount',
  'credit_applied',
  'credit_granted',
  'refunded_to_card',
  'refunded_to_credit',
  'currency',
  'refunds_operation_id',
  'gateway',
  'gateway_reference',
  'attempts',
  'checks',
  'requests',
  'next_check_at',
  'next_action',
  'problem',
  'created_at',
  'updated_at',
  'settled_at',
];

/** The document of an operation's event. Of the terms it has the period, and a change that was dropped. */
export function operationNews(row: string): string {
  return `row_to_json((select news from (select ${OPERATION_COLUMNS.map((column) => `${row}.${column}`).join(', ')},
    case when ${row}.terms ?| array['period', 'droppedChange'] then jsonb_build_object(
      'period', ${row}.terms->'period', 'droppedChange', ${row}.terms->'droppedChange') end as terms) news))`;
}
