import type { Group, NamedTest } from './guard.js';

const REFUND = 'src/operations/store/refund.sql.ts';
const REFUNDS = 'src/operations/refunds.ts';
const SETTLE = 'src/operations/store/settle.sql.ts';

const store = (name: string): NamedTest => ({
  file: 'test/contracts/operation-store-refunds.contract.ts',
  name,
  runBy: 'test/operations/postgres-store.test.ts',
});
const route = (name: string): NamedTest => ({ file: 'test/api/admin-refunds.test.ts', name });
const person = (name: string): NamedTest => ({ file: 'test/operations/admin-refund.test.ts', name });

export const adminRefunds: Group = {
  title: 'Refunds that a person asks for',
  guards: [
    {
      id: 'refund-within-payment',
      name: 'No more than is left of what was paid',
      at: '`REFUND_SQL`',
      remove: [{ file: REFUND, find: 'where g.given between 1 and r.room', replace: 'where g.given >= 1' }],
      test: store('gives no more %s, and nothing is written'),
      without:
        'the database refuses with an error that nobody understands; with the constraint gone as well, more than was paid is given back',
    },
    {
      id: 'refund-card-within-charge',
      name: '… and to the card no more than was charged',
      at: '`REFUND_SQL`',
      remove: [
        {
          file: REFUND,
          find: 'least(p.amount - p.refunded_to_card, l.in_all)',
          replace: 'greatest(p.amount - p.refunded_to_card, l.in_all)',
        },
      ],
      test: store('without an amount gives back all that is left there'),
      without: 'the gateway is asked for more than it charged',
    },
    {
      id: 'refund-counts-others',
      name: '… counting what others are about to give back: the locked row decides',
      at: '`REFUND_SQL`',
      remove: [
        { file: REFUND, find: 'select * from operations where id = $1 for update', replace: 'select * from operations where id = $1' },
      ],
      test: store('is at most what was paid, however many are asked for at once'),
      without: 'refunds that come together are counted once, and all of them are made',
    },
    {
      id: 'refund-counted',
      name: 'A refund is counted by the statement that records it',
      at: '`REFUND_SQL`',
      remove: [
        { file: REFUND, find: 'refunded_to_card = g.refunded_to_card + g.to_card', replace: 'refunded_to_card = g.refunded_to_card' },
      ],
      test: store('of all that is left is one, however many are asked for at once'),
      without: 'what was paid is given back as often as somebody asks',
    },
    {
      id: 'refund-once-counted',
      name: '… and only if it is recorded',
      at: '`REFUND_SQL`',
      remove: [
        {
          file: REFUND,
          find: 'from granted g join refund r on r.refunds_operation_id = g.id',
          replace: 'from granted g left join refund r on r.refunds_operation_id = g.id',
        },
      ],
      test: store('with a reference that was used before is none, and is not counted'),
      without: 'a customer’s money counts as given back and is not',
    },
    {
      id: 'refund-of-success',
      name: 'Only of what succeeded, and never of a refund',
      at: '`REFUND_SQL`',
      remove: [{ file: REFUND, find: "where p.status = 'succeeded' and p.kind <> 'refund'", replace: 'where true' }],
      test: store('is none while the operation is %s'),
      without: 'credit is made of a payment that failed',
    },
    {
      id: 'refund-given-up',
      name: 'A refund that was given up is not counted any more',
      at: '`GIVEN_UP_SQL`',
      remove: [
        { file: SETTLE, find: "where kind = 'refund' and status <> 'succeeded' group by 1", replace: "where kind = 'never' group by 1" },
      ],
      test: person('and is not to be is not counted any more: the money can be given back again'),
      without: 'the customer’s money can never be given back',
    },
    {
      id: 'refund-done-counted',
      name: '… and one that is done stays counted',
      at: '`GIVEN_UP_SQL`',
      remove: [
        { file: SETTLE, find: "where kind = 'refund' and status <> 'succeeded' group by 1", replace: "where kind = 'refund' group by 1" },
      ],
      test: person('and was made by hand stays counted'),
      without: 'what was given back is given back again',
    },
    {
      id: 'late-counted',
      name: 'Late money that is given back is counted',
      at: '`REFUND_LATE_SQL`',
      remove: [{ file: REFUND, find: 'refunded_to_card = o.amount,', replace: 'refunded_to_card = o.refunded_to_card,' }],
      test: store('counts as well: late money is all given back'),
      without: 'the books say that a charge stays which does not',
    },
    {
      id: 'change-without-subscription-counted',
      name: '… and so is what was paid for a change that met no live subscription',
      at: '`SETTLE_SQL`',
      remove: [
        {
          file: SETTLE,
          find: "refunded_to_card = case when a.meets_nothing and o.kind <> 'subscribe' then o.amount",
          replace: "refunded_to_card = case when a.meets_nothing and o.kind = 'never' then o.amount",
        },
      ],
      test: person('a person who gives back a charge that turns out to be late money at that moment gives nothing back twice'),
      without: 'who has left is given the same money twice',
    },
    {
      id: 'released-credit-counted',
      name: '… the credit among it, which is free again by itself',
      at: '`SETTLE_SQL`',
      remove: [
        {
          file: SETTLE,
          find: "refunded_to_credit = case when a.meets_nothing and o.kind <> 'subscribe' then o.credit_applied",
          replace: "refunded_to_credit = case when a.meets_nothing and o.kind = 'never' then o.credit_applied",
        },
      ],
      test: store('counts as well: a change that met no live subscription, paid with %i and %i of credit'),
      without: 'credit is given back twice',
    },
    {
      id: 'refund-key-once',
      name: 'The key is remembered in the transaction that records the refund',
      at: '`record`',
      remove: [
        {
          file: REFUNDS,
          find: 'if (!(await rememberKey(tx, use, null))) return null;',
          replace: 'await rememberKey(tx, use, null);',
        },
      ],
      test: route('is one refund, however often it is sent; another request with it is refused'),
      without: 'an impatient person gives the same money back twice',
    },
    {
      id: 'refund-seen',
      name: 'What its caller saw is held against the locked row',
      at: '`record`',
      remove: [{ file: REFUNDS, find: ", lock: { mode: 'pessimistic_write' } }", replace: ' }' }],
      test: {
        file: 'test/api/two-windows.test.ts',
        name: 'of eight persons who saw the same payment and give a part of it back one is served and the others concede',
      },
      without: 'two who saw the same give it back twice',
    },
    {
      id: 'refund-carried-out-again',
      name: 'A refund that was recorded and not made is made when it is asked for again',
      at: '`refund`',
      remove: [
        {
          file: REFUNDS,
          find: 'await this.carryOut(refundId, act.actor);',
          replace: 'if (recorded) await this.carryOut(refundId, act.actor);',
        },
      ],
      test: route('whose refund could not be carried out while its user paid for something else does it when it comes again'),
      without: 'whoever asks again waits for recovery',
    },
    {
      id: 'refund-not-for-another',
      name: 'A refund is not taken for done because another one of ours has used the charge up',
      at: '`afterAllWasRefunded`',
      remove: [{ file: 'src/gateways/stripe/refund.ts', find: 'amount, 0) >= asked.amount.amount)', replace: 'amount, 0) >= 0)' }],
      test: { file: 'test/gateways/stripe/refund.test.ts', name: 'by $by is $means.kind' },
      without: 'a customer is told of money that never comes',
    },
  ],
};
