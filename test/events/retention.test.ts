import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Retention } from '../../src/events/retention.js';
import { newUser } from '../kit/names.js';
import { outboxOf } from '../kit/outbox.js';
import { eventually } from '../kit/waiting.js';
import { openStage, type Stage } from './stage.js';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

const sql = (text: string, values?: unknown[]) => stage.sql(text, values);
const retention = () => new Retention({ database: stage.database, onError: (error) => expect(error).toBeUndefined() });

/** Events 1 to `count`, one for each hour before now, the newest last. */
async function eventsOfHours(user: string, count: number): Promise<void> {
  await sql(
    `insert into events select $1, n, 'credits.updated', '{}', now() - ($2 - n) * interval '1 hour' - interval '1 minute' from generate_series(1, $2::int) n`,
    [user, count],
  );
}

test('what is older than 72 hours is forgotten, in portions, and nothing else', async () => {
  const user = newUser();
  await eventsOfHours(user, 100);
  const forgets = retention();
  expect([await forgets.forget(20), await forgets.forget(20), await forgets.forget(20)]).toEqual([20, 8, 0]);
  expect((await outboxOf(sql, user)).map(({ number }) => number)).toEqual(Array.from({ length: 72 }, (_, n) => n + 29));
});

test('any number of processes forget side by side, each event once', async () => {
  await eventsOfHours(newUser(), 100);
  const counts = await Promise.all([1, 2, 3, 4].map(() => retention().forget(10)));
  expect(counts.reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(28);
});

test('it is done by itself from the start until it is stopped', async () => {
  const user = newUser();
  await eventsOfHours(user, 80);
  const forgets = retention();
  forgets.start();
  await eventually(
    () => outboxOf(sql, user),
    (rows) => rows.length === 72,
  );
  await forgets.stop();
});
