import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { forgetCharges, whileHeld } from '../kit/held.js';
import { newUser } from '../kit/names.js';
import { Shop, type Answer, type Client } from '../kit/shop.js';

/** As long as a test may take: an answer that comes at all, and sooner than SOONER_MS, came because something moved. */
const PATIENT = 'wait=30';
const SOONER_MS = 25_000;

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open();
});
afterAll(() => shop?.close());
beforeEach(() => forgetCharges(shop));

function look(client: Client, id: string, headers: Record<string, string> = {}): Promise<Answer> {
  return client.get(`/v1/operations/${id}`, headers);
}

/** Runs `meanwhile` with an operation that is pending and was seen. */
async function whilePending(client: Client, meanwhile: (id: string, etag: string) => Promise<void>): Promise<void> {
  await whileHeld(
    shop,
    () => client.subscribe('pro', { prefer: 'respond-async' }),
    async (pressed) => {
      const { body } = await pressed;
      const seen = await look(client, body.id);
      expect([seen.status, seen.body.status, seen.headers.get('retry-after')]).toEqual([200, 'pending', '1']);
      await meanwhile(body.id, seen.headers.get('etag')!);
    },
  );
}

describe('GET /v1/operations/{id} with Prefer: wait', () => {
  test('returns as soon as the operation moves', async () => {
    const client = shop.as(newUser());
    let looking!: Promise<Answer>;
    const from = performance.now();
    await whilePending(client, async (id, etag) => {
      looking = look(client, id, { prefer: PATIENT, 'if-none-match': etag });
      expect(await Promise.race([looking, client.get('/v1/plans').then(() => 'still waiting')])).toBe('still waiting');
    });
    const { status, body } = await looking;
    expect([status, body]).toMatchObject([200, { status: 'succeeded', charged: 'yes', subscription: { planId: 'pro' } }]);
    expect(performance.now() - from).toBeLessThan(SOONER_MS);
  });

  test('returns as soon as the operation moves in another process', async () => {
    const user = newUser();
    const elsewhere = (await shop.another()).as(user);
    let looking!: Promise<Answer>;
    await whilePending(shop.as(user), async (id, etag) => {
      looking = look(elsewhere, id, { prefer: PATIENT, 'if-none-match': etag });
      await elsewhere.get('/v1/plans');
    });
    expect([(await looking).status, (await looking).body.status]).toEqual([200, 'succeeded']);
  });

  test('waits for the next move also where the client says nothing of what it saw', async () => {
    const client = shop.as(newUser());
    let looking!: Promise<Answer>;
    await whilePending(client, async (id) => {
      looking = look(client, id, { prefer: PATIENT });
      await client.get('/v1/plans');
    });
    expect((await looking).body.status).toBe('succeeded');
  });

  test('returns at once where the operation has moved since it was seen', async () => {
    const client = shop.as(newUser());
    await whilePending(client, async (id) => {
      const from = performance.now();
      const answer = await look(client, id, { prefer: PATIENT, 'if-none-match': 'W/"0"' });
      expect([answer.status, answer.body.status]).toEqual([200, 'pending']);
      expect(performance.now() - from).toBeLessThan(SOONER_MS);
    });
  });

  test('returns at once where the operation is over', async () => {
    const client = shop.as(newUser());
    const { id } = (await client.subscribe('free')).body;
    const from = performance.now();
    expect((await look(client, id, { prefer: PATIENT })).body.status).toBe('succeeded');
    expect(performance.now() - from).toBeLessThan(SOONER_MS);
  });

  test('answers 304 with the ETag and no body when nothing has moved by then', async () => {
    const client = shop.as(newUser());
    await whilePending(client, async (id, etag) => {
      const from = performance.now();
      const answer = await look(client, id, { prefer: 'wait=1', 'if-none-match': etag });
      expect(performance.now() - from).toBeGreaterThan(900);
      expect([answer.status, answer.body, answer.headers.get('etag')]).toEqual([304, null, etag]);
    });
  });

  test('ends when the process stops, so that nobody who only waits holds it up', async () => {
    const other = await shop.another();
    const user = newUser();
    await whilePending(shop.as(user), async (id, etag) => {
      const looking = look(other.as(user), id, { prefer: PATIENT, 'if-none-match': etag });
      await other.as(user).get('/v1/plans');
      const from = performance.now();
      await other.service.stop();
      expect((await looking).status).toBe(304);
      expect(performance.now() - from).toBeLessThan(SOONER_MS);
    });
  });
});

describe('GET /v1/operations/{id} without it', () => {
  test('answers at once: 200 with the ETag, 304 to who has seen it', async () => {
    const client = shop.as(newUser());
    const { body } = await client.subscribe('free');
    const first = await look(client, body.id);
    expect([first.status, first.body, first.headers.get('etag'), first.headers.get('retry-after')]).toEqual([
      200,
      body,
      `"${body.version}"`,
      null,
    ]);
    const again = await look(client, body.id, { 'if-none-match': first.headers.get('etag')! });
    expect([again.status, again.body]).toEqual([304, null]);
    const other = await look(client, body.id, { 'if-none-match': 'W/"99"' });
    expect(other.status).toBe(200);
  });

  test('has another ETag whenever the operation moves', async () => {
    const client = shop.as(newUser());
    let before = '';
    let id = '';
    await whilePending(client, async (pending, etag) => {
      [id, before] = [pending, etag];
    });
    const after = await look(client, id, { prefer: PATIENT, 'if-none-match': before });
    expect(after.headers.get('etag')).not.toBe(before);
  });
});
