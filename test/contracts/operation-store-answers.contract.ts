import { expect, test } from '@jest/globals';
import type { Draft } from '../../src/operations/draft.js';
import type { Settlement } from '../../src/operations/store/operation-store.js';
import type { Operation } from '../../src/operations/operation.entity.js';
import { subscribing, success } from './drafts.js';
import type { StoreUnderTest } from './operation-store.contract.js';

interface Opened extends StoreUnderTest {
  /** A plan without a limit. */
  unlimited: string;
  opened: (draft: Draft) => Promise<Operation>;
}

/** What every store of operations answers is what it wrote, whether it reads that or knows it. */
export function operationStoreAnswers(under: () => Opened): void {
  const drafts: Record<string, () => Promise<Draft>> = {
    'a subscribe': async () => subscribing(under().unlimited),
    'a subscribe with a seat': async () =>
      subscribing(await under().plan(2), { seat: true, traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` }),
    'a change that charges nothing': async () =>
      subscribing(under().unlimited, { kind: 'change_plan', result: 'changed', amount: 0, subscriptionId: null }),
    'a renewal': async () => subscribing(under().unlimited, { kind: 'renew', result: 'renewed', periodStart: '2030-01-01T00:00:00.000Z' }),
    'what is over as it is recorded': async () =>
      subscribing(under().unlimited, { status: 'succeeded', result: 'unchanged', amount: 0, paymentMethod: null }),
  };

  test.each(Object.keys(drafts))('%s is answered as it is read', async (kind) => {
    const operation = await under().opened(await (drafts[kind] as () => Promise<Draft>)());
    expect(asRead(operation)).toEqual(asRead((await under().store.read(operation.id))?.operation));
  });

  const moves: Partial<Settlement>[] = [
    { status: 'succeeded' },
    { status: 'failed', change: undefined as never, problem: { code: 'payment-declined', detail: 'no', declineCode: 'no' } },
    { status: 'canceled', change: undefined as never },
    { status: 'unknown', change: undefined as never },
    { status: 'needs_review', change: undefined as never, gatewayReference: null },
    {
      status: 'requires_action',
      change: undefined as never,
      nextAction: { type: 'redirect', url: 'https://bank.example', expiresAt: '2030-01-01T00:00:00.000Z' },
    },
  ];

  test.each(moves)(
    'an operation that becomes $status is answered as it is read, with its subscription, whether or not it was joined',
    async (move) => {
      const seated = await under().plan(8);
      const operations = await Promise.all([
        under().opened(subscribing(under().unlimited)),
        under().opened(subscribing(seated, { seat: true })),
        under().opened(subscribing(under().unlimited)),
      ]);
      const [, , { id: operationId, userId }] = operations;
      await under().store.join([{ operationId, userId, key: null, fingerprint: 'f1', requestId: 'req_2' }]);
      const settled = await under().store.settle(operations.map((operation) => ({ ...success(operation), ...move })));
      expect(settled.map((each) => asRead(each))).toEqual(
        await Promise.all(operations.map(async ({ id }) => asRead(await under().store.read(id)))),
      );
      expect(settled.map((each) => each?.operation.requests)).toEqual([1, 1, 2]);
    },
  );
}

/** Times to the millisecond, which is what a process keeps of them. */
function asRead(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (name, member: unknown) => (name === 'at' ? new Date(member as string).toISOString() : member));
}
