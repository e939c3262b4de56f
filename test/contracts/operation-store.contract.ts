import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Draft } from '../../src/operations/draft.js';
import type { OperationStore, Recorded, Settlement } from '../../src/operations/store/operation-store.js';
import type { Operation } from '../../src/operations/operation.entity.js';
import { MOVES, OPEN, STATUSES, type Status } from '../../src/operations/states.js';
import { newKey, newUser } from '../kit/names.js';
import { happened, keyOf, subscribing, success } from './drafts.js';
import { operationStoreAnswers } from './operation-store-answers.contract.js';
import { operationStoreCredit } from './operation-store-credit.contract.js';
import { operationStoreLater } from './operation-store-later.contract.js';
import { operationStoreRenewals } from './operation-store-renewals.contract.js';
import { operationStoreRefunds } from './operation-store-refunds.contract.js';

/** What a store must let a test see and do beside its port. */
export interface StoreUnderTest {
  store: OperationStore;
  /** A plan with this many seats, or without a limit. */
  plan: (capacity: number | null) => Promise<string>;
  seats: (planId: string) => Promise<{ held: number; taken: number }>;
  /** Grants credit in USD, in minor units. */
  give: (userId: string, amount: number) => Promise<void>;
  /** A user's credit in USD; nothing where there is no account. */
  credit: (userId: string) => Promise<{ balance: number; reserved: number }>;
  /** Puts an operation into a status that it could have come to. */
  force: (id: string, status: Status) => Promise<void>;
  /** Moves the next check of an operation into the past. */
  makeDue: (id: string) => Promise<void>;
  /** Lets time pass: everything of this user, and every gateway event, happened that much earlier. */
  age: (userId: string, ms: number) => Promise<void>;
  /** Checks are due at these times after an operation's start, and `againMs` after one that follows them and crashed. */
  scheduleMs: readonly number[];
  againMs: number;
  close: () => Promise<void>;
}

/** What every store of operations keeps, whatever it is made of. */
export function operationStoreContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} as a store of operations`, () => {
    let under: StoreUnderTest;
    let store: OperationStore;
    let unlimited: string;

    beforeAll(async () => {
      under = await open();
      store = under.store;
      unlimited = await under.plan(null);
    });
    afterAll(() => under.close());

    const record = async (draft: Draft): Promise<Recorded> => (await store.record([draft]))[0] as Recorded;
    const opened = async (draft: Draft): Promise<Operation> => {
      const recorded = await record(draft);
      if (recorded.kind !== 'recorded') throw new Error(`not recorded: ${recorded.kind}`);
      return recorded.operation;
    };
    const settle = async (settlement: Settlement) => (await store.settle([settlement]))[0] ?? null;
    const claim = async ({ id, fence }: Operation) => (await store.claim([{ id, fence, by: 'test', asks: true }]))[0] ?? null;

    test('one_open_operation_per_user refuses a second open operation whatever turn it names', async () => {
      const first = await opened(subscribing(unlimited));
      expect(await record(subscribing(unlimited, { userId: first.userId, turn: 7 }))).toEqual({ kind: 'overtaken' });
    });

    test('one_operation_per_turn refuses a decision that was made before the previous operation was known', async () => {
      const first = await opened(subscribing(unlimited));
      await settle(success(first));
      expect(await record(subscribing(unlimited, { userId: first.userId, turn: 1 }))).toEqual({ kind: 'overtaken' });
    });

    test('of a set of decisions of one turn that are over as they are recorded one is written, though none of them is open', async () => {
      const over = { userId: newUser(), status: 'succeeded', result: 'unchanged', amount: 0 } as const;
      const recorded = await store.record(Array.from({ length: 4 }, () => subscribing(unlimited, over)));
      expect(recorded.map(({ kind }) => kind).sort((a, b) => b.length - a.length)).toEqual([
        'overtaken',
        'overtaken',
        'overtaken',
        'recorded',
      ]);
    });

    test('one_meaning_per_key refuses a key that names an operation already, and writes nothing', async () => {
      const first = await opened(subscribing(unlimited));
      await settle(success(first));
      const [seen] = await store.look([{ userId: first.userId, key: 'unknown-key', reference: 'none' }]);
      const again = subscribing(unlimited, { userId: first.userId, turn: 2, key: keyOf(first) });
      expect(await record(again)).toEqual({ kind: 'overtaken' });
      expect((await store.look([{ userId: first.userId, key: 'unknown-key', reference: again.reference }]))[0]).toMatchObject({
        last: seen?.last,
        referenceUsed: false,
      });
    });

    test('of 16 records of one user that arrive together one is written', async () => {
      const userId = newUser();
      const recorded = await Promise.all(Array.from({ length: 16 }, () => record(subscribing(unlimited, { userId }))));
      expect(recorded.filter(({ kind }) => kind === 'recorded')).toHaveLength(1);
    });

    test('a set of records is decided one by one: of 5 for 3 seats 3 are recorded and 2 find the plan full', async () => {
      const planId = await under.plan(3);
      const recorded = await store.record(Array.from({ length: 5 }, () => subscribing(planId, { seat: true })));
      expect(recorded.map(({ kind }) => kind)).toEqual(['recorded', 'recorded', 'recorded', 'plan_full', 'plan_full']);
      expect(await under.seats(planId)).toEqual({ held: 3, taken: 0 });
    });

    test('records that arrive together never hold more seats than there are', async () => {
      const planId = await under.plan(4);
      const recorded = await Promise.all(Array.from({ length: 16 }, () => record(subscribing(planId, { seat: true }))));
      expect(recorded.filter(({ kind }) => kind === 'recorded')).toHaveLength(4);
      expect(await under.seats(planId)).toEqual({ held: 4, taken: 0 });
    });

    test('a plan that has changed since the decision is not sold on the old terms', async () => {
      expect(await record(subscribing(unlimited, { planVersion: 99 }))).toEqual({ kind: 'plan_changed' });
    });

    test('a success creates the subscription and takes the seat that was held', async () => {
      const planId = await under.plan(2);
      const operation = await opened(subscribing(planId, { seat: true }));
      const settled = await settle(success(operation));
      expect(settled?.operation).toMatchObject({ status: 'succeeded', version: 2, gatewayReference: 'pi_1' });
      expect(settled?.subscription).toMatchObject({ planId, userId: operation.userId, status: 'active', version: 1, seated: true });
      expect(await under.seats(planId)).toEqual({ held: 0, taken: 1 });
    });

    test.each(['failed', 'canceled'] as const)('an operation that is %s gives its seat back', async (status) => {
      const planId = await under.plan(2);
      const operation = await opened(subscribing(planId, { seat: true }));
      await under.force(operation.id, 'unknown');
      await settle({ ...success(operation), change: undefined as never, status });
      expect(await under.seats(planId)).toEqual({ held: 0, taken: 0 });
    });

    test('an operation in doubt keeps its seat', async () => {
      const planId = await under.plan(1);
      const operation = await opened(subscribing(planId, { seat: true }));
      await settle({ id: operation.id, fence: operation.fence, status: 'unknown', happened });
      expect(await under.seats(planId)).toEqual({ held: 1, taken: 0 });
    });

    test('a change of plan frees the old seat and takes the new one; leaving frees it', async () => {
      const [from, to] = [await under.plan(1), await under.plan(1)];
      const first = await opened(subscribing(from, { seat: true }));
      const subscribed = await settle(success(first));
      const subscriptionId = subscribed?.subscription?.id as string;
      const change = subscribing(to, { seat: true, userId: first.userId, turn: 2, kind: 'change_plan', subscriptionId, result: 'changed' });
      await settle({ ...success(await opened(change)), change: { planId: to } });
      expect([await under.seats(from), await under.seats(to)]).toEqual([
        { held: 0, taken: 0 },
        { held: 0, taken: 1 },
      ]);
      const leave = subscribing(to, {
        userId: first.userId,
        turn: 3,
        kind: 'cancel',
        subscriptionId,
        amount: 0,
        planVersion: null,
        result: 'changed',
      });
      const left = await settle({ ...success(await opened(leave)), change: { status: 'canceled' } });
      expect(left?.subscription).toMatchObject({ status: 'canceled', seated: false, version: 3 });
      expect(await under.seats(to)).toEqual({ held: 0, taken: 0 });
    });

    test('a settle at a lost fence changes nothing', async () => {
      const operation = await opened(subscribing(unlimited));
      const claimed = await claim(operation);
      expect(claimed?.operation).toMatchObject({ fence: 2, checks: 1, attempts: 2 });
      expect(await settle(success(operation))).toBeNull();
      expect((await store.read(operation.id))?.operation.status).toBe('pending');
      expect(await settle(success(claimed?.operation as Operation))).toMatchObject({ operation: { status: 'succeeded' } });
    });

    test('of a set of settles who lost the fence changes nothing, and each of the others is told its own', async () => {
      const operations = await Promise.all(Array.from({ length: 4 }, () => opened(subscribing(unlimited))));
      const [, lost] = operations as [Operation, Operation];
      await claim(lost);
      const told = await store.settle(operations.map(success));
      const ids = told.map((settled) => settled?.operation.id ?? null);
      expect(ids).toEqual(operations.map(({ id }) => (id === lost.id ? null : id)));
      expect((await store.read(lost.id))?.operation).toMatchObject({ status: 'pending', fence: 2 });
    });

    test('of 8 who claim one fence together one gets it', async () => {
      const operation = await opened(subscribing(unlimited));
      const claims = await Promise.all(Array.from({ length: 8 }, () => claim(operation)));
      expect(claims.filter((claimed) => claimed !== null)).toHaveLength(1);
    });

    test('an operation that is over cannot be claimed', async () => {
      const operation = await opened(subscribing(unlimited));
      await settle(success(operation));
      expect(await claim(operation)).toBeNull();
    });

    test.each(STATUSES.flatMap((from) => STATUSES.filter((to) => to !== 'pending').map((to) => [from, to] as const)))(
      'a move from %s to %s is made exactly where the table of states has it',
      async (from, to) => {
        const operation = await opened(subscribing(unlimited));
        await under.force(operation.id, from);
        const settled = await settle({
          ...success(operation),
          status: to,
          ...(to === 'succeeded' ? {} : { change: undefined as never }),
        });
        expect(settled !== null).toBe(MOVES.some(([a, b]) => a === from && b === to));
      },
    );

    test('join counts the request and gives the operation another name, also when it was just over', async () => {
      const operation = await opened(subscribing(unlimited));
      const joining = { operationId: operation.id, userId: operation.userId, key: newKey(), fingerprint: 'f2', requestId: 'req_2' };
      expect((await store.join([joining]))[0]).toMatchObject({ id: operation.id, requests: 2 });
      const [seen] = await store.look([{ userId: operation.userId, key: joining.key, reference: 'none' }]);
      expect(seen?.keyed).toMatchObject({ fingerprint: 'f2', operation: { id: operation.id } });
      await settle(success(operation));
      expect((await store.join([{ ...joining, key: newKey() }]))[0]).toMatchObject({ id: operation.id, requests: 3, status: 'succeeded' });
    });

    test('a key that names another operation already joins nothing', async () => {
      const first = await opened(subscribing(unlimited));
      await settle(success(first));
      const second = await opened(subscribing(unlimited, { userId: first.userId, turn: 2 }));
      const joining = { operationId: second.id, userId: first.userId, key: keyOf(first), fingerprint: 'f1', requestId: 'req_2' };
      expect((await store.join([joining]))[0]).toBeNull();
      expect((await store.look([{ userId: first.userId, key: keyOf(first), reference: 'none' }]))[0]?.keyed?.operation?.id).toBe(first.id);
    });

    test('another user can neither see a key nor join an operation', async () => {
      const operation = await opened(subscribing(unlimited));
      const stranger = newUser();
      expect((await store.look([{ userId: stranger, key: keyOf(operation), reference: 'none' }]))[0]).toMatchObject({
        keyed: null,
        open: null,
      });
      expect(
        (await store.join([{ operationId: operation.id, userId: stranger, key: newKey(), fingerprint: 'f', requestId: 'r' }]))[0],
      ).toBeNull();
    });

    test.each(OPEN)('what is due is found while it is %s, and not after it was claimed', async (status) => {
      const operation = await opened(subscribing(unlimited));
      await under.force(operation.id, status);
      expect((await store.due(1_000)).map(({ id }) => id)).not.toContain(operation.id);
      await under.makeDue(operation.id);
      expect((await store.due(1_000)).map(({ id }) => id)).toContain(operation.id);
      await claim(operation);
      expect((await store.due(1_000)).map(({ id }) => id)).not.toContain(operation.id);
    });

    operationStoreCredit(() => ({ ...under, unlimited, record, opened, settle }));
    operationStoreLater(() => ({ ...under, unlimited, opened, settle, claim }));
    operationStoreRefunds(() => ({ ...under, unlimited, opened, settle }));
    operationStoreAnswers(() => ({ ...under, unlimited, opened }));
    operationStoreRenewals(() => ({ ...under, unlimited, record, opened, settle }));
  });
}
