/**
 * Clauses that move credit, in the statement that makes it true. `postings` is a query of `movement_id, user_id, account, currency, amount, kind,
 * operation_id`, one row per entry; the entries of a movement sum to zero, or the database refuses them. The accounts are locked in one order before any
 * is touched, and move by the sum of their entries. The account must have been opened.
 *
 * What an account holds is read off its locked row: the row that the update finds first may be older, and Postgres holds the sum of that one against
 * `credit_never_below_zero` before it looks for the newer one.
 */
export function moveCredit(postings: string): string {
  return `entered as (
  insert into credit_entries (movement_id, user_id, account, currency, amount, kind, operation_id)
  select p.movement_id, p.user_id, p.account, p.currency, p.amount, p.kind, p.operation_id from (${postings}) p
  returning *
), deltas as materialized (
  select user_id, currency,
    coalesce(sum(amount) filter (where account = 'credit'), 0) as balance,
    coalesce(sum(amount) filter (where account = 'reserved'), 0) as reserved
  from entered group by user_id, currency
), touched as materialized (
  select a.* from credit_accounts a
  where (a.user_id, a.currency) in (select user_id, currency from deltas)
  order by a.user_id, a.currency for update
), balanced as (
  update credit_accounts a set balance = t.balance + d.balance, reserved = t.reserved + d.reserved, version = t.version + 1
  from deltas d join touched t on t.user_id = d.user_id and t.currency = d.currency
  where a.user_id = t.user_id and a.currency = t.currency
  returning a.*
)`;
}

/** The accounts that `moveCredit` has moved, as their events bear them. */
export const CREDIT_NEWS = `select user_id, 'credits.updated' as type, 3 as rank,
    json_build_object('currency', currency, 'balance', balance, 'reserved', reserved, 'version', version) as data
  from balanced`;
