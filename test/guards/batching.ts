import type { Group, NamedTest } from './guard.js';

const SHARED = 'src/platform/database/shared-statement.ts';
const STORE = 'src/operations/store/shared-statements.ts';

const shared = (name: string): NamedTest => ({ file: 'test/operations/shared-statements.test.ts', name });
const sets = (name: string): NamedTest => ({ file: 'test/contention/sets.test.ts', name });
const ONE_ORDER = sets(
  'sets of two services that move users between plans in every direction take their locks in one order: none is a deadlock',
);

export const batching: Group = {
  title: 'Requests that share a commit',
  guards: [
    {
      id: 'refused-alone',
      name: 'A set that the database refused is sent again item by item',
      at: '`carry`',
      remove: [{ file: SHARED, find: 'if (set.length > 1 && wasUndone(error)) await', replace: 'if (set.length < 1) await' }],
      test: shared('whose statement was undone with %s each item is sent again alone, and who is refused is refused for itself alone'),
      without: 'one caller’s bad key is the failure of all who came with it',
    },
    {
      id: 'told-after-commit',
      name: 'Nobody of a set is answered before its commit',
      at: '`carry`',
      remove: [
        {
          file: SHARED,
          find: 'await this.sharing.send(set.map(({ item }) => item));',
          replace: '(void this.sharing.send(set.map(({ item }) => item)), []) as Answer[];',
        },
      ],
      test: shared('nobody is answered before the statement that carries them is'),
      without: 'a crash undoes what somebody was told',
    },
    {
      id: 'told-its-own',
      name: '… and each by what is true of it',
      at: '`carry`',
      remove: [{ file: SHARED, find: 'resolve(answers[n] as Answer)', replace: 'resolve(answers[n - n] as Answer)' }],
      test: shared('who comes while as many statements as may be are under way goes with all others who do, when one of them is over'),
      without: 'many are told what became of one of them',
    },
    {
      id: 'told-in-place',
      name: '… also where another of the set has no row to be answered with',
      at: '`inOrder`',
      remove: [
        {
          file: 'src/operations/store/store-rows.ts',
          find: 'answers[row.n] = read(row);',
          replace: 'answers[answers.indexOf(null)] = read(row);',
        },
      ],
      test: {
        file: 'test/contracts/operation-store.contract.ts',
        name: 'of a set of settles who lost the fence changes nothing, and each of the others is told its own',
        runBy: 'test/operations/postgres-store.test.ts',
      },
      without: 'everybody behind one who lost the fence is told what became of the next one',
    },
    {
      id: 'lost-answer-told',
      name: '… and one whose answer was lost is not',
      at: '`carry`',
      remove: [{ file: SHARED, find: 'if (set.length > 1 && wasUndone(error)) await', replace: 'if (set.length > 1) await' }],
      test: shared('whose answer was lost with %s every caller learns of it, and nothing is sent again'),
      without: 'a database that says nothing is sent everything again, item by item',
    },
    {
      id: 'look-once-more',
      name: '… unless it writes nothing: then it is sent once more',
      at: '`carry`',
      remove: [{ file: SHARED, find: 'if (!isLast && this.clock', replace: 'if (isLast && !isLast && this.clock' }],
      test: shared('that only looked is sent once more when its answer was lost, and no more than once'),
      without: 'one broken connection turns away everybody whose look it carried',
    },
    {
      id: 'completion-unknown',
      name: '… not even where Postgres says that it does not know',
      at: '`wasUndone`',
      remove: [{ file: SHARED, find: 'state !== COMPLETION_UNKNOWN && UNDONE', replace: 'COMPLETION_UNKNOWN && UNDONE' }],
      test: shared('whose answer was lost with %s every caller learns of it, and nothing is sent again'),
      without: 'what may be written is sent again',
    },
    {
      id: 'one-record-per-user',
      name: 'Two records of one user are never under way at once',
      remove: [{ file: STORE, find: ', nameOf: ({ userId }) => userId });', replace: ' });' }],
      test: shared('two records of one user are never under way at once, and follow each other in the order in which they came'),
      without: 'the later of two presses may be the one that is recorded',
    },
    {
      id: 'one-settle-per-operation',
      name: 'Nor two settles of one operation',
      remove: [{ file: STORE, find: 'behind.settle(set), nameOf: ({ id }) => id });', replace: 'behind.settle(set) });' }],
      test: shared('two settles of one operation are never under way at once'),
      without: 'an update meets the same row twice in one statement, and which of both it takes is left to chance',
    },
    {
      id: 'one-claim-per-operation',
      name: '… nor two claims',
      remove: [{ file: STORE, find: 'behind.claim(set), nameOf: ({ id }) => id });', replace: 'behind.claim(set) });' }],
      test: shared('two claims of one operation are never under way at once'),
      without: 'who asked first is left to chance, and both may be told that it is theirs',
    },
    {
      id: 'bounded-set',
      name: 'A set has a largest size',
      at: '`nextSet`',
      remove: [{ file: SHARED, find: 'set.length === maxItems || ', replace: '' }],
      test: shared('a set is no larger than its limit, and the rest follows in the order in which it came'),
      without: 'under load a statement grows until it meets its timeout',
    },
    {
      id: 'bounded-statements',
      name: 'Only so many statements of a sort are under way',
      at: '`depart`',
      remove: [{ file: SHARED, find: ' && this.underWay < this.sharing.maxUnderWay', replace: '' }],
      test: shared('who comes while as many statements as may be are under way goes with all others who do, when one of them is over'),
      without: 'nobody shares anything',
    },
    {
      id: 'enough-beside',
      name: 'A few wait for the statement that is under way',
      at: '`depart`',
      remove: [
        {
          file: SHARED,
          find: '(this.underWay > 0 || this.traffic.isBusy) && this.waiting.length < leastBeside',
          replace: 'this.underWay < 0',
        },
      ],
      test: shared('a few wait until it is over and go together'),
      without: 'sets are small, and the database commits twice as often as it must',
    },
    {
      id: 'enough-of-all-sorts',
      name: '… and for those of other sorts, where the database is busy with them',
      at: '`depart`',
      remove: [{ file: SHARED, find: ' || this.traffic.isBusy', replace: '' }],
      test: shared('a few of another sort go beside it, and wait where there are two'),
      without: 'sets are small: what one sort gains it loses to the others',
    },
    {
      id: 'no-longer-than-a-moment',
      name: '… but not for one that is kept',
      at: '`waitAMoment`',
      remove: [{ file: SHARED, find: 'return this.waitAMoment();', replace: 'return;' }],
      test: shared('a few that have waited for a moment go beside it, whoever comes meanwhile'),
      without: 'one statement that waits for a lock keeps everybody whom it does not concern',
    },
    {
      id: 'plans-in-order-when-recorded',
      name: 'A set locks its plans in one order when it is recorded',
      at: '`counters`',
      remove: [{ file: 'src/operations/store/record.sql.ts', find: 'order by p.id for update', replace: 'order by random() for update' }],
      test: ONE_ORDER,
      without: 'two sets wait for each other until the database ends one of them',
    },
    {
      id: 'plans-in-order-when-settled',
      name: '… and when it is settled',
      at: '`counters`',
      remove: [{ file: 'src/operations/store/settle.sql.ts', find: 'order by p.id for update', replace: 'order by random() for update' }],
      test: ONE_ORDER,
      without: 'two sets wait for each other until the database ends one of them',
    },
  ],
};
