import type { Group, NamedTest } from './guard.js';

const RECORD = 'src/operations/store/record.sql.ts';
const SETTLE = 'src/operations/store/settle.sql.ts';

const store = (name: string): NamedTest => ({
  file: 'test/contracts/operation-store-credit.contract.ts',
  name,
  runBy: 'test/operations/postgres-store.test.ts',
});

export const creditInOperations: Group = {
  title: 'Credit that pays for operations',
  guards: [
    {
      id: 'credit-funded',
      name: 'An operation is recorded only while the credit that it was decided on is there',
      at: '`funded`',
      remove: [
        {
          file: RECORD,
          find: 'where s.credit_applied = 0\n    or exists (select from purses p where p.user_id = s.user_id and p.currency = s.currency and p.balance >= s.credit_applied)',
          replace: 'where true',
        },
      ],
      test: store('that is not there any more leaves the operation unrecorded, and a part of it is not taken'),
      without: 'two purchases count on the same credit, and the second is answered with an error',
    },
    {
      id: 'credit-gone-seat-free',
      name: '… and whoever stood behind it for a seat looks again',
      at: '`SEATS_NOT_TAKEN`',
      remove: [
        {
          file: RECORD,
          find: 'and not exists (${SEATS_NOT_TAKEN}) then',
          replace: 'and ${SEATS_NOT_TAKEN.length} > 0 then',
        },
      ],
      test: store('that is not there any more leaves the seat to whoever is behind in the set, who is never told that the plan is full'),
      without: 'a buyer is told that a plan is full which has a seat left',
    },
    {
      id: 'credit-released',
      name: 'Credit is spent with the change that it paid for, and released without',
      at: '`POSTINGS_SQL`',
      remove: [{ file: SETTLE, find: "when c.took_effect then 'spent' else 'released' end", replace: "else 'spent' end" }],
      test: store('is free again once its operation is %s'),
      without: 'a declined card costs the customer their credit',
    },
    {
      id: 'credit-effect',
      name: '… that is: with a subscription that moved',
      at: '`POSTINGS_SQL`',
      remove: [
        {
          file: SETTLE,
          find: "status = 'succeeded' and subscription_id in (select id from subscribed) as took_effect",
          replace: "status = 'succeeded' as took_effect",
        },
      ],
      test: store('that paid for a change is free again where the change meets no live subscription'),
      without: 'who left meanwhile pays for a plan that they do not get',
    },
    {
      id: 'credit-granted',
      name: 'Credit is granted with the change that leaves it over',
      at: '`POSTINGS_SQL`',
      remove: [{ file: SETTLE, find: 'or c.credit_granted > 0 and c.took_effect', replace: 'or c.credit_granted > 0' }],
      test: store('is not granted by a change that fails, nor by one that meets no live subscription'),
      without: 'a step down that failed makes money of nothing',
    },
    {
      id: 'credit-of-quote',
      name: 'A quote holds only while the credit that it shows is there',
      at: '`asQuoted`',
      remove: [
        {
          file: 'src/operations/decisions.ts',
          find: ' && creditApplied <= creditIn(decision.currency, seen.credit)',
          replace: '',
        },
      ],
      test: {
        file: 'test/api/paying-with-credit.test.ts',
        name: 'two windows: one gives the credit away, the other agrees to what it saw before and is shown what is true now',
      },
      without: 'who agreed to a quote is answered with an error instead of a fresh one',
    },
    {
      id: 'credit-entry-once',
      name: 'The unique index `one_credit_entry_per_operation`',
      remove: [
        {
          file: 'src/platform/database/migrations/1700000000002-credits-and-events.ts',
          find: 'create unique index one_credit_entry_per_operation on',
          replace: 'create index one_credit_entry_per_operation on',
        },
      ],
      test: { file: 'test/contention/constraints.test.ts', name: 'one_credit_entry_per_operation refuses to spend for an operation twice' },
      without: 'a mistake in a statement spends credit twice for one operation',
    },
  ],
};
