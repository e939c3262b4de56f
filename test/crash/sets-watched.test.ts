import { beforeEach, expect, test } from '@jest/globals';
import type { OperationStore } from '../../src/operations/store/operation-store.js';
import { Sets, type Statement } from './sets.js';

let reports: Statement[];
let sent: string[][];
let sets: Sets;
let store: OperationStore;
beforeEach(() => {
  [reports, sent] = [[], []];
  sets = new Sets(({ statement }) => reports.push(statement));
  const claim = async (set: { id: string }[]) => {
    sent.push(set.map(({ id }) => id));
    if (set.some(({ id }) => id === 'poison')) throw Object.assign(new Error('refused'), { code: '23514' });
    return set;
  };
  store = sets.around({ claim } as unknown as OperationStore);
});

const ask = (...ids: string[]) => store.claim(ids.map((id) => ({ id, fence: 1, by: 'test', asks: true })));
const soon = (asked: Promise<unknown>) => Promise.race([asked, new Promise((resolve) => setImmediate(() => resolve('nothing')))]);

test('a set that is to stop before it is sent is not sent until it goes on', async () => {
  sets.order({ sort: 'claim', next: ['before'] });
  const asked = ask('a', 'b');
  expect([await soon(asked), sent]).toEqual(['nothing', []]);
  sets.order({ sort: 'claim', goOn: 1 });
  expect(await asked).toMatchObject([{ id: 'a' }, { id: 'b' }]);
});

test('a set that is to stop with its answer is sent, and who asked does not hear', async () => {
  sets.order({ sort: 'claim', next: ['through', 'after'] });
  expect(await soon(ask('a'))).toMatchObject([{ id: 'a' }]);
  expect([await soon(ask('b', 'c')), sent]).toEqual(['nothing', [['a'], ['b', 'c']]]);
});

test('it is told whom each statement carries, and what became of it', async () => {
  await ask('a');
  await expect(ask('b', 'poison')).rejects.toThrow('refused');
  expect(reports).toEqual([
    { sort: 'claim', names: ['a'], at: 'before' },
    { sort: 'claim', names: ['a'], at: 'after' },
    { sort: 'claim', names: ['b', 'poison'], at: 'before' },
    { sort: 'claim', names: ['b', 'poison'], at: 'refused', code: '23514' },
  ]);
});
