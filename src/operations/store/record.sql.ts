import { CREDIT_NEWS, moveCredit } from '../../credits/ledger.sql.js';
import { operationNews, publish, publishOneEach } from '../../events/outbox.sql.js';
import { OPEN, sqlList } from '../states.js';
import { EACH } from './each.sql.js';

/** What the drafts of a set ask for beside an operation and its key. */
export interface RecordParts {
  seats: boolean;
  credit: boolean;
}

/**
 * Commit 1 of the protocol. Each element of $1 becomes an operation with its key, its seat hold and its reserved credit, or nothing at all.
 *
 * Four guards stand here. `one_operation_per_turn` refuses a decision that was made before the user's previous operation was known;
 * `one_open_operation_per_user` refuses a second open one, whatever any lease said; `one_renewal_per_period` refuses to renew a period twice; `one_meaning_per_key` refuses a key that got
 * a meaning meanwhile (it raises, so that nothing is half-written; the caller looks again).
 *
 * A plan's row is locked before its seats are counted out, in one order, and one update takes all seats of a batch. It writes all that the locked row says: the
 * row that an update finds first may be older, and Postgres holds what it makes of that one against `seats_within_capacity` before it looks for the newer one.
 * After the plans come the accounts of credit: one that has less by now than was decided on leaves the operation unrecorded. Whoever stood behind it for a seat
 * looks again instead of being told that the plan is full.
 *
 * What none of a set asks for its statement leaves out: half of what a small set takes is for the clauses, whether they find anything or not.
 */
export function recordSql({ seats, credit }: RecordParts): string {
  const seated = seats ? 'seated' : 'due';
  return `
with asked as materialized (
  select a.*,
    a.plan_version is null or exists (select from plans p where p.id = a.to_plan_id and p.version = a.plan_version) as is_current,
    (select true from operations o where o.user_id = a.user_id and o.turn >= a.turn limit 1) is null as is_first
  from json_to_recordset($1::json) as a (
    n int, id uuid, user_id text, idempotency_key text, fingerprint text, turn int, kind text, intent text, reference text,
    status text, result text, from_plan_id text, to_plan_id text, plan_version int, seat boolean, subscription_id uuid,
    amount bigint, credit_applied bigint, credit_granted bigint, movement_id uuid, currency text, period_start timestamptz, payment_method text, terms jsonb, gateway text, traceparent text, happened jsonb)
  where ${EACH}
), due as (
  select * from asked where is_current and is_first
), ${seats ? SEATED : ''}${credit ? fundedOf(seated) : ''}opened as (
  insert into operations as o (id, user_id, turn, kind, status, result, intent, reference, from_plan_id, to_plan_id, seat_plan_id,
    subscription_id, amount, credit_applied, credit_granted, currency, period_start, payment_method, terms, gateway, traceparent, attempts, next_check_at,
    timeline, settled_at)
  select s.id, s.user_id, s.turn, s.kind, s.status, s.result, s.intent, s.reference, s.from_plan_id, s.to_plan_id,
    case when s.seat then s.to_plan_id end,
    s.subscription_id, s.amount, s.credit_applied, s.credit_granted, s.currency, s.period_start, s.payment_method, s.terms, s.gateway, s.traceparent,
    case when s.amount > 0 then 1 else 0 end,
    case when s.status in (${sqlList(OPEN)}) then service_now() + ($2::interval[])[1] end,
    (select jsonb_agg(jsonb_build_object('at', service_now()) || e) from jsonb_array_elements(s.happened) e),
    case when s.status not in (${sqlList(OPEN)}) then service_now() end
  from ${credit ? 'funded' : seated} s order by s.user_id
  on conflict do nothing
  returning o.id, o.user_id, o.seat_plan_id, o.currency, o.credit_applied, o.credit_granted, ${operationNews('o')} as news
), ${seats ? HELD : ''}keyed as (
  insert into operation_keys (user_id, idempotency_key, operation_id, fingerprint)
  select a.user_id, a.idempotency_key, a.id, a.fingerprint from opened o join asked a on a.id = o.id order by a.user_id
), ${credit ? RESERVED : ''}${
    credit
      ? publish(`
    select user_id, 'operation.updated' as type, 1 as rank, news as data from opened union all ${CREDIT_NEWS}`)
      : publishOneEach({ rows: 'opened', type: 'operation.updated', data: 'r.news' })
  }
select service_now() as now,
  case
    when o.id is not null then 'recorded'
    when not a.is_current then 'plan_changed'
    ${seats ? PLAN_FULL : ''}
    else 'overtaken'
  end as kind
from asked a
left join opened o on o.id = a.id
order by a.n`;
}

const SEATED = `counters as materialized (
  select p.id, p.capacity, p.seats_held, p.seats_taken, p.capacity - p.seats_held - p.seats_taken as free
  from plans p where p.id in (select d.to_plan_id from due d where d.seat)
  order by p.id for update
), seated as (
  select q.* from (select d.*, row_number() over (partition by d.to_plan_id, d.seat order by d.n) as place from due d) q
  left join counters c on q.seat and c.id = q.to_plan_id
  where not q.seat or q.place <= c.free
), `;

function fundedOf(seated: string): string {
  return `purses as materialized (
  select a.user_id, a.currency, a.balance from credit_accounts a join ${seated} s on s.user_id = a.user_id and s.currency = a.currency
  where s.credit_applied > 0
  order by a.user_id for update of a
), funded as (
  select s.* from ${seated} s
  where s.credit_applied = 0
    or exists (select from purses p where p.user_id = s.user_id and p.currency = s.currency and p.balance >= s.credit_applied)
), `;
}

const HELD = `held as (
  update plans p set seats_held = c.seats_held + t.seats, seats_taken = c.seats_taken, capacity = c.capacity
  from (select seat_plan_id, count(*)::int as seats from opened where seat_plan_id is not null group by 1) t
  join counters c on c.id = t.seat_plan_id
  where p.id = c.id
), `;

const RESERVED = `receiving as (
  insert into credit_accounts (user_id, currency)
  select user_id, currency from opened where credit_granted > 0 order by user_id
  on conflict do nothing
), ${moveCredit(`
    select a.movement_id, o.user_id, e.account, o.currency, e.sign * o.credit_applied as amount, 'applied' as kind, o.id as operation_id
    from opened o join asked a on a.id = o.id cross join (values ('credit', -1), ('reserved', 1)) e (account, sign)
    where o.credit_applied > 0`)}, `;

/** Of the plan of `a`: somebody of the set was counted in for a seat and did not take it. */
const SEATS_NOT_TAKEN = `
      select from seated g where g.seat and g.to_plan_id = a.to_plan_id and not exists (select from opened t where t.id = g.id)`;

const PLAN_FULL = `when a.is_first and not exists (select from seated s where s.id = a.id) and not exists (${SEATS_NOT_TAKEN}) then 'plan_full'`;
