import { describe, expect, test } from '@jest/globals';
import type { Draft } from '../../src/operations/draft.js';
import type { Recorded, Settled, Settlement } from '../../src/operations/store/operation-store.js';
import type { Operation } from '../../src/operations/operation.entity.js';
import { OPEN } from '../../src/operations/states.js';
import { newKey, newUser } from '../kit/names.js';
import { happened, subscribing, success } from './drafts.js';
import type { StoreUnderTest } from './operation-store.contract.js';

interface Opened extends StoreUnderTest {
  /** A plan without a limit. */
  unlimited: string;
  record: (draft: Draft) => Promise<Recorded>;
  opened: (draft: Draft) => Promise<Operation>;
  settle: (settlement: Settlement) => Promise<Settled | null>;
}

/** What every store of operations keeps of the credit that pays for them and comes of them. */
export function operationStoreCredit(under: () => Opened): void {
  /** A user with 1,000 minor units, and a subscribe that uses 400 of them. */
  const paying = async (wish: Partial<Draft> = {}): Promise<Draft> => {
    const userId = newUser();
    await under().give(userId, 1_000);
    return subscribing(under().unlimited, { userId, amount: 1_500, creditApplied: 400, ...wish });
  };
  const subscriber = async (): Promise<{ userId: string; subscriptionId: string }> => {
    const first = await under().opened(subscribing(under().unlimited));
    const settled = await under().settle(success(first));
    return { userId: first.userId, subscriptionId: settled?.subscription?.id as string };
  };
  const leave = async (owner: { userId: string; subscriptionId: string }): Promise<void> => {
    const wish = { ...owner, turn: 2, kind: 'cancel', amount: 0, result: 'changed' } as const;
    const leaving = await under().opened(subscribing(under().unlimited, wish));
    await under().settle({ ...success(leaving), change: { status: 'canceled' } });
  };
  const stepDown = (owner: { userId: string; subscriptionId: string }, turn: number): Draft =>
    subscribing(under().unlimited, { ...owner, turn, kind: 'change_plan', result: 'changed', amount: 0, creditGranted: 250 });

  describe('credit', () => {
    test('that an operation uses is reserved as it is recorded, and no longer free', async () => {
      const draft = await paying();
      expect(await under().opened(draft)).toMatchObject({ amount: 1_500, creditApplied: 400 });
      expect(await under().credit(draft.userId)).toEqual({ balance: 600, reserved: 400 });
      const [seen] = await under().store.look([{ userId: draft.userId, key: newKey(), reference: 'none' }]);
      expect(seen?.credit).toEqual({ USD: 600 });
    });

    test('that is not there any more leaves the operation unrecorded, and a part of it is not taken', async () => {
      const draft = await paying({ amount: 899, creditApplied: 1_001 });
      expect(await under().record(draft)).toEqual({ kind: 'overtaken' });
      expect(await under().credit(draft.userId)).toEqual({ balance: 1_000, reserved: 0 });
      expect(await under().record({ ...draft, userId: newUser() })).toEqual({ kind: 'overtaken' });
    });

    test('that is not there any more leaves the seat to whoever is behind in the set, who is never told that the plan is full', async () => {
      const planId = await under().plan(1);
      const broke = await paying({ toPlanId: planId, seat: true, creditApplied: 1_001 });
      const behind = subscribing(planId, { seat: true });
      const [first, second] = await under().store.record([broke, behind]);
      expect(first).toEqual({ kind: 'overtaken' });
      expect(second?.kind === 'overtaken' ? await under().record(behind) : second).toMatchObject({ kind: 'recorded' });
      expect(await under().seats(planId)).toEqual({ held: 1, taken: 0 });
    });

    test('of one currency does not pay in another', async () => {
      expect(await under().record(await paying({ currency: 'EUR' }))).toEqual({ kind: 'overtaken' });
    });

    test('is spent by the success that it paid for', async () => {
      const operation = await under().opened(await paying());
      expect((await under().settle(success(operation)))?.operation.status).toBe('succeeded');
      expect(await under().credit(operation.userId)).toEqual({ balance: 600, reserved: 0 });
    });

    test.each(['failed', 'canceled'] as const)('is free again once its operation is %s', async (status) => {
      const operation = await under().opened(await paying());
      await under().force(operation.id, 'unknown');
      await under().settle({ id: operation.id, fence: operation.fence, status, happened });
      expect(await under().credit(operation.userId)).toEqual({ balance: 1_000, reserved: 0 });
    });

    test.each(OPEN.filter((status) => status !== 'pending'))('stays reserved while its operation is %s', async (status) => {
      const operation = await under().opened(await paying());
      await under().settle({ id: operation.id, fence: operation.fence, status, happened });
      expect(await under().credit(operation.userId)).toEqual({ balance: 600, reserved: 400 });
    });

    test('is neither spent nor released by a settle at a lost fence, nor by a second one', async () => {
      const operation = await under().opened(await paying());
      await under().store.claim([{ id: operation.id, fence: 1, by: 'test', asks: true }]);
      expect(await under().settle(success(operation))).toBeNull();
      expect(await under().credit(operation.userId)).toEqual({ balance: 600, reserved: 400 });
      const held = { ...success(operation), fence: 2 };
      await Promise.all([under().settle(held), under().settle({ ...held, status: 'failed' })]);
      expect((await under().credit(operation.userId)).reserved).toBe(0);
      expect((await under().credit(operation.userId)).balance).toBe(
        (await under().store.read(operation.id))?.operation.status === 'succeeded' ? 600 : 1_000,
      );
    });

    test('that paid for a change is free again where the change meets no live subscription', async () => {
      const owner = await subscriber();
      await under().give(owner.userId, 1_000);
      await leave(owner);
      const wish = { ...owner, turn: 3, kind: 'change_plan', result: 'changed', amount: 0, creditApplied: 400 } as const;
      const change = await under().opened(subscribing(under().unlimited, wish));
      await under().settle({ ...success(change), change: { planId: under().unlimited } });
      expect(await under().credit(owner.userId)).toEqual({ balance: 1_000, reserved: 0 });
    });

    test('is granted with the change that leaves it over, to who had none before', async () => {
      const owner = await subscriber();
      const change = await under().opened(stepDown(owner, 2));
      expect(await under().credit(owner.userId)).toEqual({ balance: 0, reserved: 0 });
      await under().settle({ ...success(change), change: { planId: under().unlimited } });
      expect(await under().credit(owner.userId)).toEqual({ balance: 250, reserved: 0 });
    });

    test('is not granted by a change that fails, nor by one that meets no live subscription', async () => {
      const [one, other] = [await subscriber(), await subscriber()];
      const failing = await under().opened(stepDown(one, 2));
      await under().settle({ id: failing.id, fence: failing.fence, status: 'failed', happened });
      await leave(other);
      const change = await under().opened(stepDown(other, 3));
      await under().settle({ ...success(change), change: { planId: under().unlimited } });
      expect([await under().credit(one.userId), await under().credit(other.userId)]).toEqual([
        { balance: 0, reserved: 0 },
        { balance: 0, reserved: 0 },
      ]);
    });

    test('of many users moves in one set, each in its own account', async () => {
      const drafts = await Promise.all(Array.from({ length: 5 }, () => paying()));
      const recorded = await under().store.record(drafts);
      const operations = recorded.map((each) => (each as { operation: Operation }).operation);
      await under().store.settle(
        operations.map((operation, n) => ({ ...success(operation), status: n % 2 === 0 ? ('succeeded' as const) : ('failed' as const) })),
      );
      expect(await Promise.all(operations.map(({ userId }) => under().credit(userId)))).toEqual(
        operations.map((_operation, n) => ({ balance: n % 2 === 0 ? 600 : 1_000, reserved: 0 })),
      );
    });
  });
}
