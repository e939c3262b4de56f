import type { Group, NamedTest } from './guard.js';

const MIGRATION = 'src/platform/database/migrations/1700000000001-initial.ts';
const LOOK = 'src/operations/store/look.sql.ts';

const store = (name: string): NamedTest => ({
  file: 'test/contracts/operation-store.contract.ts',
  name,
  runBy: 'test/operations/postgres-store.test.ts',
});
const meeting = (name: string): NamedTest => ({ file: 'test/operations/meeting.test.ts', name });

export const oneCharge: Group = {
  title: 'One operation, one charge',
  guards: [
    {
      id: 'open-index',
      name: 'One open operation per user: the unique index `one_open_operation_per_user`',
      remove: [
        { file: MIGRATION, find: 'create unique index one_open_operation_per_user', replace: 'create index one_open_operation_per_user' },
      ],
      test: store('one_open_operation_per_user refuses a second open operation whatever turn it names'),
      without: 'two operations of a user are charged side by side',
    },
    {
      id: 'turn-constraint',
      name: 'One operation per turn: the unique constraint `one_operation_per_turn`',
      remove: [{ file: MIGRATION, find: 'constraint one_operation_per_turn unique (user_id, turn),', replace: '' }],
      test: store('of a set of decisions of one turn that are over as they are recorded one is written, though none of them is open'),
      without: 'decisions made on the same past are all recorded',
    },
    {
      id: 'first-of-turn',
      name: 'Nothing is recorded for a turn that was',
      at: '`is_first`',
      remove: [
        {
          file: 'src/operations/store/record.sql.ts',
          find: '(select true from operations o where o.user_id = a.user_id and o.turn >= a.turn limit 1) is null as is_first',
          replace: 'true as is_first',
        },
      ],
      test: null,
      without: 'nothing fails: the constraint on turns says the same, when the row is written',
    },
    {
      id: 'live-subscription',
      name: 'One subscription per user: the unique index `one_live_subscription_per_user`',
      remove: [
        {
          file: MIGRATION,
          find: 'create unique index one_live_subscription_per_user',
          replace: 'create index one_live_subscription_per_user',
        },
      ],
      test: {
        file: 'test/contention/constraints.test.ts',
        name: 'one_live_subscription_per_user refuses a second subscription that is not canceled, whoever writes it',
      },
      without: 'a mistake in a statement is a customer who pays for two subscriptions',
    },
    {
      id: 'key',
      name: 'One meaning per key: the primary key `one_meaning_per_key`',
      remove: [
        {
          file: MIGRATION,
          find: 'constraint one_meaning_per_key primary key (user_id, idempotency_key)',
          replace: 'constraint one_meaning_per_key check (true)',
        },
      ],
      test: store('one_meaning_per_key refuses a key that names an operation already, and writes nothing'),
      without: 'a key names two operations',
    },
    {
      id: 'gateway-key',
      name: 'The gateway’s key is derived from what the client sent, the same for every attempt',
      remove: [
        {
          file: 'src/gateways/stripe/stripe-gateway.ts',
          find: '{ ...options, idempotencyKey: charge.reference }',
          replace: '{ ...options, idempotencyKey: `${charge.reference}_${performance.now()}` }',
        },
      ],
      test: {
        file: 'test/operations/recovery.test.ts',
        name: 'it sends again what the gateway answered with %s, and the user is charged once',
      },
      without: 'recovery charges a second time',
    },
    {
      id: 'reference',
      name: '… and from nothing that a failover can lose',
      at: '`referenceOf`',
      remove: [
        {
          file: 'src/operations/intent.ts',
          find: "digest(['charge', userId, verb, key, generation])",
          replace: "digest(['charge', userId, verb, key, generation, performance.now()])",
        },
      ],
      test: meeting('a retry after a failover that lost the rows of a charge meets that charge'),
      without: 'the retry charges a second time',
    },
    {
      id: 'exactly-as-recorded',
      name: 'Sent again is exactly what was recorded, with `description` and `returnUrl`',
      at: '`send`',
      remove: [
        {
          file: 'src/operations/gateway-caller.ts',
          find: '...chargeTerms(operation),',
          replace: '...chargeTerms(operation), returnUrl: `${chargeTerms(operation).returnUrl}?attempt=${operation.attempts}`,',
        },
      ],
      test: {
        file: 'test/operations/sent-again.test.ts',
        name: 'says exactly what the first attempt said, though the service has another address and the plan another name by now',
      },
      without: 'the gateway refuses the key, and what became of the charge stays in doubt',
    },
    {
      id: 'key-age',
      name: 'Sending again ends before the gateway forgets the key: 23 h',
      at: '`nextStep`',
      remove: [{ file: 'src/operations/verdict.ts', find: ' && age < abilities.idempotency.ttlMs - KEY_MARGIN_MS', replace: '' }],
      test: {
        file: 'test/operations/runner.test.ts',
        name: '$age h after the start only $asks is asked, for a key lives 24 h',
      },
      without: 'a forgotten key charges a second time',
    },
    {
      id: 'generation',
      name: 'A key that was forgotten here and comes again gets another reference',
      at: '`look`',
      remove: [
        {
          file: 'src/operations/operations.ts',
          find: 'if (!seen.referenceUsed || seen.keyed) return { seen, reference };',
          replace: 'return { seen, reference };',
        },
      ],
      test: meeting('that was forgotten and comes again is a new request: it never meets the old charge'),
      without: 'the new request can never be recorded',
    },
    {
      id: 'keys-of-open',
      name: 'Clearing out keys spares those of open operations',
      at: '`FORGET_KEYS_SQL`',
      remove: [
        {
          file: LOOK,
          find: '\n  and not exists (select from operations o where o.id = k.operation_id and o.status in (${sqlList(OPEN)}))',
          replace: '',
        },
      ],
      test: meeting('of an open operation is never forgotten, and one that is over is'),
      without: 'a retry is taken for a new request',
    },
    {
      id: 'fingerprint',
      name: 'Fingerprint: one key, one body, one route',
      at: '`again`',
      remove: [
        {
          file: 'src/operations/meeting.ts',
          find: 'keyed.fingerprint !== ask.fingerprint || !keyed.operation',
          replace: '!keyed.operation',
        },
      ],
      test: meeting('that was used before is refused with %s, after the end as well'),
      without: 'another wish is answered with an old outcome',
    },
    {
      id: 'owner-of-key',
      name: 'The owner is in the `where` of every look',
      remove: [
        {
          file: LOOK,
          find: 'k.user_id = a.user_id and k.idempotency_key = a.idempotency_key limit 1',
          replace: 'k.idempotency_key = a.idempotency_key limit 1',
        },
      ],
      test: store('another user can neither see a key nor join an operation'),
      without: 'a user sees what another’s key named',
    },
    {
      id: 'owner-of-join',
      name: '… and of every join',
      remove: [
        { file: LOOK, find: 'where o.id = t.operation_id and o.user_id = t.user_id', replace: 'where o.id = t.operation_id' },
        {
          file: LOOK,
          find: 'join joined j on j.id = a.operation_id and j.user_id = a.user_id where a.idempotency_key',
          replace: 'join joined j on j.id = a.operation_id where a.idempotency_key',
        },
        {
          file: LOOK,
          find: 'left join joined j on j.id = a.operation_id and j.user_id = a.user_id\n',
          replace: 'left join joined j on j.id = a.operation_id\n',
        },
      ],
      test: store('another user can neither see a key nor join an operation'),
      without: 'a user is one of the requests of another’s operation',
    },
    {
      id: 'owner-of-act',
      name: '… and of every act',
      at: '`ownedBy`',
      remove: [
        {
          file: 'src/operations/operation-desk.ts',
          find: "if (operation.userId !== userId) throw new Problem('not-found');",
          replace: '',
        },
      ],
      test: meeting('everything is as if it were not there'),
      without: 'a user confirms and cancels what is another’s',
    },
    {
      id: 'owner-of-read',
      name: '… and of every read',
      at: '`read`',
      remove: [
        {
          file: 'src/operations/operation-desk.ts',
          find: 'if (read?.operation.userId !== userId) return null;',
          replace: 'if (!read) return null;',
        },
      ],
      test: meeting('everything is as if it were not there'),
      without: 'a user reads what is another’s',
    },
    {
      id: 'price-of-version',
      name: 'The price charged is that of the plan’s version decided on',
      at: '`is_current`',
      remove: [
        {
          file: 'src/operations/store/record.sql.ts',
          find: 'a.plan_version is null or exists (select from plans p where p.id = a.to_plan_id and p.version = a.plan_version) as is_current',
          replace: 'true as is_current',
        },
      ],
      test: store('a plan that has changed since the decision is not sold on the old terms'),
      without: 'an old price is charged',
    },
  ],
};
