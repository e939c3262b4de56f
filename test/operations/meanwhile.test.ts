import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Leases, type Acquisition, type LeaseNode, type LiveLease } from '../../src/leases/leases.js';
import { whileHeld } from '../kit/held.js';
import { newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';
import { eventually } from '../kit/waiting.js';

/** Leases that say that they were extended a second and half a second before they were asked for. */
class ExtendedLeases extends Leases {
  readonly name = 'extended';

  acquire(key: string): Promise<Acquisition> {
    const now = performance.now();
    const lease = { key, lost: new AbortController().signal, extendedAtMs: [now - 1_000, now - 500], release: () => Promise.resolve() };
    return Promise.resolve({ kind: 'acquired', lease });
  }

  list(): Promise<LiveLease[]> {
    return Promise.resolve([]);
  }

  find(): Promise<null> {
    return Promise.resolve(null);
  }

  nodes(): Promise<LeaseNode[]> {
    return Promise.resolve([]);
  }

  ping(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

interface Entry {
  type: string;
  data: { requestId?: string; status?: number; msBefore?: number };
}

let shop: Shop;
let plain: Shop;
beforeAll(async () => {
  [shop, plain] = await Promise.all([
    Shop.open({ env: { ROLES: 'api' }, ports: { leases: new ExtendedLeases() } }),
    Shop.open({ leases: 'postgres', env: { ROLES: 'api' } }),
  ]);
});
afterAll(() => Promise.all([shop?.close(), plain?.close()]));

async function timelineOf(of: Shop, id: string): Promise<Entry[]> {
  const { body } = await of.as('viewer_1', ['viewer']).get(`/v1/admin/operations/${id}`);
  return body.timeline as Entry[];
}

test('what was seen while the gateway was asked is written down with the outcome: extensions of the lease, and who was answered before', async () => {
  const user = newUser();
  let asked: string[] = [];
  const first = await whileHeld(
    shop,
    () => shop.as(user).subscribe('pro', { prefer: 'respond-async' }),
    async (pressed) => {
      const answers = [await pressed, await shop.as(user).subscribe('pro', { prefer: 'respond-async' })];
      expect(answers.map(({ status }) => status)).toEqual([202, 202]);
      asked = answers.map(({ headers }) => headers.get('request-id') ?? '');
    },
  );
  const id = first.body.id as string;
  const timeline = await eventually(
    () => timelineOf(shop, id),
    (entries) => entries.some(({ type }) => type === 'settled'),
  );
  expect(timeline.map(({ type }) => type)).toEqual([
    'recorded',
    'request.joined',
    'lease.extended',
    'lease.extended',
    'request.answered',
    'request.answered',
    'gateway.answered',
    'settled',
  ]);
  const answered = timeline.filter(({ type }) => type === 'request.answered');
  expect(answered.map(({ data }) => [data.requestId, data.status])).toEqual(asked.map((requestId) => [requestId, 202]));
  const before = timeline.flatMap(({ data }) => data.msBefore ?? []);
  expect(before).toEqual(before.toSorted((one, other) => other - one));
  expect(before[0]).toBeGreaterThanOrEqual(1_000);
});

test('of a press that is answered with its outcome nothing more is written down than before', async () => {
  const { body } = await plain.as(newUser()).subscribe('pro');
  expect((await timelineOf(plain, body.id)).map(({ type }) => type)).toEqual(['recorded', 'gateway.answered', 'settled']);
});
