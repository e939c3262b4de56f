import type { Group, NamedTest } from './guard.js';

const RECORD = 'src/operations/store/record.sql.ts';
const SETTLE = 'src/operations/store/settle.sql.ts';
const NEWCOMERS = 'src/operations/store/newcomers.sql.ts';
const MIGRATION = 'src/platform/database/migrations/1700000000001-initial.ts';

const store = (name: string): NamedTest => ({
  file: 'test/contracts/operation-store.contract.ts',
  name,
  runBy: 'test/operations/postgres-store.test.ts',
});

export const seats: Group = {
  title: 'Seats',
  guards: [
    {
      id: 'lock-of-plan',
      name: 'The plan’s row is locked before its seats are counted out',
      at: '`counters`',
      remove: [{ file: RECORD, find: 'order by p.id for update', replace: 'order by p.id' }],
      test: store('records that arrive together never hold more seats than there are'),
      without: 'seats that others hold meanwhile are forgotten, and sold again',
    },
    {
      id: 'seats-of-locked-row',
      name: 'What the locked row says is written, not what an older one said',
      at: '`held`',
      remove: [{ file: RECORD, find: ', seats_taken = c.seats_taken, capacity = c.capacity', replace: '' }],
      test: { file: 'test/contention/seats.test.ts', name: 'a seat that is given back while a buyer waits for the plan is sold to them' },
      without: 'Postgres holds an older row against `seats_within_capacity`: a free seat is refused',
    },
    {
      id: 'free-seats',
      name: 'Only as many are recorded as are free',
      at: '`seated`',
      remove: [{ file: RECORD, find: '\n  where not q.seat or q.place <= c.free', replace: '' }],
      test: store('a set of records is decided one by one: of 5 for 3 seats 3 are recorded and 2 find the plan full'),
      without: 'one buyer too many has the whole set refused',
    },
    {
      id: 'capacity-check',
      name: 'The `CHECK` `seats_within_capacity`',
      remove: [
        {
          file: MIGRATION,
          find: 'constraint seats_within_capacity check (capacity is null or seats_held + seats_taken <= capacity)',
          replace: 'constraint seats_within_capacity check (true)',
        },
      ],
      test: { file: 'test/contention/seats.test.ts', name: 'seats_within_capacity refuses what no statement of ours may write' },
      without: 'a mistake in a statement is an oversold plan',
    },
    {
      id: 'seat-back',
      name: 'The statement that ends an operation gives its seat back',
      at: '`tally`',
      remove: [
        { file: SETTLE, find: 'select m.seat_plan_id as plan_id, -1 as held,', replace: 'select m.seat_plan_id as plan_id, 0 as held,' },
      ],
      test: store('an operation that is %s gives its seat back'),
      without: 'declined cards fill the plan',
    },
    {
      id: 'seat-back-newcomers',
      name: '… and so does the one that ends newcomers alone',
      at: '`settleNewcomersSql`',
      remove: [{ file: NEWCOMERS, find: '-count(*)::int as held', replace: '0 as held' }],
      test: store('an operation that is %s gives its seat back'),
      without: 'declined cards fill the plan',
    },
    {
      id: 'newcomers-alone',
      name: 'The statement for newcomers moves nothing that it is not for',
      at: '`settleNewcomersSql`',
      remove: [
        {
          file: NEWCOMERS,
          find: "case when o.kind = 'subscribe' and o.credit_applied + o.credit_granted = 0${seats ? '' : ' and o.seat_plan_id is null'} then true end",
          replace: '${seats || true}',
        },
      ],
      test: { file: 'test/operations/newcomers.test.ts', name: '%s that is said to be of a newcomer without a seat does not move' },
      without: 'a change is paid for and not made, a seat is held for ever',
    },
    {
      id: 'joined-is-told',
      name: 'The statement for newcomers answers who joined meanwhile',
      at: '`settleNewcomersSql`',
      remove: [{ file: NEWCOMERS, find: 'case when o.requests > 1 then o.timeline end as timeline', replace: 'null::jsonb as timeline' }],
      test: {
        file: 'test/contracts/operation-store-answers.contract.ts',
        name: 'an operation that becomes $status is answered as it is read, with its subscription, whether or not it was joined',
        runBy: 'test/operations/postgres-store.test.ts',
      },
      without: 'an answer leaves out what stands in the row',
    },
    {
      id: 'seat-in-doubt',
      name: '… and none that leaves it open',
      at: '`closed`',
      remove: [{ file: SETTLE, find: 'select * from moved where status not in (${sqlList(OPEN)})', replace: 'select * from moved' }],
      test: store('an operation in doubt keeps its seat'),
      without: 'a seat that is paid for is sold to somebody else',
    },
  ],
};
