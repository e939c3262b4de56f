import type { Group, NamedTest } from './guard.js';

const FEED = 'src/events/feed.ts';
const STREAM = 'src/api/event-stream.ts';

const feed = (name: string): NamedTest => ({ file: 'test/events/feed.test.ts', name });
const stream = (name: string): NamedTest => ({ file: 'test/api/event-stream.test.ts', name });
const limit = (name: string): NamedTest => ({ file: 'test/api/events-limits.test.ts', name });
const resumption = (name: string): NamedTest => ({ file: 'test/api/events-resume.test.ts', name });
const ringing = (name: string): NamedTest => ({ file: 'test/operations/ringing.test.ts', name });
const bell = (name: string): NamedTest => ({ file: 'test/events/postgres-bell.test.ts', name });

export const live: Group = {
  title: 'What tabs are told',
  guards: [
    {
      id: 'event-numbers',
      name: 'An event’s number is taken under the lock of its user’s cursor, which is held until the commit',
      at: '`publish`',
      remove: [
        {
          file: 'src/events/outbox.sql.ts',
          find: `insert into event_cursors as c (user_id, last)
  select user_id, count(*) from news group by user_id order by user_id
  on conflict (user_id) do update set last = c.last + excluded.last
  returning c.user_id, c.last`,
          replace: 'select user_id, (extract(epoch from clock_timestamp()) * 1000000)::bigint as last from news group by user_id',
        },
      ],
      test: feed('an event that commits while a later one of its user waits for it is never passed over'),
      without: 'a reader that has seen the later one never sees the earlier one',
    },
    {
      id: 'event-twice',
      name: 'A tab is told an event only where it is later than the last one that it was told',
      at: '`tell`',
      remove: [{ file: FEED, find: 'if (place.left || event.number <= place.after) return;', replace: 'if (place.left) return;' }],
      test: feed('two tabs of one user that know different numbers are each told what they have not seen, once'),
      without: 'one tab that comes back repeats the past to all the others',
    },
    {
      id: 'event-gap',
      name: '… and never one that is not the next',
      at: '`tell`',
      remove: [{ file: FEED, find: 'if (event.number > place.after + 1) {', replace: 'if (event.number < 0) {' }],
      test: feed('where the next event is forgotten already nothing is passed over in silence'),
      without: 'a tab shows a state that it was not told the way to',
    },
    {
      id: 'event-latecomer',
      name: '… and only those are told what was read who were there when it was asked for',
      at: '`read`',
      remove: [
        {
          file: FEED,
          find: 'for (const place of told.get(userId) ?? []) this',
          replace: 'for (const place of this.places.get(userId) ?? []) this',
        },
      ],
      test: feed('a tab that comes with a lower number while events are read is told all of them'),
      without: 'whoever comes back at that moment is sent away again',
    },
    {
      id: 'event-looks',
      name: 'Events are looked for now and then, rung for or not',
      at: '`lookNowAndThen`',
      remove: [{ file: FEED, find: "this.look('everybody');\n      this", replace: 'this' }],
      test: feed('an event whose ring was lost is found by looking, while rings are heard'),
      without: 'an event whose process died before it rang is seen with the next one, or never',
    },
    {
      id: 'bell-settled',
      name: 'Whatever is settled is rung for',
      at: '`settle`',
      remove: [
        {
          file: 'src/operations/store/postgres-store.ts',
          find: 'this.ringFor(moved);',
          replace: '',
        },
      ],
      test: ringing('whatever is recorded and settled is rung for when it is committed'),
      without: 'tabs learn of a success by looking, up to a second late',
    },
    {
      id: 'bell-ruled',
      name: '… and what a person rules, after its transaction',
      at: '`resolve`',
      remove: [{ file: 'src/operations/operation-desk.ts', find: 'this.bell.ring([operation.userId]);', replace: '' }],
      test: ringing('what a person rules is rung for after its transaction'),
      without: 'the same',
    },
    {
      id: 'bell-deaf',
      name: 'A connection that listens is given up when nothing is heard on it, not even a ring of one’s own',
      at: '`listenOnce`',
      remove: [
        {
          file: 'src/events/listening.ts',
          find: 'if (silentMs > times.deafMs) throw',
          replace: 'if (silentMs > Infinity) throw',
        },
      ],
      test: bell('is doubted when nothing is heard any more, not even of itself'),
      without: 'after a failover, or behind a pooler, tabs are as slow as the looks and nobody knows',
    },
    {
      id: 'resume-counted',
      name: 'A tab goes on after its last event only where all that followed is still there',
      at: '`RESUMES_SQL`',
      remove: [
        {
          file: 'src/events/feed.sql.ts',
          find: 'select count(*) from (select from events e where e.user_id = $1 and e.number > $2::bigint limit $3::bigint) kept)',
          replace: 'select c.last - $2::bigint)',
        },
      ],
      test: resumption('with an id %s begins with a snapshot, and goes on after that'),
      without: 'what was forgotten meanwhile is missing, or the tab comes back for ever',
    },
    {
      id: 'stream-limit',
      name: 'A user has ten streams at a process',
      at: '`take`',
      remove: [{ file: 'src/api/stream-places.ts', find: 'if (others >= MAX_STREAMS_PER_USER) {', replace: 'if (others < 0) {' }],
      test: limit('is refused with 429 to who has ten open already, until one of them is closed; nobody else is kept out'),
      without: 'one user takes the places of all',
    },
    {
      id: 'stream-expiry',
      name: 'A stream ends when its token is no longer believed',
      remove: [{ file: STREAM, find: 'Math.max(0, Math.min(believedMs, maxAgeMs))', replace: 'maxAgeMs' }],
      test: stream('it ends when its token is no longer believed'),
      without: 'whoever was locked out reads on for hours',
    },
    {
      id: 'stream-bound',
      name: 'A reader that does not read is cut off',
      at: '`write`',
      remove: [
        {
          file: STREAM,
          find: 'if (this.body.readableLength <= this.limits.maxWaitingBytes) return;',
          replace: 'if (this.body.readableLength <= Infinity) return;',
        },
      ],
      test: stream('whoever does not read is cut off when a megabyte waits for them, and nothing more is kept'),
      without: 'a few tabs that sleep take all the memory',
    },
  ],
};
