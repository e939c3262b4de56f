import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { Draft } from '../../src/operations/draft.js';
import type { Claimed, Settled, Settlement } from '../../src/operations/store/operation-store.js';
import type { Operation } from '../../src/operations/operation.entity.js';
import { OPEN } from '../../src/operations/states.js';
import { newKey } from '../kit/names.js';
import { happened, keyOf, subscribing, success } from './drafts.js';
import type { StoreUnderTest } from './operation-store.contract.js';

interface Opened extends StoreUnderTest {
  /** A plan without a limit. */
  unlimited: string;
  opened: (draft: Draft) => Promise<Operation>;
  settle: (settlement: Settlement) => Promise<Settled | null>;
  claim: (operation: Operation) => Promise<Claimed | null>;
}

/** What every store of operations keeps of what comes later: checks, late money, gateway events, old keys. */
export function operationStoreLater(under: () => Opened): void {
  const failed = async (): Promise<Operation> => {
    const operation = await under().opened(subscribing(under().unlimited));
    const failure = { id: operation.id, fence: operation.fence, status: 'failed' as const, happened };
    return (await under().settle(failure))?.operation as Operation;
  };
  const refundOf = ({ id }: Operation, gatewayReference: string | null = 'pi_1') =>
    under().store.refundLate({ operationId: id, refundId: randomUUID(), gatewayReference });
  const timelineOf = async (id: string) => (await under().store.read(id))?.operation.timeline.map(({ type }) => type);

  describe('a check', () => {
    test('is followed by the next of the schedule, counted from the start, those that were missed counting as one', async () => {
      const { scheduleMs, age, claim, unlimited } = under();
      const operation = await under().opened(subscribing(unlimited));
      await age(operation.userId, (scheduleMs.at(-2) as number) + 1_000);
      const claimed = await claim(operation);
      expect(claimed?.last).toBe(false);
      expect(afterStart(claimed?.operation)).toBe(scheduleMs.at(-1));
    });

    test('beyond the schedule is the last, and due again after a pause in case it crashes', async () => {
      const { scheduleMs, againMs, age, claim, unlimited } = under();
      const operation = await under().opened(subscribing(unlimited));
      await age(operation.userId, (scheduleMs.at(-1) as number) + 1_000);
      const claimed = await claim(operation);
      expect(claimed?.last).toBe(true);
      expect(Math.round(((claimed?.operation.nextCheckAt?.getTime() ?? 0) - (claimed?.now.getTime() ?? 0)) / 100)).toBe(againMs / 100);
    });

    test('beyond the schedule is made once an hour while the customer may still authenticate', async () => {
      const { scheduleMs, age, settle, claim, unlimited } = under();
      const operation = await under().opened(subscribing(unlimited));
      await age(operation.userId, (scheduleMs.at(-1) as number) + 1_000);
      const expiresAt = new Date(Date.now() + 5 * 3_600_000).toISOString();
      const nextAction = { type: 'redirect' as const, url: 'https://gateway.example/authenticate', expiresAt };
      await settle({ id: operation.id, fence: operation.fence, status: 'requires_action', nextAction, happened });
      const claimed = await claim(operation);
      expect((claimed?.operation.nextCheckAt?.getTime() ?? 0) - (claimed?.now.getTime() ?? 0)).toBeCloseTo(3_600_000, -3);
    });

    test('comes no later than the time at which the customer must have authenticated', async () => {
      const { settle, claim, unlimited } = under();
      const operation = await under().opened(subscribing(unlimited));
      const expiresAt = new Date(operation.createdAt.getTime() + 5_000).toISOString();
      const nextAction = { type: 'redirect' as const, url: 'https://gateway.example/authenticate', expiresAt };
      await settle({ id: operation.id, fence: operation.fence, status: 'requires_action', nextAction, happened });
      expect((await claim(operation))?.operation.nextCheckAt?.toISOString()).toBe(expiresAt);
    });

    test('is not made of what waits for a person, and made at once when it waits for the customer after all', async () => {
      const { settle, claim, unlimited } = under();
      const operation = await under().opened(subscribing(unlimited));
      const reviewed = await settle({ id: operation.id, fence: operation.fence, status: 'needs_review', happened });
      expect(reviewed?.operation.nextCheckAt).toBeNull();
      const claimed = (await claim(operation))?.operation as Operation;
      expect(claimed.nextCheckAt).toBeNull();
      const waiting = await settle({ id: claimed.id, fence: claimed.fence, status: 'requires_action', happened });
      expect(waiting?.operation.nextCheckAt).not.toBeNull();
    });

    test('that asks nobody is not counted', async () => {
      const operation = await under().opened(subscribing(under().unlimited));
      const [claimed] = await under().store.claim([{ id: operation.id, fence: operation.fence, by: 'admin', asks: false }]);
      expect(claimed?.operation).toMatchObject({ fence: 2, checks: 0, attempts: 1 });
    });
  });

  describe('late money', () => {
    test('of an operation that failed is given back by an operation of its own, due at once, and the operation says so', async () => {
      const operation = await failed();
      const refund = await refundOf(operation);
      expect(refund).toMatchObject({
        kind: 'refund',
        status: 'pending',
        turn: null,
        userId: operation.userId,
        refundsOperationId: operation.id,
        reference: operation.reference.replace('cf_', 'rf_'),
        amount: operation.amount,
        currency: operation.currency,
        terms: { chargeReference: 'pi_1' },
      });
      expect((await under().store.due(1_000)).map(({ id }) => id)).toContain(refund?.id);
      expect(await timelineOf(operation.id)).toEqual(['recorded', 'settled', 'late_money']);
    });

    test('is given back once, however many find it together', async () => {
      const operation = await failed();
      const refunds = await Promise.all(Array.from({ length: 8 }, () => refundOf(operation)));
      expect(refunds.filter((refund) => refund !== null)).toHaveLength(1);
      expect(await timelineOf(operation.id)).toEqual(['recorded', 'settled', 'late_money']);
    });

    test.each([...OPEN, 'succeeded' as const])('is none while the operation is %s', async (status) => {
      const operation = await under().opened(subscribing(under().unlimited));
      await under().force(operation.id, status);
      expect(await refundOf(operation)).toBeNull();
    });

    test('is none of an operation that charges nothing, nor of a refund', async () => {
      const free = await under().opened(subscribing(under().unlimited, { amount: 0 }));
      await under().force(free.id, 'canceled');
      expect(await refundOf(free)).toBeNull();
      const refund = (await refundOf(await failed())) as Operation;
      await under().force(refund.id, 'failed');
      expect(await refundOf(refund)).toBeNull();
    });

    test('is in nobody’s way: its user goes on beside the refund, and the refund beside its user', async () => {
      const operation = await failed();
      const refund = (await refundOf(operation)) as Operation;
      const { userId } = operation;
      const next = await under().opened(subscribing(under().unlimited, { userId, turn: 2 }));
      const [seen] = await under().store.look([{ userId, key: newKey(), reference: 'none' }]);
      expect(seen).toMatchObject({ open: { id: next.id }, last: { id: next.id, turn: 2 } });
      const claimed = await under().claim(refund);
      const settlement = { id: refund.id, fence: 2, status: 'succeeded' as const, gatewayReference: 're_1', happened };
      expect(claimed?.operation.fence).toBe(2);
      expect((await under().settle(settlement))?.operation).toMatchObject({ status: 'succeeded', gatewayReference: 're_1' });
    });

    test('of a change that meets no live subscription is given back by the statement that settles it', async () => {
      const { settle, opened, unlimited, store } = under();
      const first = await opened(subscribing(unlimited));
      const subscriptionId = (await settle(success(first)))?.subscription?.id as string;
      const owner = { userId: first.userId, subscriptionId, result: 'changed' as const };
      const leave = await opened(subscribing(unlimited, { ...owner, turn: 2, kind: 'cancel', amount: 0 }));
      await settle({ ...success(leave), change: { status: 'canceled' } });
      const change = await opened(subscribing(unlimited, { ...owner, turn: 3, kind: 'change_plan' }));
      const refundId = randomUUID();
      const settled = await settle({ ...success(change), change: { planId: unlimited }, refundId });
      expect(settled).toMatchObject({ refunded: true, operation: { status: 'succeeded' }, subscription: { status: 'canceled' } });
      expect((await store.read(refundId))?.operation).toMatchObject({ kind: 'refund', refundsOperationId: change.id });
    });

    test('is none where the change meets its subscription', async () => {
      const { settle, opened, unlimited, store } = under();
      const first = await opened(subscribing(unlimited));
      const subscriptionId = (await settle(success(first)))?.subscription?.id as string;
      const wish = { userId: first.userId, subscriptionId, turn: 2, kind: 'change_plan', result: 'changed' } as const;
      const change = await opened(subscribing(unlimited, wish));
      const refundId = randomUUID();
      const settled = await settle({ ...success(change), change: { planId: unlimited }, refundId });
      expect(settled?.refunded ?? false).toBe(false);
      expect(await store.read(refundId)).toBeNull();
    });
  });

  describe('a gateway event', () => {
    const GATEWAYS = { mine: `gateway-${randomUUID()}`, other: `gateway-${randomUUID()}` };
    const about = (reference: string | null) => ({ id: `evt_${randomUUID()}`, type: 'charge', reference, gatewayReference: 'pi_1' });
    const take = async () => (await under().store.takeEvents(GATEWAYS.mine, 1_000)).map(({ id }) => id);

    test('is kept once', async () => {
      const event = about('cf_1');
      expect(await under().store.keepEvent(GATEWAYS.mine, event)).toBe(true);
      expect(await under().store.keepEvent(GATEWAYS.mine, event)).toBe(false);
    });

    test('is taken by one, with what it is about, and again later until it is closed', async () => {
      const event = about('cf_2');
      await under().store.keepEvent(GATEWAYS.mine, event);
      const taken = (await Promise.all(Array.from({ length: 4 }, () => under().store.takeEvents(GATEWAYS.mine, 1_000)))).flat();
      expect(taken.filter(({ id }) => id === event.id)).toEqual([{ ...event, last: false }]);
      await under().age('nobody', 2_500);
      expect(await take()).toContain(event.id);
      await under().store.closeEvent(GATEWAYS.mine, event.id, 'nothing_to_do');
      await under().age('nobody', 86_400_000);
      expect(await take()).not.toContain(event.id);
    });

    test('is put off for longer each time', async () => {
      const event = about('cf_3');
      await under().store.keepEvent(GATEWAYS.mine, event);
      expect(await take()).toContain(event.id);
      await under().age('nobody', 2_500);
      expect(await take()).toContain(event.id);
      await under().age('nobody', 2_500);
      expect(await take()).not.toContain(event.id);
    });

    test('that bears no reference of ours, or is of another gateway, is kept and not acted on', async () => {
      const [foreign, stray] = [about('cf_4'), about(null)];
      await under().store.keepEvent(GATEWAYS.other, foreign);
      await under().store.keepEvent(GATEWAYS.mine, stray);
      const taken = await take();
      expect(taken).not.toContain(foreign.id);
      expect(taken).not.toContain(stray.id);
    });
  });

  test('an operation is found by its reference, and nothing by another', async () => {
    const operation = await under().opened(subscribing(under().unlimited));
    expect((await under().store.findByReference(operation.reference))?.id).toBe(operation.id);
    expect(await under().store.findByReference('cf_nobody')).toBeNull();
  });

  test('versions are told of the operations that exist', async () => {
    const operation = await under().opened(subscribing(under().unlimited));
    await under().claim(operation);
    expect(await under().store.versions([operation.id, randomUUID()])).toEqual(new Map([[operation.id, 2]]));
  });

  test('a key is forgotten when it is old and its operation over, and a reference never', async () => {
    const { store, age, opened, settle, unlimited } = under();
    const [over, open] = [await opened(subscribing(unlimited)), await opened(subscribing(unlimited))];
    await settle(success(over));
    const seen = async (operation: Operation) => {
      const { userId, reference } = operation;
      const [look] = await store.look([{ userId, key: keyOf(operation), reference }]);
      return { keyed: look?.keyed !== null, referenceUsed: look?.referenceUsed };
    };
    await store.forgetKeys(72);
    expect(await seen(over)).toEqual({ keyed: true, referenceUsed: true });
    for (const { userId } of [over, open]) await age(userId, 73 * 3_600_000);
    await store.forgetKeys(72);
    expect(await seen(over)).toEqual({ keyed: false, referenceUsed: true });
    expect(await seen(open)).toEqual({ keyed: true, referenceUsed: true });
  });

  describe('an operation beside one in review', () => {
    const inReview = async () => {
      const { settle, opened, force, unlimited } = under();
      const first = await opened(subscribing(unlimited));
      const subscription = (await settle(success(first)))?.subscription;
      const wish = { userId: first.userId, subscriptionId: subscription?.id ?? null, result: 'changed' as const };
      const review = await opened(subscribing(unlimited, { ...wish, turn: 2, kind: 'change_plan' }));
      await force(review.id, 'needs_review');
      const leave = subscribing(unlimited, { ...wish, turn: 3, kind: 'cancel', amount: 0, planVersion: null, status: 'succeeded' });
      return { leave, version: subscription?.version as number, subscriptionId: subscription?.id };
    };

    test('is recorded already settled, with what becomes true', async () => {
      const { leave, version, subscriptionId } = await inReview();
      const recorded = await under().store.recordBeside(leave, { status: 'canceled', pendingChange: null }, version);
      expect(recorded).toMatchObject({ kind: 'recorded', operation: { status: 'succeeded', subscriptionId, amount: 0 } });
      const [seen] = await under().store.look([{ userId: leave.userId, key: leave.key, reference: 'none' }]);
      expect(seen).toMatchObject({
        subscription: null,
        hadSubscription: true,
        keyed: { subscription: { status: 'canceled', version: 2 } },
      });
    });

    test('is not recorded once the subscription has moved, nor a second time', async () => {
      const { leave, version } = await inReview();
      expect(await under().store.recordBeside(leave, { cancelAtPeriodEnd: true }, version + 1)).toEqual({ kind: 'overtaken' });
      expect(await under().store.recordBeside(leave, { cancelAtPeriodEnd: true }, version)).toMatchObject({ kind: 'recorded' });
      const again = { ...leave, key: newKey(), reference: `cf_${randomUUID()}` };
      expect(await under().store.recordBeside(again, { cancelAtPeriodEnd: true }, version + 1)).toEqual({ kind: 'overtaken' });
    });
  });
}

function afterStart(operation: Operation | undefined): number {
  return (operation?.nextCheckAt?.getTime() ?? 0) - (operation?.createdAt.getTime() ?? 0);
}
