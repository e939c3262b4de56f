import { OPEN } from '../../src/operations/states.js';
import { grouped } from './grouped.js';
import type { Facts } from './invariants.js';

/** A user's credit in one currency, as the account says. */
export interface AccountFact {
  userId: string;
  currency: string;
  balance: number;
  reserved: number;
}

/** An entry of the ledger. */
export interface EntryFact {
  userId: string;
  account: string;
  currency: string;
  amount: number;
  kind: string;
  operationId: string | null;
}

/** I10: every balance equals the sum of its entries, what is reserved is reserved by open operations, and what was applied is spent or released once. */
export function creditAgrees(facts: Facts): string[] {
  return [...balancesAgree(facts), ...creditOfOperations(facts)];
}

function balancesAgree({ operations, accounts, entries }: Facts): string[] {
  const of = ({ userId, currency }: { userId: string; currency: string | null }) => `${userId} in ${currency}`;
  const own = grouped(entries, of);
  const opened = new Set(accounts.map(of));
  const open = grouped(
    operations.filter(({ status }) => OPEN.includes(status)),
    of,
  );
  const total = sumOf(entries, ({ amount }) => amount);
  return [
    ...accounts.flatMap((account) => {
      const name = of(account);
      const sum = (which: string) =>
        sumOf(
          (own.get(name) ?? []).filter((entry) => entry.account === which),
          ({ amount }) => amount,
        );
      const held = sumOf(open.get(name) ?? [], ({ creditApplied }) => creditApplied);
      return [
        ...(account.balance === sum('credit') ? [] : [`I10 ${name} has ${account.balance} and its entries sum to ${sum('credit')}`]),
        ...(account.reserved === sum('reserved') ? [] : [`I10 ${name} reserves ${account.reserved}, its entries ${sum('reserved')}`]),
        ...(account.reserved === held ? [] : [`I10 ${name} reserves ${account.reserved} and open operations ${held}`]),
        ...(account.balance < 0 || account.reserved < 0 ? [`I10 ${name} is overdrawn`] : []),
      ];
    }),
    ...[...own.keys()].filter((name) => !opened.has(name)).map((name) => `I10 ${name} has entries and no account`),
    ...(total === 0 ? [] : [`I10 all entries sum to ${total}`]),
  ];
}

/** What an operation applied left the free credit when it was recorded, and was spent or came back when it ended. */
function creditOfOperations({ operations, entries }: Facts): string[] {
  const moved = grouped(
    entries.filter(({ account, operationId }) => operationId !== null && account === 'reserved'),
    ({ operationId }) => operationId as string,
  );
  return operations.flatMap(({ id, status, creditApplied }) => {
    const kinds = (moved.get(id) ?? []).map(({ kind, amount }) => `${kind} ${amount}`).sort();
    const end = status === 'succeeded' ? ['spent', 'released'] : ['released'];
    const expected = OPEN.includes(status) ? [''] : end.map((kind) => ` ${kind} -${creditApplied}`);
    const right = creditApplied === 0 ? kinds.length === 0 : expected.some((over) => `applied ${creditApplied}${over}` === kinds.join(' '));
    return right ? [] : [`I10 ${id} is ${status}, applied ${creditApplied}, and has ${kinds.join(', ') || 'no entries'}`];
  });
}

function sumOf<T>(items: readonly T[], amountOf: (item: T) => number): number {
  return items.reduce((sum, item) => sum + amountOf(item), 0);
}
