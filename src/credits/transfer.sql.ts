import { publish } from '../events/outbox.sql.js';
import { MAX_HOLDING_MINOR_UNITS } from './credits.js';
import { CREDIT_NEWS, moveCredit } from './ledger.sql.js';

/** All that a transfer rests on, in one snapshot: the key's earlier use, what the sender has, and what the receiver's account holds. */
export const LOOK_SQL = `
select k.fingerprint, k.movement_id as "movementId", e.created_at as "createdAt",
  (select jsonb_agg(to_jsonb(a) order by a.currency) from credit_accounts a where a.user_id = $1) as accounts,
  (select to_jsonb(r) from credit_accounts r where r.user_id = $3 and r.currency = $4) as receiving
from (select) here
left join operation_keys k on k.user_id = $1 and k.idempotency_key = $2
left join credit_entries e on e.movement_id = k.movement_id and e.user_id = $1 and e.account = 'credit'`;

/**
 * Both accounts are locked in one order, and what they hold then decides: the amount is there, and, where the sender named what they saw, nothing
 * of theirs has moved since. Only then the key is taken; all else hangs on its row. No row: look again.
 */
export const TRANSFER_SQL = `
with asked as materialized (
  select * from jsonb_to_record($1::jsonb) as a (
    movement_id uuid, from_user_id text, to_user_id text, currency text, amount bigint, seen int, idempotency_key text, fingerprint text)
), locked as materialized (
  select a.* from asked q join credit_accounts a on a.user_id in (q.from_user_id, q.to_user_id)
  where a.currency = q.currency or a.user_id = q.from_user_id and q.seen is not null
  order by a.user_id, a.currency for update of a
), covered as (
  select q.* from asked q
  join locked f on f.user_id = q.from_user_id and f.currency = q.currency
  join locked t on t.user_id = q.to_user_id and t.currency = q.currency
  where f.balance >= q.amount
    and t.balance + t.reserved + q.amount <= ${MAX_HOLDING_MINOR_UNITS}
    and (q.seen is null or q.seen = (select sum(l.version - 1) from locked l where l.user_id = q.from_user_id))
), keyed as (
  insert into operation_keys (user_id, idempotency_key, movement_id, fingerprint)
  select from_user_id, idempotency_key, movement_id, fingerprint from covered
  on conflict do nothing
  returning movement_id
), ${moveCredit(`
    select k.movement_id, e.user_id, 'credit' as account, q.currency, e.amount, 'transfer' as kind, null::uuid as operation_id
    from keyed k join asked q on q.movement_id = k.movement_id
    cross join lateral (values (q.from_user_id, -q.amount), (q.to_user_id, q.amount)) e (user_id, amount)`)}, ${publish(CREDIT_NEWS)}
select e.created_at as "createdAt" from entered e join asked q on q.from_user_id = e.user_id`;

export const OPEN_SQL = `insert into credit_accounts (user_id, currency) values ($1, $2) on conflict do nothing`;
