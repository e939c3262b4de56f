import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { Draft } from '../../src/operations/draft.js';
import type { Recorded, Settled, Settlement } from '../../src/operations/store/operation-store.js';
import type { Operation } from '../../src/operations/operation.entity.js';
import { OPEN } from '../../src/operations/states.js';
import type { Subscription, SubscriptionChange } from '../../src/subscriptions/subscription.entity.js';
import { happened, subscribing, success } from './drafts.js';
import type { StoreUnderTest } from './operation-store.contract.js';

interface Opened extends StoreUnderTest {
  /** A plan without a limit. */
  unlimited: string;
  record: (draft: Draft) => Promise<Recorded>;
  opened: (draft: Draft) => Promise<Operation>;
  settle: (settlement: Settlement) => Promise<Settled | null>;
}

const MONTH_MS = 31 * 86_400_000;
const HOLD_MS = 60_000;
const LOOKERS = 8;
const SUBSCRIPTIONS = 24;

/** What every store of operations keeps of subscriptions that go on by themselves. */
export function operationStoreRenewals(under: () => Opened): void {
  /** A subscriber whose period is over, or ends in `endsInMs`. */
  const subscriber = async (planId = under().unlimited, endsInMs = -1_000): Promise<Subscription> => {
    const operation = await under().opened(subscribing(planId, { seat: planId !== under().unlimited }));
    const end = new Date(Date.now() + endsInMs);
    const period = { periodStart: new Date(end.getTime() - MONTH_MS), periodEnd: end, anchorDay: end.getUTCDate(), nextAt: end };
    const settlement = success(operation);
    return (await under().settle({ ...settlement, change: { ...settlement.change, ...period } }))?.subscription as Subscription;
  };
  const renewal = ({ id, userId, planId, periodEnd }: Subscription, turn: number, wish: Partial<Draft> = {}): Draft =>
    subscribing(planId, {
      userId,
      turn,
      kind: 'renew',
      result: 'renewed',
      subscriptionId: id,
      periodStart: periodEnd.toISOString(),
      ...wish,
    });
  const wish = ({ id, userId, planId }: Subscription, turn: number, kind: 'pause' | 'resume' | 'cancel', seat = false): Draft =>
    subscribing(planId, { userId, turn, kind, subscriptionId: id, amount: 0, result: 'changed', seat });
  const next = ({ periodEnd }: Subscription): SubscriptionChange => {
    const end = new Date(periodEnd.getTime() + MONTH_MS);
    return { status: 'active', periodStart: periodEnd, periodEnd: end, nextAt: end, renewalAttempts: 0, pastDue: null };
  };
  const become = async (draft: Draft, change: SubscriptionChange) => under().settle({ ...success(await under().opened(draft)), change });
  const owing = ({ id, fence }: Operation, change: SubscriptionChange): Settlement => ({ id, fence, status: 'failed', change, happened });
  const ours = async (ids: string[], limit = 1_000) =>
    (await under().store.holdDueSubscriptions(limit, HOLD_MS)).map(({ id }) => id).filter((id) => ids.includes(id));
  const find = async (operation: Operation) => (await under().store.read(operation.id))?.subscription;

  describe('a renewal', () => {
    test('that succeeds moves the period, when it is due next, and what was owed', async () => {
      const subscription = await subscriber();
      const pastDue = { since: new Date().toISOString(), declines: 1 };
      const declined = await under().opened(renewal(subscription, 2));
      await under().settle(owing(declined, { status: 'past_due', pastDue, renewalAttempts: 1, nextAt: new Date() }));
      const settled = await become(renewal(subscription, 3), next(subscription));
      expect(settled?.subscription).toMatchObject({ ...next(subscription), version: 3 });
    });

    test('that fails changes the subscription in the same commit', async () => {
      const subscription = await subscriber();
      const operation = await under().opened(renewal(subscription, 2));
      const nextAt = new Date(Date.now() + 86_400_000);
      const pastDue = { since: new Date().toISOString(), declines: 1, deadCard: 'pm_1' };
      const settled = await under().settle(owing(operation, { status: 'past_due', nextAt, pastDue, renewalAttempts: 1 }));
      expect(settled?.operation.status).toBe('failed');
      expect(settled?.subscription).toMatchObject({ status: 'past_due', nextAt, pastDue, renewalAttempts: 1, version: 2 });
      expect(settled?.subscription?.periodEnd).toEqual(subscription.periodEnd);
    });

    test.each(['failed', 'canceled'] as const)('that is %s gives its credit and the seat of what was to follow back', async (status) => {
      const [held, wanted] = [await under().plan(1), await under().plan(1)];
      const subscription = await subscriber(held);
      await under().give(subscription.userId, 500);
      const draft = renewal(subscription, 2, { toPlanId: wanted, seat: true, amount: 1_400, creditApplied: 500, result: 'changed' });
      const operation = await under().opened(draft);
      expect(await under().seats(wanted)).toEqual({ held: 1, taken: 0 });
      await under().settle({ ...owing(operation, { status: 'past_due', renewalAttempts: 1 }), status });
      expect(await under().credit(subscription.userId)).toEqual({ balance: 500, reserved: 0 });
      expect([await under().seats(held), await under().seats(wanted)]).toEqual([
        { held: 0, taken: 1 },
        { held: 0, taken: 0 },
      ]);
    });

    test('whose failure is the end frees the seat', async () => {
      const planId = await under().plan(1);
      const operation = await under().opened(renewal(await subscriber(planId), 2));
      const settled = await under().settle(owing(operation, { status: 'canceled', nextAt: null, pendingChange: null }));
      expect(settled?.subscription).toMatchObject({ status: 'canceled', seated: false, nextAt: null });
      expect(settled?.subscription?.canceledAt).not.toBeNull();
      expect(await under().seats(planId)).toEqual({ held: 0, taken: 0 });
    });

    test('to another plan takes a seat of that one and frees the other', async () => {
      const [from, to] = [await under().plan(1), await under().plan(1)];
      const subscription = await subscriber(from);
      await become(renewal(subscription, 2, { toPlanId: to, seat: true }), { ...next(subscription), planId: to });
      expect([await under().seats(from), await under().seats(to)]).toEqual([
        { held: 0, taken: 0 },
        { held: 0, taken: 1 },
      ]);
    });

    test('to a plan that is full is not recorded, and to the plan that is held it is', async () => {
      const [from, to] = [await under().plan(1), await under().plan(1)];
      await subscriber(to);
      const subscription = await subscriber(from);
      const changing = renewal(subscription, 2, { toPlanId: to, seat: true });
      expect(await under().record(changing)).toEqual({ kind: 'plan_full' });
      const settled = await become(
        { ...changing, toPlanId: from, seat: false },
        { ...next(subscription), planId: from, pendingChange: null },
      );
      expect(settled?.subscription).toMatchObject({ planId: from, seated: true });
      expect(await under().seats(from)).toEqual({ held: 0, taken: 1 });
    });

    test('whose subscription was left meanwhile changes nothing, and what it was paid with is given back', async () => {
      const subscription = await subscriber();
      const operation = await under().opened(renewal(subscription, 2));
      await under().settle({ id: operation.id, fence: operation.fence, status: 'needs_review', happened });
      const leaving = { ...wish(subscription, 3, 'cancel'), status: 'succeeded' as const };
      const left = await under().store.recordBeside(leaving, { status: 'canceled', nextAt: null }, subscription.version);
      expect(left.kind).toBe('recorded');
      const settled = await under().settle({ ...success(operation), change: next(subscription), refundId: randomUUID() });
      expect(settled).toMatchObject({ operation: { status: 'succeeded', refundedToCard: 1_900 }, refunded: true });
      expect(settled?.subscription).toMatchObject({ status: 'canceled', nextAt: null, periodEnd: subscription.periodEnd });
    });

    test('that fails when its subscription was left meanwhile leaves it as it is', async () => {
      const subscription = await subscriber();
      const operation = await under().opened(renewal(subscription, 2));
      await under().settle({ id: operation.id, fence: operation.fence, status: 'needs_review', happened });
      const leaving = { ...wish(subscription, 3, 'cancel'), status: 'succeeded' as const };
      await under().store.recordBeside(leaving, { status: 'canceled', nextAt: null }, subscription.version);
      const settled = await under().settle(owing(operation, { status: 'past_due', nextAt: new Date(), renewalAttempts: 1 }));
      expect(settled).toMatchObject({ operation: { status: 'failed' }, subscription: { status: 'canceled', nextAt: null } });
    });
  });

  describe('one_renewal_per_period', () => {
    test.each(OPEN.filter((status) => status !== 'pending'))(
      'refuses a second renewal of a period whose first is %s, though another user asks for it',
      async (status) => {
        const subscription = await subscriber();
        const first = await under().opened(renewal(subscription, 2));
        await under().force(first.id, status);
        // No other guard refuses it then.
        const elsewhere = renewal({ ...subscription, userId: `${subscription.userId}-other` } as Subscription, 1);
        expect(await under().record(elsewhere)).toEqual({ kind: 'overtaken' });
      },
    );

    test('refuses one of a period that was renewed, whatever turn it names, and takes that of the next', async () => {
      const subscription = await subscriber();
      await become(renewal(subscription, 2), next(subscription));
      expect(await under().record(renewal(subscription, 3))).toEqual({ kind: 'overtaken' });
      const following = renewal(subscription, 3, { periodStart: next(subscription).periodEnd?.toISOString() as string });
      expect((await under().record(following)).kind).toBe('recorded');
    });

    test.each(['failed', 'canceled'] as const)('takes one of a period whose first is %s', async (status) => {
      const subscription = await subscriber();
      const first = await under().opened(renewal(subscription, 2));
      await under().settle({ ...owing(first, { renewalAttempts: 1 }), status });
      expect((await under().record(renewal(subscription, 3))).kind).toBe('recorded');
    });
  });

  describe('what is due', () => {
    test('is held by one of those who look together, and by nobody twice', async () => {
      const due = await Promise.all(Array.from({ length: SUBSCRIPTIONS }, () => subscriber()));
      const ids = due.map(({ id }) => id);
      const held = await Promise.all(Array.from({ length: LOOKERS }, () => ours(ids)));
      expect(held.flat().sort()).toEqual(ids.sort());
    });

    test('is held as far as there is room for it, most overdue first', async () => {
      await under().store.holdDueSubscriptions(1_000, HOLD_MS);
      const [late, later, latest] = [
        await subscriber(undefined, -1_000),
        await subscriber(undefined, -2_000),
        await subscriber(undefined, -3_000),
      ];
      const first = await under().store.holdDueSubscriptions(2, HOLD_MS);
      expect(first.map(({ id }) => id).sort()).toEqual([latest.id, later.id].sort());
      expect(first[0]).toEqual({ id: expect.any(String), userId: expect.any(String), periodEnd: expect.any(Date), renewalAttempts: 0 });
      expect(await under().store.holdDueSubscriptions(2, HOLD_MS)).toMatchObject([
        { id: late.id, userId: late.userId, periodEnd: late.periodEnd },
      ]);
    });

    test('is due again when the hold is over', async () => {
      const { id } = await subscriber();
      expect((await under().store.holdDueSubscriptions(1_000, 0)).map((held) => held.id)).toContain(id);
      expect(await ours([id])).toEqual([id]);
      expect(await ours([id])).toEqual([]);
    });

    test('is due again at once where a settle says so: it lifts the hold', async () => {
      const subscription = await subscriber();
      expect(await ours([subscription.id])).toEqual([subscription.id]);
      const operation = await under().opened(renewal(subscription, 2));
      await under().settle(owing(operation, { nextAt: new Date(Date.now() - 1_000), renewalAttempts: 1 }));
      expect(await ours([subscription.id])).toEqual([subscription.id]);
    });

    test('is not what is not over yet, nor what was renewed, is paused or was left', async () => {
      const [running, renewed, paused, left] = [
        await subscriber(undefined, 60_000),
        await subscriber(),
        await subscriber(),
        await subscriber(),
      ];
      await become(renewal(renewed, 2), next(renewed));
      await become(wish(paused, 2, 'pause'), { status: 'paused', nextAt: null });
      await become(wish(left, 2, 'cancel'), { status: 'canceled', nextAt: null });
      expect(await ours([running, renewed, paused, left].map(({ id }) => id))).toEqual([]);
    });
  });

  describe('a pause', () => {
    test('frees the seat for others, and a resume takes it again', async () => {
      const planId = await under().plan(1);
      const subscription = await subscriber(planId, 60_000);
      const paused = await become(wish(subscription, 2, 'pause'), { status: 'paused', nextAt: null });
      expect(paused?.subscription).toMatchObject({ status: 'paused', seated: false, nextAt: null });
      expect(await under().seats(planId)).toEqual({ held: 0, taken: 0 });
      const resuming = await under().opened(wish(subscription, 3, 'resume', true));
      expect(await under().seats(planId)).toEqual({ held: 1, taken: 0 });
      const resumed = await under().settle({ ...success(resuming), change: { status: 'active', nextAt: subscription.periodEnd } });
      expect(resumed?.subscription).toMatchObject({ status: 'active', seated: true });
      expect(await under().seats(planId)).toEqual({ held: 0, taken: 1 });
    });

    test('is not ended where the seat is another’s by then', async () => {
      const planId = await under().plan(1);
      const subscription = await subscriber(planId, 60_000);
      await become(wish(subscription, 2, 'pause'), { status: 'paused', nextAt: null });
      await subscriber(planId, 60_000);
      expect(await under().record(wish(subscription, 3, 'resume', true))).toEqual({ kind: 'plan_full' });
    });

    test('with something still due is refused as a whole: nothing_due_of_the_idle', async () => {
      const subscription = await subscriber(undefined, 60_000);
      const operation = await under().opened(wish(subscription, 2, 'pause'));
      await expect(under().settle({ ...success(operation), change: { status: 'paused' } })).rejects.toThrow(/nothing_due_of_the_idle/);
      expect(await find(operation)).toMatchObject({ status: 'active', version: 1 });
    });
  });
}
