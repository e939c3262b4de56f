import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newUser } from '../kit/names.js';
import { Shop, type Client } from '../kit/shop.js';

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open();
});
afterAll(() => shop?.close());

/** Operations of a user, oldest first. */
async function operationsOf(client: Client, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1) ids.push((await client.subscribe(made % 2 ? 'free' : 'pro')).body.id);
  return ids;
}

function idsIn(body: { data: { id: string }[] }): string[] {
  return body.data.map(({ id }) => id);
}

describe('GET /v1/me/operations', () => {
  test('answers mine, newest first, and nobody else’s', async () => {
    const client = shop.as(newUser());
    await operationsOf(shop.as(newUser()), 2);
    const ids = await operationsOf(client, 3);
    const { status, body } = await client.get('/v1/me/operations');
    expect([status, body.object, body.nextCursor]).toEqual([200, 'list', null]);
    expect(idsIn(body)).toEqual(ids.toReversed());
  });

  test('is empty for who has done nothing', async () => {
    expect((await shop.as(newUser()).get('/v1/me/operations')).body).toEqual({ object: 'list', data: [], nextCursor: null });
  });

  test('shows every operation as it is answered alone, with the problem of those that failed', async () => {
    const client = shop.as(newUser());
    const { operationId } = (await client.subscribe('pro', { paymentMethod: 'pm_card_chargeDeclined' })).body;
    const [listed] = (await client.get('/v1/me/operations')).body.data;
    const { requestId, ...problem } = listed.problem;
    expect(requestId).toMatch(/^req_/);
    const alone = (await client.get(`/v1/operations/${operationId}`)).body;
    expect({ ...listed, problem }).toEqual({ ...alone, problem: expect.objectContaining(problem) });
  });

  test('is walked page by page; each operation is met once, also when new ones come meanwhile', async () => {
    const client = shop.as(newUser());
    const ids = await operationsOf(client, 5);
    const met: string[] = [];
    let cursor: string | null = null;
    do {
      const { body } = await client.get(`/v1/me/operations?limit=2${cursor ? `&cursor=${cursor}` : ''}`);
      expect(body.data.length).toBeLessThanOrEqual(2);
      met.push(...idsIn(body));
      cursor = body.nextCursor;
      if (met.length === 2) await operationsOf(client, 1);
    } while (cursor);
    expect(met).toEqual(ids.toReversed());
  });

  test('has a last page without a cursor, also when it is full', async () => {
    const client = shop.as(newUser());
    await operationsOf(client, 2);
    expect((await client.get('/v1/me/operations?limit=2')).body.nextCursor).toBeNull();
  });

  test.each(['limit=0', 'limit=201', 'limit=ten', 'limit=-1', 'limit=1&limit=2', 'offset=3', 'cursor=nonsense'])(
    '?%s is refused with 400 validation-failed',
    async (query) => {
      const answer = await shop.as(newUser()).get(`/v1/me/operations?${query}`);
      expect([answer.status, answer.body.code]).toEqual([400, 'validation-failed']);
      expect(answer.body.errors).toHaveLength(1);
    },
  );
});

describe('GET /v1/plans', () => {
  test('needs no token and answers what is on sale, in order of creation', async () => {
    const response = await fetch(`${shop.url}/v1/plans`);
    const body = (await response.json()) as { object: string; data: { id: string }[]; nextCursor: null };
    expect([response.status, body.object, body.nextCursor]).toEqual([200, 'list', null]);
    expect(idsIn(body)).toEqual(['free', 'basic', 'pro', 'pro-yearly', 'team', 'studio-a', 'studio-b']);
  });

  test('shows price, interval, trial, family, seats and features', async () => {
    const { data } = (await shop.as(newUser()).get('/v1/plans')).body;
    const byId = Object.fromEntries(data.map((plan: { id: string }) => [plan.id, plan]));
    expect(byId['pro']).toEqual({
      id: 'pro',
      name: 'Pro',
      price: { amount: 1_900, currency: 'USD' },
      interval: 'month',
      trialDays: 0,
      family: null,
      seats: null,
      features: ['50 projects', 'priority support'],
    });
    expect(byId['studio-a']).toMatchObject({ family: 'studio', seats: { capacity: 4, taken: 0, held: 0, left: 4 } });
    expect(byId['team'].trialDays).toBe(14);
  });

  test('leaves out what is not on sale any more', async () => {
    await shop.sql("update plans set on_sale = false where id = 'studio-b'");
    expect(idsIn((await shop.as(newUser()).get('/v1/plans')).body)).not.toContain('studio-b');
  });
});
