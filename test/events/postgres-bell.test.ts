import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Rung } from '../../src/events/bell.js';
import { payloadsOf, PostgresBell, type BellTimes, type PostgresBellOptions, type Statement } from '../../src/events/postgres-bell.js';
import { poolOf } from '../../src/platform/database/named-statement.js';
import { newUser } from '../kit/names.js';
import { eventually } from '../kit/waiting.js';
import { openStage, type Stage } from './stage.js';

/** So that a test need not wait for what takes seconds. */
const QUICK: Partial<BellTimes> = { lookMs: 20, quietMs: 200, deafMs: 1_500, firstPauseMs: 20, lastPauseMs: 100 };

let stage: Stage;
const bells: PostgresBell[] = [];
beforeAll(async () => {
  stage = await openStage();
});
afterEach(async () => {
  for (const bell of bells.splice(0)) await bell.close();
});
afterAll(() => stage?.close());

interface Heard {
  bell: PostgresBell;
  rungs: Rung[];
  changes: boolean[];
  /** Statements that were sent. */
  statements: unknown[][];
  hears(userId: string): Promise<unknown>;
}

function bellWith(pool: PostgresBellOptions['pool'] = poolOf(stage.database), times: Partial<BellTimes> = QUICK): Heard {
  const [rungs, changes, statements]: [Rung[], boolean[], unknown[][]] = [[], [], []];
  const counting = {
    query: (statement: Statement) => {
      statements.push(statement.values);
      return pool.query(statement);
    },
  };
  const bell = new PostgresBell({ databaseUrl: stage.url, pool: counting, onChange: (hears) => changes.push(hears), times });
  bells.push(bell);
  bell.listen((rung) => rungs.push(rung));
  const hears = (userId: string) => eventually(async () => rungs.some((rung) => rung !== 'everybody' && rung.has(userId)), Boolean);
  return { bell, rungs, changes, statements, hears };
}

async function started(pool?: Parameters<typeof bellWith>[0]): Promise<Heard> {
  const heard = bellWith(pool);
  heard.bell.start();
  await eventually(async () => heard.bell.hears, Boolean);
  return heard;
}

const listeners = () =>
  stage.sql(`select pid from pg_stat_activity where datname = current_database() and application_name = 'counterfoil listen'`);

describe('a ring', () => {
  test('is heard by every other process', async () => {
    const [one, two, three] = [await started(), await started(), await started()];
    const [ann, bob] = [newUser(), newUser()];
    one.bell.ring([ann, bob]);
    await Promise.all([two.hears(ann), two.hears(bob), three.hears(ann), three.hears(bob)]);
  });

  test('is heard at once by its own process, and only once', async () => {
    const [one, two] = [await started(), await started()];
    one.rungs.length = 0;
    one.bell.ring(['ann']);
    expect(one.rungs).toEqual([new Set(['ann'])]);
    await two.hears('ann');
    two.bell.ring(['bob']);
    await one.hears('bob');
    expect(one.rungs).toEqual([new Set(['ann']), new Set(['bob'])]);
  });

  test('is heard by its own process also while nothing is heard of others', async () => {
    const { bell, rungs } = bellWith();
    bell.ring(['ann']);
    expect([bell.hears, rungs]).toEqual([false, [new Set(['ann'])]]);
  });

  test('shares a statement with all that come while one is under way', async () => {
    const [one, two] = [bellWith(), await started()];
    const users = Array.from({ length: 50 }, () => newUser());
    for (const user of users) one.bell.ring([user]);
    await Promise.all(users.map((user) => two.hears(user)));
    expect(one.statements).toHaveLength(2);
  });

  test('rests for a moment after each statement, and what was rung meanwhile goes out before it is closed', async () => {
    const [one, two] = [bellWith(undefined, { ...QUICK, restMs: 3_600_000 }), await started()];
    one.bell.ring(['ann']);
    await two.hears('ann');
    one.bell.ring(['bob']);
    one.bell.ring(['cleo']);
    await new Promise(setImmediate);
    expect(one.statements).toHaveLength(1);
    await one.bell.close();
    await two.hears('cleo');
    expect(one.statements).toHaveLength(2);
  });

  test('that cannot be sent is nobody’s failure, and the next one is sent', async () => {
    const two = await started();
    let fails = true;
    const one = bellWith({
      query: (statement) => (fails ? Promise.reject(new Error('no')) : poolOf(stage.database).query(statement)),
    });
    one.bell.ring(['ann']);
    await new Promise(setImmediate);
    fails = false;
    one.bell.ring(['bob']);
    await two.hears('bob');
  });

  test('for more users than fit into a notification is sent as several, whatever characters their ids have', () => {
    const users = Array.from({ length: 300 }, (_, n) => `"${'𝔘'.repeat(200)}${n}`);
    const payloads = payloadsOf('me', users);
    expect(Math.max(...payloads.map((payload) => Buffer.byteLength(payload)))).toBeLessThan(8_000);
    const lists = payloads.map((payload) => JSON.parse(payload) as string[]);
    expect(lists.map(([sender]) => sender)).toEqual(payloads.map(() => 'me'));
    expect(lists.flatMap(([, ...ids]) => ids)).toEqual(users);
  });

  test('that somebody else sends on the channel is not understood, and does no harm', async () => {
    const [one, two] = [await started(), await started()];
    for (const payload of ['', 'x', '{}', '7', '[1]']) await stage.sql(`select pg_notify('counterfoil_events', $1)`, [payload]);
    one.bell.ring(['ann']);
    await two.hears('ann');
  });
});

describe('hearing others', () => {
  test('begins with a look at everybody, because rings may have been missed', async () => {
    const { rungs, changes } = await started();
    expect([rungs, changes]).toEqual([['everybody'], [true]]);
  });

  test('comes back when the database ends the connection, and everybody is looked at again', async () => {
    const one = await started();
    // The database may not have let go yet of those that were closed before.
    const [{ pid }] = (await eventually(listeners, ({ length }) => length === 1)) as [{ pid: number }];
    await stage.sql('select pg_terminate_backend($1)', [pid]);
    await eventually(
      async () => one.changes,
      (changes) => changes.length === 3,
    );
    expect(one.changes).toEqual([true, false, true]);
    expect(one.rungs).toEqual(['everybody', 'everybody', 'everybody']);
    const two = await started();
    two.bell.ring(['ann']);
    await one.hears('ann');
  });

  test('is not believed where LISTEN succeeds and nothing ever comes, as behind a pooler that shares sessions out', async () => {
    const elsewhere = await openStage(1);
    try {
      // What is sent on its connections arrives in another database.
      const { bell, changes } = bellWith(poolOf(elsewhere.database));
      bell.start();
      await eventually(listeners, (rows) => rows.length === 1);
      await eventually(listeners, (rows) => rows.length === 0);
      await eventually(listeners, (rows) => rows.length === 1);
      expect([bell.hears, changes]).toEqual([false, [false]]);
      await bell.close();
    } finally {
      await elsewhere.close();
    }
  });

  test('is doubted when nothing is heard any more, not even of itself', async () => {
    let isSent = true;
    const pool = poolOf(stage.database);
    const { changes } = await started({ query: (statement) => (isSent ? pool.query(statement) : Promise.resolve()) });
    isSent = false;
    await eventually(
      async () => changes,
      ([, second]) => second === false,
    );
    isSent = true;
    await eventually(
      async () => changes,
      ([, , third]) => third === true,
    );
  });

  test('ends with the bell, which sends what was rung last', async () => {
    const [one, two] = [await started(), await started()];
    one.bell.ring(['ann']);
    await one.bell.close();
    await two.hears('ann');
    await eventually(listeners, (rows) => rows.length === 1);
  });
});
