import type { Group, NamedTest } from './guard.js';

const CLAIM = 'src/operations/store/claim.sql.ts';
const SETTLE = 'src/operations/store/settle.sql.ts';
const RUNNER = 'src/operations/runner.ts';
const POSTGRES_LEASES = 'src/leases/postgres-leases.ts';

const store = (name: string): NamedTest => ({
  file: 'test/contracts/operation-store.contract.ts',
  name,
  runBy: 'test/operations/postgres-store.test.ts',
});
const leases = (adapter: 'postgres' | 'redlock', name: string): NamedTest => ({
  file: 'test/contracts/leases.contract.ts',
  name,
  runBy: `test/leases/${adapter}-leases.test.ts`,
});

const OF_FIFTY = 'of fifty who ask at the same moment, never two hold a lease, and the others learn that it is taken';
const SUCCESSOR = 'a holder who lost its lease does not release its successor';

export const takingOver: Group = {
  title: 'Taking over',
  guards: [
    {
      id: 'fence-settle',
      name: 'Fence in settle',
      remove: [{ file: SETTLE, find: 'where o.id = a.id and o.fence = a.fence\n', replace: 'where o.id = a.id\n' }],
      test: store('a settle at a lost fence changes nothing'),
      without: 'a former owner overwrites what its successor found',
    },
    {
      id: 'table-of-states',
      name: 'Only moves of the table of states',
      remove: [
        {
          file: SETTLE,
          find: "\n    and a.status = any (${movesFrom('o.status')})",
          replace: "\n    and a.status <> '${movesFrom.length}'",
        },
      ],
      test: store('a move from %s to %s is made exactly where the table of states has it'),
      without: 'what is over is settled again',
    },
    {
      id: 'fence-claim',
      name: 'Fence in claim, read and taken in one statement',
      remove: [{ file: CLAIM, find: 'and o.fence = a.fence and case', replace: 'and case' }],
      test: store('of 8 who claim one fence together one gets it'),
      without: 'all of them work on it',
    },
    {
      id: 'claim-open',
      name: 'Only what is open is claimed',
      remove: [{ file: CLAIM, find: ' and case when o.status in (${sqlList(OPEN)}) then true end', replace: '' }],
      test: store('an operation that is over cannot be claimed'),
      without: 'the gateway is asked anew about what is over',
    },
    {
      id: 'owner-alive',
      name: 'A living owner is left alone: a lease that is taken',
      at: '`carryOn`',
      remove: [
        {
          file: RUNNER,
          find: "acquisition.kind === 'taken' || (adopt && acquisition.kind !== 'acquired')",
          replace: "adopt && acquisition.kind !== 'acquired'",
        },
      ],
      test: { file: 'test/operations/recovery.test.ts', name: 'leaves an operation alone whose owner holds the lease' },
      without: 'recovery doubles every slow call',
    },
    {
      id: 'whoever-is-at-it',
      name: 'Whoever asks by name for an operation that somebody is at waits for them',
      at: '`inTurn`',
      remove: [
        {
          file: 'src/operations/operation-desk.ts',
          find: 'if (this.clock.monotonicMs() >= until) return operation;',
          replace: 'if (until) return operation;',
        },
      ],
      test: {
        file: 'test/operations/meeting.test.ts',
        name: 'is confirmed by its customer when they are done: the gateway is asked, and they need not come again',
      },
      without: 'a customer who confirms before the lease of their own request is released waits for recovery',
    },
    {
      id: 'adopt-with-lease',
      name: 'A request adopts only with a lease in hand',
      at: '`carryOn`',
      remove: [{ file: RUNNER, find: " || (adopt && acquisition.kind !== 'acquired')", replace: ' || (adopt && false)' }],
      test: {
        file: 'test/contention/in-flight.test.ts',
        name: 'joining leaves it to its owner: nobody takes it over, and the gateway is asked once',
      },
      without: 'without Redis every joined request asks the gateway again',
    },
    {
      id: 'adopt-in-patience',
      name: 'A request that adopts waits no longer than its patience',
      at: '`wait`',
      remove: [
        {
          file: 'src/operations/meeting.ts',
          find: "await this.patiently(this.runner.takeOver(known.operation, 'request', { adopt: true }), until);",
          replace: "await this.runner.takeOver(known.operation, 'request', { adopt: true });",
        },
      ],
      test: {
        file: 'test/operations/meeting.test.ts',
        name: 'is adopted by a request that is answered when its own patience ends, however long the gateway takes',
      },
      without: 'the caller waits for the gateway’s deadline',
    },
    {
      id: 'lease-redlock',
      name: 'The lease itself, in Redis',
      at: '`#acquire`',
      remove: [
        {
          file: 'src/leases/redlock-leases.ts',
          find: 'ballot.elect(KEY_PREFIX + key, this.#ttlMs)',
          replace: 'ballot.elect(KEY_PREFIX + key + newId(), this.#ttlMs)',
        },
      ],
      test: leases('redlock', OF_FIFTY),
      without: 'more contention; no charge rests on it',
    },
    {
      id: 'lease-postgres',
      name: '… and in Postgres',
      at: '`ACQUIRE`',
      remove: [{ file: POSTGRES_LEASES, find: '\n    where held.expires_at <= clock_timestamp()', replace: '' }],
      test: leases('postgres', OF_FIFTY),
      without: 'the same',
    },
    {
      id: 'release-own-redlock',
      name: 'A holder releases only what is its own, in Redis',
      remove: [
        {
          file: 'src/leases/redlock-leases.ts',
          find: 'new Ballot(this.#nodes, `${this.#holder} ${newId()}`)',
          replace: "new Ballot(this.#nodes, 'the same for all')",
        },
      ],
      test: leases('redlock', SUCCESSOR),
      without: 'a successor’s lease is given away',
    },
    {
      id: 'release-own-postgres',
      name: '… and in Postgres',
      at: '`RELEASE`',
      remove: [
        {
          file: POSTGRES_LEASES,
          find: "'delete from leases where key = $1 and token = $2'",
          replace: "'delete from leases where key = $1 and $2::uuid is not null'",
        },
      ],
      test: leases('postgres', SUCCESSOR),
      without: 'the same',
    },
    {
      id: 'extend-own-postgres',
      name: 'A holder extends only what is its own',
      at: '`EXTEND`',
      remove: [{ file: POSTGRES_LEASES, find: 'leases.key = ours.key and leases.token = ours.token', replace: 'leases.key = ours.key' }],
      test: leases('postgres', 'a holder whose lease went to a successor learns it, and does not extend what is not its own'),
      without: 'a former holder believes that it is alone',
    },
    {
      id: 'lease-at-start',
      name: 'A lease at the start of an operation',
      at: '`start`',
      remove: [
        {
          file: 'src/operations/operations.ts',
          find: "if (acquisition.kind === 'taken' && !impatient) {",
          replace: "if (acquisition.kind === 'taken' && !impatient && false) {",
        },
      ],
      test: null,
      without: 'nothing fails: it only makes contention cheaper',
    },
  ],
};
