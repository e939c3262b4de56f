import type { Group, NamedTest } from './guard.js';

const VERDICT = 'src/operations/verdict.ts';
const RUNNER = 'src/operations/runner.ts';
const CALLER = 'src/operations/gateway-caller.ts';
const RECOVERY = 'src/operations/recovery.ts';

const runner = (name: string): NamedTest => ({ file: 'test/operations/runner.test.ts', name });
const recovery = (name: string): NamedTest => ({ file: 'test/operations/recovery.test.ts', name });

export const doubt: Group = {
  title: 'Doubt',
  guards: [
    {
      id: 'first-attempt',
      name: '`first`: not reached counts as not charged for the first attempt alone',
      at: '`verdictOf`',
      remove: [
        {
          file: VERDICT,
          find: "return held.first ? { status: 'failed', problem: unavailable(outcome) } : doubt(held);",
          replace: "return { status: 'failed', problem: unavailable(outcome) };",
        },
      ],
      test: runner('not_charged is a failure only where no attempt came before: first = %s'),
      without: 'failed, and charged by the attempt before; the second look keeps it open while it finds out',
    },
    {
      id: 'conclusive',
      name: '… and only while nobody else was at it',
      at: '`isConclusive`',
      remove: [
        {
          file: VERDICT,
          find: "!isOpen(status) && problem?.code !== 'gateway-unavailable'",
          replace: "!isOpen(status) && problem?.code !== ''",
        },
      ],
      test: runner('knows of its own attempt alone: that it did not reach the gateway says nothing of what its successor sent'),
      without: 'failed, and charged by the attempt after',
    },
    {
      id: 'second-look',
      name: 'A second look where sending again gave no answer',
      at: '`ask`',
      remove: [
        { file: CALLER, find: 'const doubtful = DOUBTFUL.has(outcome.outcome.kind);', replace: 'const doubtful = DOUBTFUL.size === 0;' },
      ],
      test: runner('without an answer is followed by a look, and what is found settles'),
      without: 'a replayed 500 is doubt for ever',
    },
    {
      id: 'adapter-fails',
      name: 'An exception in an adapter is `unknown`',
      at: '`call`',
      remove: [{ file: CALLER, find: "return { kind: 'unknown', why: 'the gateway adapter failed' };", replace: 'throw error;' }],
      test: runner('that $when leaves the operation open'),
      without: 'what became of the charge is in no column and no timeline',
    },
    {
      id: 'definite-after-loss',
      name: 'A definite answer is written down though the fence was lost',
      at: '`settleAfterLoss`',
      remove: [
        {
          file: RUNNER,
          find: 'if (!operation.isOpen || !isConclusive(verdict) || attempt > SETTLE_TRIES) return now;',
          replace: 'if (!operation.isOpen || !isConclusive(verdict) || attempt > 0) return now;',
        },
      ],
      test: runner('still writes a definite answer down while the operation is open: %j'),
      without: 'what is known is forgotten',
    },
    {
      id: 'settle-again',
      name: 'Settling is tried again',
      at: '`persist`',
      remove: [{ file: RUNNER, find: 'if (attempt === SETTLE_TRIES) throw error;', replace: 'if (attempt > 0) throw error;' }],
      test: runner('is asked again when it fails to settle for a passing reason'),
      without: 'a lost connection costs 10 s',
    },
    {
      id: 'check-counted',
      name: 'A check is counted before any work',
      remove: [{ file: 'src/operations/store/claim.sql.ts', find: 'checks = o.checks + a.asks::int,', replace: '' }],
      test: recovery('is counted and followed by the next one before the gateway is asked, so that a crash loop counts too'),
      without: 'nobody sees that an operation kills its process each time',
    },
    {
      id: 'next-check-set',
      name: '… and the next one is set',
      remove: [
        {
          file: 'src/operations/store/claim.sql.ts',
          find: "next_check_at = case when o.status <> 'needs_review' then\n",
          replace: "next_check_at = case when o.status = 'needs_review' then null when o.status <> '' then o.next_check_at else\n",
        },
      ],
      test: recovery('is counted and followed by the next one before the gateway is asked, so that a crash loop counts too'),
      without: 'an operation that kills its process is tried without a pause, for ever',
    },
    {
      id: 'check-before-review',
      name: 'At least one check comes before `needs_review`',
      at: '`drive`',
      remove: [
        {
          file: RUNNER,
          find: 'const step = nextStep(held, this.parts.caller.abilities);',
          replace:
            "if (held.last) return await this.settle(held, { status: 'needs_review' }, []);\n      const step = nextStep(held, this.parts.caller.abilities);",
        },
      ],
      test: recovery('an operation found after everything was missed still succeeds when the gateway has the charge'),
      without: 'after a long outage people are asked what the gateway knows',
    },
    {
      id: 'review-at-last',
      name: 'After the last check a person decides',
      at: '`doubt`',
      remove: [
        { file: VERDICT, find: "  if (last) return { status: 'needs_review' };\n", replace: "  if (last) return { status: 'unknown' };\n" },
      ],
      test: recovery('the last check without an answer leads to needs_review, and nobody checks after that'),
      without: 'nobody ever decides',
    },
    {
      id: 'review-of-poison',
      name: '… also where no outcome can be written down',
      at: '`leaveOpen`',
      remove: [
        {
          file: RUNNER,
          find: "const left = last ? await this.write(operation, { status: 'needs_review' }, now, []).catch(() => null) : null;",
          replace: "const left = last && now.getTime() < 0 ? await this.write(operation, { status: 'needs_review' }, now, []) : null;",
        },
      ],
      test: recovery('one that cannot be settled waits for a person after its last check'),
      without: 'a handler of ours that throws is called for ever',
    },
    {
      id: 'side-by-side',
      name: 'One that hangs holds up no other',
      at: '`sweep`',
      remove: [
        {
          file: RECOVERY,
          find: 'const [carriedOn] = await Promise.all([Promise.all(free.map((found) => this.carryOn(found))), this.parts.inbox.sweep()]);',
          replace:
            'const carriedOn: boolean[] = [];\n    for (const found of free) carriedOn.push(await this.carryOn(found));\n    await this.parts.inbox.sweep();',
        },
      ],
      test: recovery('one whose call hangs delays nobody else, and is not taken up twice'),
      without: 'one user’s trouble is everybody’s',
    },
    {
      id: 'sweep-with-others',
      name: 'A sweep that finds what is in other hands is not followed by the next at once',
      at: '`sweep`',
      remove: [{ file: RECOVERY, find: 'carriedOn.filter(Boolean).length', replace: 'carriedOn.length' }],
      test: {
        file: 'test/operations/recovery-sweeps.test.ts',
        name: 'one whose operations are in other hands is not: they would be looked at without end',
      },
      without: 'the database is asked without end',
    },
    {
      id: 'room-at-work',
      name: '… nor do many',
      at: '`MAX_AT_WORK`',
      remove: [{ file: RECOVERY, find: 'const MAX_AT_WORK = 256;', replace: 'const MAX_AT_WORK = 16;' }],
      test: recovery('a hundred whose calls hang hold up nobody else'),
      without: 'a gateway that hangs for some is out of reach for all',
    },
    {
      id: 'at-work',
      name: 'What a process works on it does not take up again',
      at: '`sweep`',
      remove: [{ file: RECOVERY, find: 'due.filter(({ id }) => !this.atWork.has(id))', replace: 'due.filter(({ id }) => id)' }],
      test: null,
      without: 'nothing fails: its own lease keeps the process away',
    },
    {
      id: 'no-transaction',
      name: 'No gateway is called inside a transaction',
      at: '`call`',
      remove: [
        {
          file: CALLER,
          find: "assertNoTransaction('the gateway was called');",
          replace: 'void assertNoTransaction;',
        },
      ],
      test: runner('no gateway is called inside a database transaction'),
      without: 'a slow gateway holds row locks',
    },
    {
      id: 'open-transactions',
      name: '… also while another one ends',
      at: '`transaction`',
      remove: [
        {
          file: 'src/platform/database/transaction.ts',
          find: 'if (open === 0) inside.disable();',
          replace: 'inside.disable();',
        },
      ],
      test: {
        file: 'test/platform/database/transaction.test.ts',
        name: 'is known until it is over, whichever others are over before',
      },
      without: 'the gateway may be called in every transaction that is longer than another',
    },
    {
      id: 'nobody-follows',
      name: '… and nobody pays for that while none is open',
      at: '`transaction`',
      remove: [{ file: 'src/platform/database/transaction.ts', find: 'if (open === 0) inside.disable();', replace: '' }],
      test: {
        file: 'test/platform/database/transaction.test.ts',
        name: 'is paid for by nobody once it is over: no hook runs for promises',
      },
      without: 'with Node before 24, every await is dearer from the first transaction on',
    },
  ],
};
