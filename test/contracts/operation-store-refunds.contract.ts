import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { Draft } from '../../src/operations/draft.js';
import type { Refunding, RefundWish, Settled, Settlement } from '../../src/operations/store/operation-store.js';
import type { Operation } from '../../src/operations/operation.entity.js';
import { STATUSES } from '../../src/operations/states.js';
import { atOnce } from '../kit/waiting.js';
import { happened, subscribing, success } from './drafts.js';
import type { StoreUnderTest } from './operation-store.contract.js';

interface Opened extends StoreUnderTest {
  unlimited: string;
  opened: (draft: Draft) => Promise<Operation>;
  settle: (settlement: Settlement) => Promise<Settled | null>;
}

/** What every store of operations keeps when a person gives back what was paid. */
export function operationStoreRefunds(under: () => Opened): void {
  /** A subscribe that was paid with 1900, a part of them credit. */
  const paid = async (creditApplied = 0): Promise<Operation> => {
    const draft = subscribing(under().unlimited, { amount: 1_900 - creditApplied, creditApplied });
    if (creditApplied > 0) await under().give(draft.userId, creditApplied);
    return (await under().settle(success(await under().opened(draft))))?.operation as Operation;
  };
  const refund = ({ id }: Operation, wish: Partial<RefundWish> = {}): Promise<Refunding> =>
    under().store.refund({
      operationId: id,
      refundId: randomUUID(),
      reference: `rf_${randomUUID()}`,
      to: 'card',
      amount: null,
      ...wish,
    }) as Promise<Refunding>;
  const refunded = async (operation: Operation, wish: Partial<RefundWish> = {}): Promise<Operation> => {
    const refunding = await refund(operation, wish);
    if (refunding.kind !== 'recorded') throw new Error(`not recorded: ${refunding.kind}`);
    return refunding.refund;
  };
  const now = async ({ id }: Operation): Promise<Operation> => (await under().store.read(id))?.operation as Operation;
  const end = (operation: Operation, status: 'succeeded' | 'canceled' | 'failed') =>
    under().settle({ id: operation.id, fence: operation.fence, status, happened });
  const counters = async (operation: Operation) => {
    const { refundedToCard, refundedToCredit } = await now(operation);
    return [refundedToCard, refundedToCredit];
  };

  describe('a refund that a person asked for', () => {
    test('is recorded with a reference of its own, due at once, and counted on what was paid', async () => {
      const operation = await paid();
      const wish = { refundId: randomUUID(), reference: `rf_${randomUUID()}`, amount: 400 };
      expect(await refund(operation, wish)).toMatchObject({
        kind: 'recorded',
        refund: {
          id: wish.refundId,
          kind: 'refund',
          status: 'pending',
          turn: null,
          userId: operation.userId,
          reference: wish.reference,
          refundsOperationId: operation.id,
          amount: 400,
          creditGranted: 0,
          currency: 'USD',
          terms: { chargeReference: 'pi_1' },
        },
        paid: { id: operation.id, version: operation.version + 1, refundedToCard: 400, refundedToCredit: 0 },
      });
      expect((await under().store.due(1_000)).map(({ id }) => id)).toContain(wish.refundId);
      expect((await now(operation)).timeline.at(-1)).toMatchObject({
        type: 'refunding',
        data: { refund: wish.refundId, amount: 400, to: 'card' },
      });
    });

    test('of a charge whose id nobody wrote down names it by our own mark', async () => {
      const operation = await under().opened(subscribing(under().unlimited));
      await under().settle({ ...success(operation), gatewayReference: null });
      expect((await refunded(operation, { amount: 400 })).terms).toEqual({ charge: { reference: operation.reference, amount: 1_900 } });
    });

    test('to credit is over as it is recorded, and the credit is there', async () => {
      const operation = await paid();
      expect(await refunded(operation, { to: 'credit', amount: 700 })).toMatchObject({
        status: 'succeeded',
        amount: 0,
        creditGranted: 700,
      });
      expect(await under().credit(operation.userId)).toEqual({ balance: 700, reserved: 0 });
      expect(await counters(operation)).toEqual([0, 700]);
    });

    test('without an amount gives back all that is left there', async () => {
      const operation = await paid(600);
      await refunded(operation, { to: 'credit', amount: 200 });
      expect((await refunded(operation)).amount).toBe(1_300);
      expect((await refunded(operation, { to: 'credit' })).creditGranted).toBe(400);
      expect(await counters(operation)).toEqual([1_300, 600]);
      expect(await refund(operation, { to: 'credit' })).toMatchObject({ kind: 'refused' });
    });

    test.each([
      ['to the card than was charged', { amount: 1_301 }, 0],
      ['to the card than is left of the charge', { amount: 901 }, 400],
      ['than was paid', { to: 'credit', amount: 1_901 }, 0],
      ['than is left', { to: 'credit', amount: 1_501 }, 400],
      ['or less than something', { amount: 0 }, 0],
    ] as const)('gives no more %s, and nothing is written', async (_what, wish, before) => {
      const operation = await paid(600);
      if (before > 0) await refunded(operation, { amount: before });
      const standing = await now(operation);
      expect(await refund(operation, wish)).toEqual({ kind: 'refused', paid: standing });
      expect(await now(operation)).toEqual(standing);
      expect((await under().credit(operation.userId)).balance).toBe(0);
    });

    test.each(STATUSES.filter((status) => status !== 'succeeded'))('is none while the operation is %s', async (status) => {
      const operation = await under().opened(subscribing(under().unlimited));
      await under().force(operation.id, status);
      for (const to of ['card', 'credit'] as const) expect(await refund(operation, { to, amount: 1 })).toMatchObject({ kind: 'refused' });
    });

    test('is none of a refund, nor of what is not there', async () => {
      const back = await refunded(await paid(), { amount: 400 });
      await end(back, 'succeeded');
      expect(await refund(back, { amount: 1 })).toMatchObject({ kind: 'refused' });
      expect(await refund({ id: randomUUID() } as Operation)).toBeNull();
    });

    test('with a reference that was used before is none, and is not counted', async () => {
      const operation = await paid();
      const { reference } = await refunded(operation, { amount: 400 });
      expect(await refund(operation, { reference, amount: 400 })).toMatchObject({ kind: 'refused' });
      expect(await counters(operation)).toEqual([400, 0]);
    });

    test('to credit is none where the account cannot hold so much', async () => {
      const operation = await paid();
      await under().give(operation.userId, 999_999_999_000);
      expect(await refund(operation, { to: 'credit', amount: 1_001 })).toMatchObject({ kind: 'credit_full' });
      expect(await counters(operation)).toEqual([0, 0]);
      expect((await refunded(operation, { to: 'credit', amount: 1_000 })).creditGranted).toBe(1_000);
    });

    test('is at most what was paid, however many are asked for at once', async () => {
      const operation = await paid(500);
      const many = await atOnce(24, (n) => refund(operation, { to: n % 3 === 0 ? 'credit' : 'card', amount: 150 }));
      const recorded = many.flatMap((one) => (one.kind === 'recorded' ? [one.refund] : []));
      const [toCard, toCredit] = await counters(operation);
      expect(recorded.reduce((sum, { amount }) => sum + amount, 0)).toBe(toCard);
      expect(recorded.reduce((sum, { creditGranted }) => sum + creditGranted, 0)).toBe(toCredit);
      expect(toCard).toBeLessThanOrEqual(1_400);
      expect(recorded).toHaveLength(12);
      expect((await under().credit(operation.userId)).balance).toBe(toCredit);
    });

    test('of all that is left is one, however many are asked for at once', async () => {
      const operation = await paid();
      const many = await atOnce(8, () => refund(operation));
      expect(many.filter(({ kind }) => kind === 'recorded')).toHaveLength(1);
      expect(await counters(operation)).toEqual([1_900, 0]);
    });
  });

  describe('a refund that was given up', () => {
    test.each(['canceled', 'failed'] as const)(
      'and is %s is not counted any more, and the money can be given back again',
      async (status) => {
        const operation = await paid();
        const [one, other] = [await refunded(operation, { amount: 400 }), await refunded(operation, { amount: 1_500 })];
        const before = await now(operation);
        await end(one, status);
        expect(await counters(operation)).toEqual([1_500, 0]);
        const after = await now(operation);
        expect(after.version).toBe(before.version + 1);
        expect(after.timeline.at(-1)).toMatchObject({ type: 'refund_given_up', data: { amount: 400 } });
        expect((await refunded(operation)).amount).toBe(400);
        await end(other, 'succeeded');
        expect(await counters(operation)).toEqual([1_900, 0]);
      },
    );

    test('in one set with another of the same payment is as if it had been alone', async () => {
      const operation = await paid();
      const refunds = [await refunded(operation, { amount: 400 }), await refunded(operation, { amount: 500 })];
      await under().store.settle(refunds.map(({ id, fence }) => ({ id, fence, status: 'canceled' as const, happened })));
      expect(await counters(operation)).toEqual([0, 0]);
    });

    test('at a fence that was lost stays counted', async () => {
      const operation = await paid();
      const back = await refunded(operation, { amount: 400 });
      await under().store.claim([{ id: back.id, fence: back.fence, by: 'test', asks: true }]);
      expect(await end(back, 'canceled')).toBeNull();
      expect(await counters(operation)).toEqual([400, 0]);
    });

    test('while others are recorded is counted as long as it is not given up, and not longer', async () => {
      const operation = await paid();
      const backs = await Promise.all(Array.from({ length: 4 }, () => refunded(operation, { amount: 400 })));
      await atOnce<unknown>(12, (n) => (n < 4 ? end(backs[n] as Operation, 'canceled') : refund(operation, { amount: 300 })));
      const [toCard] = await counters(operation);
      const { timeline } = await now(operation);
      const given = timeline.filter(({ type, data }) => type === 'refunding' && data['amount'] === 300);
      expect(toCard).toBe(given.length * 300);
      expect(toCard).toBeLessThanOrEqual(1_900);
    });
  });

  describe('what is given back by itself', () => {
    test('counts as well: late money is all given back', async () => {
      const operation = await under().opened(subscribing(under().unlimited));
      await under().settle({ id: operation.id, fence: operation.fence, status: 'failed', happened });
      await under().store.refundLate({ operationId: operation.id, refundId: randomUUID(), gatewayReference: 'pi_1' });
      expect(await counters(operation)).toEqual([1_900, 0]);
      expect(await refund(operation, { amount: 1 })).toMatchObject({ kind: 'refused' });
    });

    const left = async (amount: number, creditApplied: number): Promise<Operation> => {
      const { opened, settle, unlimited, give } = under();
      const first = await opened(subscribing(unlimited));
      const subscriptionId = (await settle(success(first)))?.subscription?.id as string;
      const owner = { userId: first.userId, subscriptionId, result: 'changed' as const };
      const leave = await opened(subscribing(unlimited, { ...owner, turn: 2, kind: 'cancel', amount: 0 }));
      await settle({ ...success(leave), change: { status: 'canceled' } });
      if (creditApplied > 0) await give(first.userId, creditApplied);
      const change = await opened(subscribing(unlimited, { ...owner, turn: 3, kind: 'change_plan', amount, creditApplied }));
      const paysByCard = amount > 0 ? { refundId: randomUUID() } : {};
      return (await settle({ ...success(change), change: { planId: unlimited }, ...paysByCard }))?.operation as Operation;
    };

    test.each([
      [1_900, 0],
      [1_500, 400],
      [0, 1_900],
    ])('counts as well: a change that met no live subscription, paid with %i and %i of credit', async (amount, creditApplied) => {
      const change = await left(amount, creditApplied);
      expect([change.refundedToCard, change.refundedToCredit]).toEqual([amount, creditApplied]);
      expect((await under().credit(change.userId)).balance).toBe(creditApplied);
      for (const to of ['card', 'credit'] as const) expect(await refund(change, { to, amount: 1 })).toMatchObject({ kind: 'refused' });
    });

    test('is nothing where the change meets its subscription', async () => {
      const { opened, settle, unlimited } = under();
      const first = await opened(subscribing(unlimited));
      const subscriptionId = (await settle(success(first)))?.subscription?.id as string;
      const wish = { userId: first.userId, subscriptionId, turn: 2, kind: 'change_plan', result: 'changed' } as const;
      const change = await opened(subscribing(unlimited, wish));
      const settled = await settle({ ...success(change), change: { planId: unlimited }, refundId: randomUUID() });
      expect(settled?.operation).toMatchObject({ refundedToCard: 0, refundedToCredit: 0 });
    });
  });
}
