import { randomUUID } from 'node:crypto';

/** Grants credit in USD, in minor units, or takes it back, as the ledger has it: two entries and the balance that they move. */
export async function giveCredit(
  sql: (text: string, values: unknown[]) => Promise<unknown>,
  userId: string,
  amount: number,
): Promise<void> {
  await sql(
    `with account as (
       insert into credit_accounts as a (user_id, currency, balance, version) values ($1, 'USD', greatest(0, $2::bigint), 2)
       on conflict (user_id, currency) do update set balance = a.balance + $2::bigint, version = a.version + 1
     )
     insert into credit_entries (movement_id, user_id, account, currency, amount, kind)
     select $3::uuid, $1, e.account, 'USD', e.sign * $2::bigint, 'grant' from (values ('promotion', -1), ('credit', 1)) e (account, sign)`,
    [userId, amount, randomUUID()],
  );
}
