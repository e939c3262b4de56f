import { expect, test } from '@jest/globals';
import { act, note, recover, type Wish } from '../../../web/console/operation/acts.ts';
import type { SignedIn } from '../../../web/console/session.ts';

interface Sent {
  path: string;
  params: { header: Record<string, string>; path: { id: string } };
  body: unknown;
}

/** Somebody who may do everything, at a service that answers nothing but writes down what it was asked. */
function somebody(): { who: SignedIn; sent: Sent[] } {
  const sent: Sent[] = [];
  const service = {
    POST: (path: string, asked: Omit<Sent, 'path'>) => {
      sent.push({ path, ...asked });
      return Promise.resolve({ error: undefined, response: new Response(null, { status: 500 }) });
    },
  };
  return { who: { userId: 'ada', role: 'admin', may: () => true, service } as unknown as SignedIn, sent };
}

const WISHES: Wish[] = [
  { name: 'recover' },
  { name: 'cancel' },
  { name: 'resolve', outcome: 'not_charged' },
  { name: 'refund', to: 'card', amount: { amount: 435, currency: 'USD' } },
];

test.each(WISHES)('$name is done to the operation as it was seen, under the key of its press', async (wish) => {
  const { who, sent } = somebody();
  await act(who, { id: 'op_1', version: 3 }, wish, 'a good reason', 'key-1');
  expect(sent).toHaveLength(1);
  expect(sent[0]).toMatchObject({
    path: `/v1/admin/operations/{id}/${wish.name}`,
    params: { path: { id: 'op_1' }, header: { 'If-Match': '"3"', 'Idempotency-Key': 'key-1' } },
    body: { reason: 'a good reason' },
  });
});

test('each of several that are recovered together is the one that was seen, under a key of its own', async () => {
  const { who, sent } = somebody();
  await recover(who, { id: 'op_1', version: 1 }, 'a good reason');
  await recover(who, { id: 'op_2', version: 7 }, 'a good reason');
  expect(sent.map(({ params }) => params.header['If-Match'])).toEqual(['"1"', '"7"']);
  expect(new Set(sent.map(({ params }) => params.header['Idempotency-Key'])).size).toBe(2);
});

test('a note says nothing about the state, and needs none', async () => {
  const { who, sent } = somebody();
  await note(who, 'op_1', 'told them to wait', 'key-1');
  expect(sent[0]?.params.header).toEqual({ 'Idempotency-Key': 'key-1' });
});
