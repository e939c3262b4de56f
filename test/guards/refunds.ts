import type { Group, NamedTest } from './guard.js';

const MIGRATION = 'src/platform/database/migrations/1700000000001-initial.ts';
const LOOK = 'src/operations/store/look.sql.ts';
const VERDICT = 'src/operations/verdict.ts';
const RUNNER = 'src/operations/runner.ts';
const SETTLE = 'src/operations/store/settle.sql.ts';
const REFUND = 'src/operations/store/refund.sql.ts';

const store = (name: string): NamedTest => ({
  file: 'test/contracts/operation-store-later.contract.ts',
  name,
  runBy: 'test/operations/postgres-store.test.ts',
});
const refund = (name: string): NamedTest => ({ file: 'test/operations/refund.test.ts', name });
const late = (name: string): NamedTest => ({ file: 'test/operations/late-money.test.ts', name });

export const lateMoney: Group = {
  title: 'Late money and its refund',
  guards: [
    {
      id: 'late-to-former-owner',
      name: 'Money that comes to an owner whose operation has ended without it is given back',
      at: '`settleAfterLoss`',
      remove: [
        {
          file: RUNNER,
          find: "if (!operation.isOpen && verdict.status === 'succeeded') await this.giveBackLate",
          replace: 'if (!operation.isOpen && attempt < 1) await this.giveBackLate',
        },
      ],
      test: late('at the very moment in which its former owner comes to write it down is given back and alarmed'),
      without: 'money that nobody knows of',
    },
    {
      id: 'late-by-event',
      name: '… and money that an event tells of',
      at: '`act`',
      remove: [
        {
          file: 'src/operations/gateway-inbox.ts',
          find: "(await this.lateMoney(operation, event)) ? 'late_money'",
          replace: "operation.amount < 0 && (await this.lateMoney(operation, event)) ? 'late_money'",
        },
      ],
      test: late('with an event is given back and alarmed, and the event says so'),
      without: 'the same',
    },
    {
      id: 'late-alarmed',
      name: 'Late money is alarmed, once',
      at: '`giveBackLate`',
      remove: [{ file: RUNNER, find: 'if (refund) this.alarmLateMoney(refund);', replace: '' }],
      test: late('is given back once and alarmed once, however often it is told of'),
      without: 'nobody learns that it happens',
    },
    {
      id: 'one-refund',
      name: 'One refund per charge: the unique constraint `one_operation_per_reference`',
      remove: [
        {
          file: MIGRATION,
          find: 'reference text not null constraint one_operation_per_reference unique,',
          replace: 'reference text not null,',
        },
      ],
      test: store('is given back once, however many find it together'),
      without: 'a charge is given back as often as it is found',
    },
    {
      id: 'late-only-when-over',
      name: 'Only of what failed or was canceled',
      at: '`REFUND_LATE_SQL`',
      remove: [{ file: REFUND, find: " and o.status in ('failed', 'canceled')", replace: '' }],
      test: store('is none while the operation is %s'),
      without: 'what was paid for and delivered is given back',
    },
    {
      id: 'late-only-charges',
      name: '… and only of what charges',
      at: '`REFUND_LATE_SQL`',
      remove: [{ file: REFUND, find: " and o.kind <> 'refund' and o.amount > 0", replace: '' }],
      test: store('is none of an operation that charges nothing, nor of a refund'),
      without: 'refunds of nothing wait for a gateway that knows no charge',
    },
    {
      id: 'change-without-subscription',
      name: 'A success whose change meets no live subscription is given back by the statement that settles it',
      remove: [
        {
          file: SETTLE,
          find: "where c.status = 'succeeded' and c.refund_id is not null and not exists",
          replace: "where c.status = 'never' and c.refund_id is not null and not exists",
        },
      ],
      test: store('of a change that meets no live subscription is given back by the statement that settles it'),
      without: 'who has left pays for a plan',
    },
    {
      id: 'change-names-refund',
      name: '… wherever a charge is for a change',
      at: '`settlementOf`',
      remove: [
        {
          file: VERDICT,
          find: '...(paysForChange ? { refundId: newId() } : {})',
          replace: '...(paysForChange && !newId() ? { refundId: newId() } : {})',
        },
      ],
      test: refund('is given back when the person finds that it was charged'),
      without: 'the same',
    },
    {
      id: 'change-with-subscription',
      name: '… and one whose change meets its subscription is not',
      remove: [{ file: SETTLE, find: ' and not exists (select from changed s where s.id = c.subscription_id)', replace: '' }],
      test: store('is none where the change meets its subscription'),
      without: 'every change of plan is free',
    },
    {
      id: 'canceled-stays',
      name: 'A subscription that was canceled is not changed any more',
      at: '`before`',
      remove: [{ file: SETTLE, find: "where m.change is not null and s.status <> 'canceled'", replace: 'where m.change is not null' }],
      test: store('of a change that meets no live subscription is given back by the statement that settles it'),
      without: 'who has left is subscribed again',
    },
    {
      id: 'refund-beside',
      name: 'Refunds are left out of `one_open_operation_per_user`',
      remove: [{ file: MIGRATION, find: "'needs_review') and kind <> 'refund'`", replace: "'needs_review')`" }],
      test: store('is in nobody’s way: its user goes on beside the refund, and the refund beside its user'),
      without: 'who is given money back cannot buy until that is done',
    },
    {
      id: 'refund-not-in-the-way',
      name: '… and of what a new operation meets',
      at: '`LOOK_SQL`',
      remove: [{ file: LOOK, find: " and o.kind <> 'refund'", replace: '' }],
      test: refund('takes no turn and blocks nobody: its user subscribes while the refund is open'),
      without: 'the same',
    },
    {
      id: 'refund-no-turn',
      name: '… and of the turns',
      at: '`LOOK_SQL`',
      remove: [{ file: LOOK, find: ' and t.turn is not null', replace: '' }],
      test: refund('takes no turn and blocks nobody: its user subscribes while the refund is open'),
      without: 'after a refund no turn is free any more',
    },
    {
      id: 'refund-key',
      name: 'A refund’s gateway key is its reference, the same for every attempt',
      remove: [
        {
          file: 'src/gateways/stripe/stripe-gateway.ts',
          find: 'create(what, { ...options, idempotencyKey: reference })',
          replace: 'create(what, { ...options, idempotencyKey: `${reference}_${performance.now()}` })',
        },
      ],
      test: {
        file: 'test/contracts/refunds.contract.ts',
        name: 'a part that is given back again under its reference is given back once',
        runBy: 'test/gateways/stripe/sandbox.test.ts',
      },
      without: 'recovery gives the money back a second time',
    },
    {
      id: 'refund-key-age',
      name: 'Sending it again ends before the gateway forgets the key',
      at: '`nextStep`',
      remove: [{ file: VERDICT, find: "return keyLives ? 'refund' : 'find_refund';", replace: "return keyLives ? 'refund' : 'refund';" }],
      test: refund('is only looked for once the gateway may have forgotten its key'),
      without: 'the same',
    },
    {
      id: 'refund-refused',
      name: 'A refusal of a refund is never its end: a person decides',
      at: '`verdictOf`',
      remove: [
        {
          file: VERDICT,
          find: "case 'refused':\n      return { status: 'needs_review' };",
          replace: "case 'refused':\n      return { status: 'failed' };",
        },
      ],
      test: refund('waits for a person: the money is still here'),
      without: 'the customer’s money stays here, and nobody knows',
    },
    {
      id: 'refund-not-reached',
      name: '… nor is a gateway that was not reached',
      at: '`verdictOf`',
      remove: [
        { file: VERDICT, find: "    case 'not_refunded':\n", replace: "    case 'not_refunded':\n      return { status: 'failed' };\n" },
      ],
      test: refund('that the gateway could not be reached for stays open: no caller hears of a failure, and nothing is lost'),
      without: 'the same',
    },
  ],
};
