import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Draft } from '../../src/operations/draft.js';
import { Operation } from '../../src/operations/operation.entity.js';
import { newUser } from '../kit/names.js';
import { subscribing, success } from '../contracts/drafts.js';
import { postgresUnderTest, type PostgresUnderTest } from './postgres-under-test.js';

let under: PostgresUnderTest;

beforeAll(async () => {
  under = await postgresUnderTest();
});
afterAll(() => under?.close());

async function recorded(draft: Draft): Promise<Operation> {
  const [answer] = await under.store.record([draft]);
  if (answer?.kind !== 'recorded') throw new Error(`not recorded: ${answer?.kind}`);
  return answer.operation;
}

const strangers: Record<string, () => Promise<Draft>> = {
  'a change of plan': async () => subscribing(await under.plan(null), { kind: 'change_plan', result: 'changed' }),
  'a subscribe with a seat': async () => subscribing(await under.plan(3), { seat: true }),
  'a subscribe that is paid with credit': async () => {
    const userId = newUser();
    await under.give(userId, 900);
    return subscribing(await under.plan(null), { userId, amount: 1_000, creditApplied: 900 });
  },
};

test.each(Object.keys(strangers))('%s that is said to be of a newcomer without a seat does not move', async (stranger) => {
  const operation = await recorded(await (strangers[stranger] as () => Promise<Draft>)());
  const disguised = Object.assign(new Operation(), operation, { seatPlanId: null });
  expect(await under.store.settle([{ ...success(operation), newcomer: disguised }])).toEqual([null]);
  expect((await under.store.read(operation.id))?.operation.status).toBe('pending');
});

test('newcomers with and without a seat, and others, are settled by one statement', async () => {
  const [open, seated] = [await under.plan(null), await under.plan(3)];
  const drafts = [subscribing(open), subscribing(seated, { seat: true }), subscribing(open)];
  const operations = await Promise.all(drafts.map(recorded));
  const settled = await under.store.settle(
    operations.map((operation, n) => (n < 2 ? { ...success(operation), newcomer: operation } : success(operation))),
  );
  expect(settled.map((each) => each?.subscription?.planId)).toEqual([open, seated, open]);
  expect(await under.seats(seated)).toEqual({ held: 0, taken: 1 });
});
