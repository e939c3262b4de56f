import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import type { Draft } from '../../src/operations/draft.js';
import type { Claim, Look, OperationStore, Settlement } from '../../src/operations/store/operation-store.js';
import { SharedStatements } from '../../src/operations/store/shared-statements.js';

type Item = Partial<Look & Draft & Claim & Settlement>;

/** A statement that was sent to the store behind, until the test answers it. */
interface Sent {
  sort: string;
  set: Item[];
  /** Every item is answered with its own name. */
  answer: () => void;
  fail: (error: unknown) => void;
}

const LIMITS = { maxUnderWay: 2, enough: 1, maxItems: 4, busyAt: 2 };

let sent: Sent[];
let store: SharedStatements;
let behind: OperationStore;

beforeEach(() => {
  sent = [];
  const scripted = (sort: string) => (set: Item[]) =>
    new Promise((resolve, reject) => sent.push({ sort, set, answer: () => resolve(set.map(nameOf)), fail: reject }));
  behind = {
    look: scripted('look'),
    record: scripted('record'),
    claim: scripted('claim'),
    settle: scripted('settle'),
  } as unknown as OperationStore;
  store = new SharedStatements(behind, LIMITS);
});

const nameOf = ({ key, id }: Item): string => (key ?? id) as string;
const look = (key: string) => store.look([{ userId: 'ann', key, reference: key }]);
const record = (key: string, userId = key) => store.record([{ key, userId } as Draft]);
const claim = (id: string, fence: number) => store.claim([{ id, fence, by: 'recovery', asks: true }]);
const settle = (id: string, fence = 0) => store.settle([{ id, fence } as Settlement]);
const sets = () => sent.map(({ set }) => set.map(nameOf));
/** Answers all that is sent until nothing more is. */
const answerAll = async (): Promise<void> => {
  for (let n = 0; n < sent.length; n += 1) {
    sent[n]?.answer();
    await settled();
  }
};
const settled = () => new Promise((resolve) => setImmediate(resolve));
const refusal = (code: string) => Object.assign(new Error(`refused with ${code}`), { code });

describe('requests that arrive together', () => {
  test('whoever comes alone is sent at once, alone', async () => {
    const asked = look('a');
    expect(sets()).toEqual([['a']]);
    sent[0]?.answer();
    expect(await asked).toEqual(['a']);
  });

  test('who comes while as many statements as may be are under way goes with all others who do, when one of them is over', async () => {
    const asked = ['a', 'b', 'c', 'd', 'e'].map((key) => record(key));
    expect(sets()).toEqual([['a'], ['b']]);
    sent[1]?.answer();
    await settled();
    expect(sets()).toEqual([['a'], ['b'], ['c', 'd', 'e']]);
    await answerAll();
    expect(await Promise.all(asked)).toEqual([['a'], ['b'], ['c'], ['d'], ['e']]);
  });

  test('a set is no larger than its limit, and the rest follows in the order in which it came', async () => {
    const asked = Array.from({ length: 12 }, (_, n) => look(`${n}`));
    await answerAll();
    expect(sets()).toEqual([['0'], ['1'], ['2', '3', '4', '5'], ['6', '7', '8', '9'], ['10', '11']]);
    expect((await Promise.all(asked)).flat()).toHaveLength(12);
  });

  test('nobody is answered before the statement that carries them is', async () => {
    const answered: string[] = [];
    const asked = ['a', 'b', 'c', 'd'].map((key) => record(key).then(() => answered.push(key)));
    sent[1]?.answer();
    await settled();
    expect([sets().at(-1), answered]).toEqual([['c', 'd'], ['b']]);
    sent[2]?.answer();
    await settled();
    expect(answered).toEqual(['b', 'c', 'd']);
    sent[0]?.answer();
    await Promise.all(asked);
  });

  test('each sort of statement has room of its own', () => {
    const asks = [look, record, (id: string) => claim(id, 0), settle];
    for (const ask of asks) for (const key of ['a', 'b', 'c']) void ask(key);
    expect(sent.map(({ sort }) => sort)).toEqual(['look', 'record', 'claim', 'settle'].flatMap((sort) => [sort, sort]));
  });

  test('what is asked in one call goes in one set', async () => {
    const asked = store.look(['a', 'b', 'c'].map((key) => ({ userId: key, key, reference: key })));
    expect(sets()).toEqual([['a', 'b', 'c']]);
    await answerAll();
    expect(await asked).toEqual(['a', 'b', 'c']);
  });

  test('two records of one user are never under way at once, and follow each other in the order in which they came', async () => {
    const asked = ['a', 'b', 'c'].map((key) => record(key, 'ann'));
    void record('d', 'bob');
    expect(sets()).toEqual([['a'], ['d']]);
    sent[1]?.answer();
    await settled();
    expect(sets()).toEqual([['a'], ['d']]);
    await answerAll();
    expect(sets()).toEqual([['a'], ['d'], ['b'], ['c']]);
    expect(await Promise.all(asked)).toEqual([['a'], ['b'], ['c']]);
  });

  test('two records of one user that wait together go one after the other', async () => {
    void record('x');
    void record('y');
    const asked = [record('a', 'ann'), record('b', 'ann'), record('c', 'cat')];
    await answerAll();
    expect(sets()).toEqual([['x'], ['y'], ['a', 'c'], ['b']]);
    expect(await Promise.all(asked)).toEqual([['a'], ['b'], ['c']]);
  });

  test('two settles of one operation are never under way at once', async () => {
    const asked = [settle('a', 0), settle('a', 1), settle('b', 0)];
    await answerAll();
    expect(sent.map(({ set }) => set)).toEqual([[{ id: 'a', fence: 0 }], [{ id: 'b', fence: 0 }], [{ id: 'a', fence: 1 }]]);
    await Promise.all(asked);
  });

  test('two claims of one operation are never under way at once', async () => {
    const asked = [claim('a', 0), claim('a', 0), claim('b', 0)];
    await answerAll();
    expect(sets()).toEqual([['a'], ['b'], ['a']]);
    await Promise.all(asked);
  });

  test('a transaction is not shared', () => {
    const inside = {} as OperationStore;
    Object.assign(behind, { within: () => inside });
    expect(store.within({} as EntityManager)).toBe(inside);
  });
});

describe('while one statement is under way', () => {
  const A_MOMENT_MS = 20;
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'performance'] });
    store = new SharedStatements(behind, { ...LIMITS, enough: 3 });
  });
  afterEach(() => void jest.useRealTimers());

  test('a few wait until it is over and go together', async () => {
    const asked = ['a', 'b', 'c'].map((key) => record(key));
    expect(sets()).toEqual([['a']]);
    sent[0]?.answer();
    await settled();
    expect(sets()).toEqual([['a'], ['b', 'c']]);
    await answerAll();
    expect(await Promise.all(asked)).toEqual([['a'], ['b'], ['c']]);
    jest.advanceTimersByTime(A_MOMENT_MS);
    expect(sent).toHaveLength(2);
  });

  test('a few of another sort go beside it, and wait where there are two', async () => {
    void record('a');
    void settle('b');
    for (const key of ['c', 'd']) void look(key);
    expect(sets()).toEqual([['a'], ['b']]);
    sent[1]?.answer();
    await settled();
    expect(sets()).toEqual([['a'], ['b'], ['c', 'd']]);
  });

  test('of several sorts that wait the one goes first for which most do', async () => {
    void record('a');
    void settle('b');
    void claim('c', 0);
    for (const key of ['d', 'e']) void look(key);
    sent[0]?.answer();
    await settled();
    expect(sent.map(({ sort }) => sort)).toEqual(['record', 'settle', 'look']);
  });

  test('many go together beside it', () => {
    for (const key of ['a', 'b', 'c', 'd']) void record(key);
    expect(sets()).toEqual([['a'], ['b', 'c', 'd']]);
  });

  test('a few that have waited for a moment go beside it, whoever comes meanwhile', () => {
    for (const key of ['a', 'b']) void record(key);
    jest.advanceTimersByTime(A_MOMENT_MS - 1);
    void record('c');
    expect(sets()).toEqual([['a']]);
    jest.advanceTimersByTime(1);
    expect(sets()).toEqual([['a'], ['b', 'c']]);
  });
});

describe('of a set that fails', () => {
  /** Two go ahead, and the others share a set. */
  const shareOne = async (keys: string[]) => {
    const ahead = ['x', 'y'].map((key) => record(key));
    const asked = keys.map((key) => record(key));
    sent[0]?.answer();
    await settled();
    expect(sets().at(-1)).toEqual(keys);
    return { outcomes: Promise.allSettled(asked), ahead };
  };

  test.each(['22P05', '23505', '23514', '40001', '40P01', '55P03'])(
    'whose statement was undone with %s each item is sent again alone, and who is refused is refused for itself alone',
    async (state) => {
      const { outcomes } = await shareOne(['a', 'b', 'c']);
      sent[2]?.fail(refusal(state));
      await settled();
      expect(sets().slice(3)).toEqual([['a'], ['b'], ['c']]);
      sent[3]?.answer();
      sent[4]?.fail(refusal('23505'));
      sent[5]?.answer();
      expect(await outcomes).toMatchObject([
        { status: 'fulfilled', value: ['a'] },
        { status: 'rejected', reason: { code: '23505' } },
        { status: 'fulfilled', value: ['c'] },
      ]);
      expect(sent).toHaveLength(6);
    },
  );

  test.each(['ECONNRESET', 'ETIMEDOUT', '08006', '57014', '57P01', '40003', '53100', undefined])(
    'whose answer was lost with %s every caller learns of it, and nothing is sent again',
    async (code) => {
      const { outcomes } = await shareOne(['a', 'b', 'c']);
      const lost = Object.assign(new Error('lost'), { code });
      sent[2]?.fail(lost);
      await settled();
      expect(sent).toHaveLength(3);
      expect(await outcomes).toEqual(Array.from({ length: 3 }, () => ({ status: 'rejected', reason: lost })));
    },
  );

  test('that only looked is sent once more when its answer was lost, and no more than once', async () => {
    const asked = look('a');
    sent[0]?.fail(refusal('57P01'));
    await settled();
    expect(sets()).toEqual([['a'], ['a']]);
    sent[1]?.answer();
    expect(await asked).toEqual(['a']);
    const again = look('b');
    sent[2]?.fail(refusal('57P01'));
    await settled();
    sent[3]?.fail(refusal('57P01'));
    await expect(again).rejects.toMatchObject({ code: '57P01' });
    expect(sent).toHaveLength(4);
  });

  test('the others of the same user wait until each of its items has an answer', async () => {
    const { outcomes } = await shareOne(['a', 'b']);
    const next = record('a2', 'a');
    sent[1]?.answer();
    sent[2]?.fail(refusal('23505'));
    await settled();
    expect(sets().slice(3)).toEqual([['a'], ['b']]);
    sent[3]?.answer();
    await settled();
    expect(sets().slice(5)).toEqual([]);
    sent[4]?.answer();
    await settled();
    expect(sets().slice(5)).toEqual([['a2']]);
    await answerAll();
    expect([(await outcomes).length, await next]).toEqual([2, ['a2']]);
  });

  test('a refused item that was alone is not sent again', async () => {
    const asked = record('a');
    sent[0]?.fail(refusal('23505'));
    await expect(asked).rejects.toMatchObject({ code: '23505' });
    expect(sent).toHaveLength(1);
  });

  test('room that a failure leaves is used by who waits', async () => {
    const asked = ['a', 'b', 'c'].map((key) => record(key));
    const outcomes = Promise.allSettled(asked);
    sent[0]?.fail(new Error('lost'));
    await settled();
    expect(sets()).toEqual([['a'], ['b'], ['c']]);
    await answerAll();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  });
});
