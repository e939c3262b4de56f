import type { DataSource } from 'typeorm';
import { OPEN, sqlList } from './states.js';

/** Something in the ledger that does not agree with what it should be the sum of. Minor units as decimal text: a sum may be beyond what a number holds. */
export interface CreditDifference {
  what: 'balance' | 'reserved' | 'open operations' | 'movement';
  /** The user, or the id of the movement. */
  of: string;
  currency: string;
  kept: string;
  found: string;
}

/** Accounts, and entries, that one statement adds up: a second or two of work on a busy machine, while a statement may take ten. */
const PORTION = 20_000;
/** Before all that there are. */
const FIRST_ACCOUNT: readonly string[] = ['', ''];
const FIRST_MOVEMENT: readonly string[] = ['00000000-0000-0000-0000-000000000000'];

/** Adds the ledger up anew. Balances move in the statements that write their entries, so there is nothing to find unless somebody wrote past them. */
export class CreditCheck {
  constructor(
    private readonly database: DataSource,
    private readonly portion = PORTION,
  ) {}

  /** Empty in a house in order. Read in portions, each of them one snapshot, in which every movement is there as a whole or not at all. */
  async differences(): Promise<CreditDifference[]> {
    return [...(await this.inPortions(ACCOUNTS_SQL, FIRST_ACCOUNT)), ...(await this.inPortions(MOVEMENTS_SQL, FIRST_MOVEMENT))];
  }

  private async inPortions(sql: string, first: readonly string[]): Promise<CreditDifference[]> {
    const differences: CreditDifference[] = [];
    for (let after: readonly string[] | null = first; after;) {
      const [found] = (await this.database.query(sql, [...after, this.portion])) as [Portion];
      differences.push(...found.differences);
      after = found.last;
    }
    return differences;
  }
}

interface Portion {
  /** Where the next one begins; null behind the last. */
  last: string[] | null;
  differences: CreditDifference[];
}

/** Every account against its entries, and what it reserves against the open operations. */
const ACCOUNTS_SQL = `
with kept as materialized (
  select * from credit_accounts where (user_id, currency) > ($1, $2) order by user_id, currency limit $3
), sums as (
  select user_id, currency, sum(amount) filter (where account = 'credit') as credit, sum(amount) filter (where account = 'reserved') as reserved
  from credit_entries where user_id in (select user_id from kept) group by user_id, currency
), applied as (
  select user_id, currency, sum(credit_applied) as amount from operations
  where status in (${sqlList(OPEN)}) and credit_applied > 0 group by user_id, currency
)
select (select jsonb_build_array(user_id, currency) from kept order by user_id, currency offset $3 - 1) as last,
  coalesce(jsonb_agg(jsonb_build_object('what', d.what, 'of', user_id, 'currency', currency, 'kept', d.kept::text, 'found', d.found::text)
    order by user_id, currency, d.place) filter (where d.kept <> d.found), '[]') as differences
from kept k left join sums s using (user_id, currency) left join applied a using (user_id, currency)
cross join lateral (values
  (1, 'balance', k.balance, coalesce(s.credit, 0)),
  (2, 'reserved', k.reserved, coalesce(s.reserved, 0)),
  (3, 'open operations', k.reserved, coalesce(a.amount, 0))) d (place, what, kept, found)`;

/** Every movement against zero. */
const MOVEMENTS_SQL = `
with bound as materialized (
  select movement_id from credit_entries where movement_id > $1 order by movement_id offset $2 - 1 limit 1
), wrong as (
  select movement_id, min(currency) as currency, sum(amount) as amount from credit_entries
  where movement_id > $1 and movement_id <= coalesce((select movement_id from bound), 'ffffffff-ffff-ffff-ffff-ffffffffffff')
  group by movement_id having sum(amount) <> 0 or count(distinct currency) > 1
)
select (select jsonb_build_array(movement_id) from bound) as last,
  coalesce((select jsonb_agg(jsonb_build_object('what', 'movement', 'of', movement_id, 'currency', currency, 'kept', '0', 'found', amount::text)
    order by movement_id) from wrong), '[]') as differences`;
