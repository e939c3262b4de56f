import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Feed, type FeedEvent } from '../../src/events/feed.js';
import { newUser } from '../kit/names.js';
import { PUBLISH_ONE, publishMany } from '../kit/outbox.js';
import { eventually } from '../kit/waiting.js';
import { HandBell, openStage, type Stage } from './stage.js';

/** Longer than a test may take: whoever is told before was told because of a ring. */
const NEVER_MS = 600_000;

let stage: Stage;
let bell: HandBell;
let user: string;
beforeAll(async () => {
  stage = await openStage();
});
beforeEach(() => {
  [bell, user] = [new HandBell(), newUser()];
});
afterAll(() => stage?.close());

const sql = (text: string, values?: unknown[]) => stage.sql(text, values);

function feedThatLooks(whileHeardMs = NEVER_MS, otherwiseMs = NEVER_MS): Feed {
  return new Feed({ database: stage.database, bell, looks: { whileHeardMs, otherwiseMs } });
}

/** Follows, and notes the numbers that it is told. */
function follower(feed: Feed, after = 0, userId = user) {
  const told: FeedEvent[] = [];
  const seen = { told, lost: false, leave: () => undefined as void, numbers: () => told.map(({ number }) => number) };
  seen.leave = feed.follow(userId, after, { deliver: (event) => void told.push(event), lost: () => void (seen.lost = true) });
  return seen;
}

const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, n) => first + n);
const toldUpTo = (seen: { numbers: () => number[] }, last: number) =>
  eventually(
    async () => seen.numbers(),
    (numbers) => numbers.at(-1) === last,
  );

test('whoever follows is told what is there already, and then what comes', async () => {
  await publishMany(sql, user, 2);
  const seen = follower(feedThatLooks());
  await toldUpTo(seen, 2);
  await publishMany(sql, user, 1);
  bell.ring([user]);
  await toldUpTo(seen, 3);
  expect(seen.told[0]).toEqual({ number: 1, type: 'credits.updated', data: { currency: 'USD', balance: 1, note: '' } });
  expect(seen.numbers()).toEqual([1, 2, 3]);
});

test('two tabs of one user that know different numbers are each told what they have not seen, once', async () => {
  await publishMany(sql, user, 6);
  const feed = feedThatLooks();
  const [ahead, behind] = [follower(feed, 5), follower(feed, 2)];
  await Promise.all([toldUpTo(ahead, 6), toldUpTo(behind, 6)]);
  for (let again = 0; again < 3; again += 1) bell.ring([user]);
  await publishMany(sql, user, 1);
  bell.ring([user]);
  await Promise.all([toldUpTo(ahead, 7), toldUpTo(behind, 7)]);
  expect([ahead.numbers(), behind.numbers()]).toEqual([
    [6, 7],
    [3, 4, 5, 6, 7],
  ]);
});

test('a tab that comes with a lower number while events are read is told all of them', async () => {
  await publishMany(sql, user, 4);
  const feed = feedThatLooks();
  const first = follower(feed, 3);
  const second = follower(feed, 0);
  await Promise.all([toldUpTo(first, 4), toldUpTo(second, 4)]);
  expect([first.numbers(), second.numbers()]).toEqual([[4], [1, 2, 3, 4]]);
  expect(second.lost).toBe(false);
});

test('more events than are read at once are told portion by portion', async () => {
  await sql(`insert into event_cursors values ($1, 350)`, [user]);
  await sql(`insert into events select $1, n, 'credits.updated', '{}' from generate_series(1, 350) n`, [user]);
  const seen = follower(feedThatLooks());
  await toldUpTo(seen, 350);
  expect(seen.numbers()).toEqual(upTo(350));
});

test('more users than are read at once are all told', async () => {
  const feed = feedThatLooks();
  const users = upTo(600).map((n) => `${user}-${n}`);
  await sql(`insert into event_cursors select unnest($1::text[]), 1`, [users]);
  await sql(`insert into events select unnest($1::text[]), 1, 'credits.updated', '{}'`, [users]);
  const seen = users.map((userId) => follower(feed, 0, userId));
  await Promise.all(seen.map((each) => toldUpTo(each, 1)));
});

test('an event whose ring was lost is found by looking, while rings are heard', async () => {
  const seen = follower(feedThatLooks(50));
  await publishMany(sql, user, 1);
  await toldUpTo(seen, 1);
});

test('while rings are not heard events are looked for more often', async () => {
  bell.hears = false;
  const seen = follower(feedThatLooks(NEVER_MS, 50));
  await publishMany(sql, user, 1);
  await toldUpTo(seen, 1);
});

test('whoever left is told nothing more, and whoever stays is', async () => {
  const feed = feedThatLooks();
  const [leaves, stays] = [follower(feed), follower(feed)];
  leaves.leave();
  await publishMany(sql, user, 1);
  bell.ring([user]);
  await toldUpTo(stays, 1);
  expect(leaves.told).toEqual([]);
});

test('where the next event is forgotten already nothing is passed over in silence', async () => {
  await publishMany(sql, user, 5);
  await sql('delete from events where user_id = $1 and number = 3', [user]);
  const seen = follower(feedThatLooks());
  await eventually(async () => seen.lost, Boolean);
  expect(seen.numbers()).toEqual([1, 2]);
});

test('a look that fails is made up for by the next', async () => {
  const seen = follower(feedThatLooks(50));
  await sql('alter table events rename to hidden');
  bell.ring([user]);
  await sql('alter table hidden rename to events');
  await publishMany(sql, user, 1);
  await toldUpTo(seen, 1);
});

test('an event that commits while a later one of its user waits for it is never passed over', async () => {
  const feed = feedThatLooks(10);
  const seen = follower(feed);
  const slow = stage.database.createQueryRunner();
  await slow.startTransaction();
  try {
    // It has its number, and nobody sees it yet.
    await slow.query(PUBLISH_ONE, [user, 1, 'slow']);
    let isDone = false;
    const quick = sql(PUBLISH_ONE, [user, 2, 'quick']).then(() => (isDone = true));
    await eventually(
      () => sql(`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`),
      (rows) => rows.length > 0 || isDone,
    );
    bell.ring([user]);
    await slow.commitTransaction();
    await quick;
  } finally {
    await slow.release();
  }
  await toldUpTo(seen, 2);
  expect(seen.told.map(({ number, data }) => [number, data['note']])).toEqual([
    [1, 'slow'],
    [2, 'quick'],
  ]);
});

test('writers of one user that begin together number their events without a gap, and a reader beside them is told every one in order', async () => {
  const seen = follower(feedThatLooks(1));
  let open!: () => void;
  const barrier = new Promise<void>((resolve) => (open = resolve));
  const writers = upTo(8).map(async () => {
    await barrier;
    for (let n = 1; n <= 10; n += 1) await sql(PUBLISH_ONE, [user, n, '']);
  });
  open();
  await Promise.all(writers);
  await toldUpTo(seen, 80);
  expect(seen.numbers()).toEqual(upTo(80));
});
