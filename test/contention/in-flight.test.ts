import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { expectInvariants } from '../kit/invariants.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop, type Answer } from '../kit/shop.js';
import { atOnce, eventually } from '../kit/waiting.js';
import { chargesOf } from './bookkeeping.js';

/** The first press is parked at the gateway for as long as it takes to see what the others do. */
describe.each(['redlock', 'none'] as const)('while a call is at the gateway, with leases %s', (leases) => {
  let shop: Shop;
  let other: Shop;
  let user: string;
  let key: string;
  let first: Promise<Answer>;

  beforeAll(async () => {
    shop = await Shop.open({ leases });
    other = await shop.another();
  });
  beforeEach(async () => {
    [user, key] = [newUser(), newKey()];
    await shop.gateway('POST', '/sandbox/hold', { at: 'arrival', count: 1 });
    first = shop.as(user).subscribe('pro', { key });
    await shop.gateway('GET', '/sandbox/held?atLeast=1');
  });
  afterEach(async () => {
    await release();
    await first;
    await expectInvariants(shop);
  });
  afterAll(() => shop?.close());

  const release = () => shop.gateway('POST', '/sandbox/release');
  /** The only operation of the user, as its row stands. */
  const row = async () => {
    const rows = await shop.sql('select * from operations where user_id = $1', [user]);
    expect(rows).toHaveLength(1);
    return rows[0] as { requests: number; attempts: number; fence: number; timeline: { type: string }[] };
  };
  const joinedBy = (requests: number) => eventually(row, (seen) => seen.requests === requests);

  test.each([2, 16])('%i further presses share it, at either service, and answer what it answers', async (count) => {
    const clients = [shop.as(user), other.as(user)] as const;
    const pressed = atOnce(count, (index) => clients[index % 2 === 0 ? 0 : 1].subscribe('pro'));
    await joinedBy(count + 1);
    await release();
    const [own, ...answers] = [await first, ...(await pressed)];
    expect(own.headers.get('operation-joined')).toBeNull();
    expect(answers.map(({ status, headers }) => [status, headers.get('operation-joined')])).toEqual(answers.map(() => [201, 'true']));
    expect(answers.map(({ body }) => [body.id, body.requests])).toEqual(answers.map(() => [own.body.id, count + 1]));
    expect(await chargesOf(shop, user)).toHaveLength(1);
  });

  test('joining leaves it to its owner: nobody takes it over, and the gateway is asked once', async () => {
    const pressed = [shop.as(user).subscribe('pro'), other.as(user).subscribe('pro', { prefer: 'wait=2' })];
    await joinedBy(3);
    const late = await (pressed[1] as Promise<Answer>);
    expect([late.status, late.body.charged]).toEqual([202, 'unknown']);
    const { attempts, fence, timeline } = await row();
    expect({ attempts, fence }).toEqual({ attempts: 1, fence: 1 });
    expect(timeline.map(({ type }) => type)).not.toContain('taken_over');
    await release();
    await Promise.all(pressed);
    expect(await chargesOf(shop, user)).toMatchObject([{ attempts: 1 }]);
  });

  test('the same key waits for it and replays it', async () => {
    const again = other.as(user).subscribe('pro', { key });
    await joinedBy(2);
    await release();
    expect(await again).toMatchObject({ status: 201, body: { id: (await first).body.id } });
    expect((await again).headers.get('idempotent-replayed')).toBe('true');
  });

  test('the same key with another body is refused at once', async () => {
    const answer = await shop.as(user).subscribe('basic', { key });
    expect([answer.status, answer.body.code, answer.body.charged]).toEqual([422, 'idempotency-key-reused', 'no']);
  });

  test('the key of one that joined replays the same operation later', async () => {
    const joining = newKey();
    const joined = shop.as(user).subscribe('pro', { key: joining });
    await joinedBy(2);
    await release();
    await joined;
    const later = await shop.as(user).subscribe('pro', { key: joining });
    expect([later.status, later.body.id, later.headers.get('idempotent-replayed')]).toEqual([201, (await first).body.id, 'true']);
  });

  test.each(['key', 'intent'])('whoever prefers strict handling and comes with the same %s is refused', async (same) => {
    const answer = await other.as(user).subscribe('pro', { ...(same === 'key' ? { key } : {}), prefer: 'handling=strict' });
    expect([answer.status, answer.body.code, answer.body.charged]).toEqual([409, 'request-outstanding', 'unknown']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test('another intent is refused when its patience ends, and told what is in the way', async () => {
    const answer = await other.as(user).subscribe('basic', { prefer: 'wait=0' });
    expect([answer.status, answer.body.code, answer.body.charged]).toEqual([409, 'conflicting-operation', 'no']);
    expect(answer.body.operation).toMatchObject({ status: 'pending', toPlanId: 'pro' });
  });

  test('another intent with more patience is done after it', async () => {
    const cancel = other.as(user).post('/v1/me/subscription/cancel', { at: 'now' });
    await shop.as(user).get('/v1/plans');
    await release();
    expect((await first).status).toBe(201);
    expect(await cancel).toMatchObject({ status: 200, body: { kind: 'cancel', subscription: { status: 'canceled' } } });
  });

  test('whoever prefers an answer at once gets it, and follows the operation to its end', async () => {
    const answer = await other.as(user).subscribe('pro', { prefer: 'respond-async' });
    expect([answer.status, answer.body.status, answer.body.charged]).toEqual([202, 'pending', 'unknown']);
    const followed = other.as(user).get(answer.headers.get('location') as string, {
      prefer: 'wait=30',
      'if-none-match': `W/"${answer.body.version}"`,
    });
    await release();
    expect((await followed).body).toMatchObject({ status: 'succeeded', charged: 'yes' });
  });
});
