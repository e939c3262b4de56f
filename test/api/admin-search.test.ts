import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId, toPublicId } from '../../src/platform/ids.js';
import { whileHeld } from '../kit/held.js';
import { newUser } from '../kit/names.js';
import { Shop, type Answer, type Client } from '../kit/shop.js';
import { eventually } from '../kit/waiting.js';

let shop: Shop;
let viewer: Client;

beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
  viewer = shop.as('viewer_1', ['viewer']);
});
afterAll(() => shop?.close());

const requestOf = ({ headers }: Answer) => headers.get('request-id') as string;
async function found(requestId: string): Promise<string[]> {
  const { body } = await viewer.get(`/v1/admin/operations?q=${requestId}`);
  const counted = Object.values(body.facets.status as Record<string, number>).reduce((sum, count) => sum + count, 0);
  expect(counted).toBe(body.data.length);
  return body.data.map(({ id }: { id: string }) => id);
}

describe('the Request-Id of an answer leads to the operation', () => {
  test('that the request recorded, and to no other', async () => {
    const [one, other] = [await shop.as(newUser()).subscribe('basic'), await shop.as(newUser()).subscribe('basic')];
    expect(await found(requestOf(one))).toEqual([one.body.id]);
    expect(await found(requestOf(other))).toEqual([other.body.id]);
  });

  test('that the request joined', async () => {
    const userId = newUser();
    const joined: Promise<Answer>[] = [];
    await whileHeld(
      shop,
      () => shop.as(userId).subscribe('pro'),
      async () => {
        joined.push(shop.as(userId).subscribe('pro'));
        await eventually(
          () => shop.sql('select requests from operations where user_id = $1', [userId]),
          ([row]) => row.requests === 2,
        );
      },
    );
    const answer = (await joined[0]) as Answer;
    expect(await found(requestOf(answer))).toEqual([answer.body.id]);
  });

  test('that was recorded long before, where the request came while it waited', async () => {
    const { body, ...answer } = await shop.as(newUser()).subscribe('basic');
    const requestId = requestOf({ body, ...answer });
    const later = toPublicId('req', newIdAt(Date.now() + 1_800_000));
    await shop.sql(`update operations set timeline = replace(timeline::text, $1, $2)::jsonb where user_id = $3`, [
      requestId,
      later,
      body.userId,
    ]);
    expect(await found(later)).toEqual([body.id]);
  });

  test('on which an admin acted by it', async () => {
    const { body } = await shop.as(newUser()).subscribe('basic');
    const noted = await shop.as('op_1', ['operator']).post(`/v1/admin/operations/${body.id}/notes`, { text: 'looked at by hand' });
    expect(await found(requestOf(noted))).toEqual([body.id]);
  });

  test('or to none, where nothing was left behind or nobody sent it', async () => {
    const read = await viewer.get('/v1/admin/operations');
    for (const requestId of [requestOf(read), toPublicId('req', newId()), toPublicId('req', newIdAt(1))])
      expect(await found(requestId)).toEqual([]);
  });
});

function newIdAt(ms: number): string {
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}${newId().slice(13)}`;
}
