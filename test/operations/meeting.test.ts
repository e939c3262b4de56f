import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Leases, type Acquisition } from '../../src/leases/leases.js';
import { toPublicId } from '../../src/platform/ids.js';
import { chargesOf } from '../contention/bookkeeping.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop, type Answer } from '../kit/shop.js';
import { eventually } from '../kit/waiting.js';
import { abandon, read, storeOf } from './abandoned.js';

/** Longer than any test: what is settled here was not settled by a sweep. */
const NO_SWEEP = { ROLES: 'api' };

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open({ env: NO_SWEEP });
});
afterAll(() => shop?.close());

const acquire = (user: string): Promise<Acquisition> => shop.service.app.get(Leases).acquire(user);

describe('an operation whose owner is gone', () => {
  test.each(['its key', 'its intent'])('is adopted at once by a request with %s', async (same) => {
    const { user, key, id } = await abandon(shop);
    const answer = await shop.as(user).subscribe('pro', same === 'its key' ? { key } : {});
    expect(answer).toMatchObject({ status: 201, body: { id: toPublicId('op', id), status: 'succeeded', gateway: { attempts: 2 } } });
    expect((await read(shop, id)).operation.timeline.map(({ type }) => type)).toContain('taken_over');
  });

  test('is adopted by a request that wants something else, which is then done itself', async () => {
    const { user, id } = await abandon(shop, 'basic');
    const answer = await shop.as(user).subscribe('pro');
    expect(answer).toMatchObject({ status: 200, body: { kind: 'change_plan', fromPlanId: 'basic', toPlanId: 'pro' } });
    expect((await read(shop, id)).operation.status).toBe('succeeded');
  });

  test.each(['the same process', 'a process with another address'])(
    'is charged once when the money had moved before, adopted by %s',
    async (adopter) => {
      const [user, key] = [newUser(), newKey()];
      jest.spyOn(storeOf(shop), 'settle').mockRejectedValue(new Error('the owner dies here'));
      expect((await shop.as(user).subscribe('pro', { key })).body).toMatchObject({ status: 'pending', charged: 'unknown' });
      jest.restoreAllMocks();
      const next = adopter === 'the same process' ? shop : await shop.another();
      expect((await next.as(user).subscribe('pro', { key })).body).toMatchObject({ status: 'succeeded', charged: 'yes' });
      expect(await chargesOf(shop, user)).toHaveLength(1);
    },
  );

  test('is adopted by a request that is answered when its own patience ends, however long the gateway takes', async () => {
    const { user, key, id } = await abandon(shop);
    await shop.gateway('POST', '/sandbox/hold', { at: 'before', count: 1 });
    const startedAt = performance.now();
    const answer = await shop.as(user).subscribe('pro', { key, prefer: 'wait=1' });
    const took = performance.now() - startedAt;
    await shop.gateway('POST', '/sandbox/release');
    expect(answer).toMatchObject({ status: 202, body: { status: 'pending', gateway: { attempts: 2 } } });
    // The gateway is given 20 s.
    expect(took).toBeLessThan(15_000);
    await eventually(
      () => read(shop, id),
      ({ operation }) => operation.status === 'succeeded',
    );
  });

  test('is left alone while its lease lives, and adopted as soon as it is over', async () => {
    const { user, key, id } = await abandon(shop);
    const acquisition = await acquire(user);
    if (acquisition.kind !== 'acquired') throw new Error(acquisition.kind);
    const early = await shop.as(user).subscribe('pro', { key, prefer: 'wait=0' });
    expect(early).toMatchObject({ status: 202, body: { status: 'pending' } });
    expect((await shop.as(user).subscribe('pro', { key, prefer: 'wait=1' })).body).toMatchObject({
      status: 'pending',
      gateway: { attempts: 1 },
    });
    expect((await read(shop, id)).operation.fence).toBe(1);
    const waiting = shop.as(user).subscribe('pro', { key });
    await acquisition.lease.release();
    expect((await waiting).status).toBe(201);
  });
});

describe('an operation that somebody is at', () => {
  /** Its owner has answered, and whoever asks for the lease next finds it taken. */
  async function whileSomebodyIsAtIt(paymentMethod: string, ask: (id: string, user: string) => Promise<Answer>): Promise<Answer> {
    const user = newUser();
    const { body } = await shop.as(user).subscribe('pro', { paymentMethod });
    const approval = new URLSearchParams({ decision: 'approve' });
    if (body.nextAction) await fetch(body.nextAction.url as string, { method: 'POST', body: approval, redirect: 'manual' });
    const acquiring = jest.spyOn(shop.service.app.get(Leases), 'acquire').mockResolvedValueOnce({ kind: 'taken' });
    const answer = await ask(body.id as string, user);
    expect(acquiring.mock.calls.length).toBeGreaterThan(1);
    acquiring.mockRestore();
    return answer;
  }

  test('is confirmed by its customer when they are done: the gateway is asked, and they need not come again', async () => {
    const answer = await whileSomebodyIsAtIt('pm_card_authenticationRequired', (id, user) =>
      shop.as(user).post(`/v1/operations/${id}/confirm`),
    );
    expect(answer).toMatchObject({ status: 200, body: { status: 'succeeded', charged: 'yes' } });
  });

  test('is recovered by a person when they are done', async () => {
    const wish = { reason: 'the customer called' };
    const operator = shop.as('operator_1', ['operator']);
    const answer = await whileSomebodyIsAtIt('pm_sandbox_500_charged', (id) => operator.post(`/v1/admin/operations/${id}/recover`, wish));
    expect(answer).toMatchObject({ status: 200, body: { status: 'succeeded', charged: 'yes' } });
  });
});

describe('a key', () => {
  test.each([
    ['another plan', { planId: 'basic', paymentMethod: 'pm_card_visa' }],
    ['another card', { planId: 'pro', paymentMethod: 'pm_card_mastercard' }],
  ])('that was used before is refused with %s, after the end as well', async (_, body) => {
    const client = shop.as(newUser());
    const key = newKey();
    await client.subscribe('pro', { key });
    const answer = await client.send('PUT', '/v1/me/subscription', body, { 'idempotency-key': key });
    expect([answer.status, answer.body.code, answer.body.charged]).toEqual([422, 'idempotency-key-reused', 'no']);
  });

  test('that was used before is refused on another route', async () => {
    const client = shop.as(newUser());
    const key = newKey();
    await client.subscribe('pro', { key });
    expect((await client.post('/v1/subscriptions', { planId: 'pro', paymentMethod: 'pm_card_visa' }, { key })).status).toBe(422);
  });

  test('replays a refusal of the card without asking the gateway again', async () => {
    const client = shop.as(newUser());
    const key = newKey();
    const declined = () => client.subscribe('pro', { key, paymentMethod: 'pm_card_chargeDeclined' });
    const [first, again] = [await declined(), await declined()];
    expect([first.status, again.status]).toEqual([402, 402]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect({ ...again.body, requestId: '' }).toEqual({ ...first.body, requestId: '' });
  });

  test('of an open operation is never forgotten, and one that is over is', async () => {
    const [open, over] = [await abandon(shop), await abandon(shop)];
    expect((await shop.as(over.user).subscribe('pro', { key: over.key })).status).toBe(201);
    await shop.sql("update operation_keys set created_at = created_at - interval '1 year'");
    await storeOf(shop).forgetKeys(72);
    const keys = await shop.sql('select idempotency_key as key from operation_keys where user_id = any($1)', [[open.user, over.user]]);
    expect(keys).toEqual([{ key: open.key }]);
    expect((await shop.as(open.user).subscribe('pro', { key: open.key })).headers.get('idempotent-replayed')).toBe('true');
  });

  test('that was forgotten and comes again is a new request: it never meets the old charge', async () => {
    const user = newUser();
    const client = shop.as(user);
    const key = newKey();
    for (let round = 1; round <= 3; round += 1) {
      expect(await client.subscribe('pro', { key })).toMatchObject({ status: 201, body: { charged: 'yes', status: 'succeeded' } });
      await client.post('/v1/me/subscription/cancel', { at: 'now' });
      await shop.sql("update operation_keys set created_at = created_at - interval '1 year' where user_id = $1", [user]);
      await storeOf(shop).forgetKeys(72);
      const rows = await shop.sql('select reference from operations where user_id = $1 and amount > 0', [user]);
      const references = (rows as { reference: string }[]).map(({ reference }) => reference);
      expect(new Set(references).size).toBe(round);
      expect((await shop.succeededCharges()).filter(({ reference }) => references.includes(reference))).toHaveLength(round);
    }
  });
});

test('a retry after a failover that lost the rows of a charge meets that charge', async () => {
  const [user, key] = [newUser(), newKey()];
  await shop.as(user).subscribe('pro', { key });
  for (const table of ['operation_keys', 'operations', 'subscriptions']) await shop.sql(`delete from ${table} where user_id = $1`, [user]);
  expect(await shop.as(user).subscribe('pro', { key })).toMatchObject({ status: 201, body: { charged: 'yes' } });
  expect(await chargesOf(shop, user)).toMatchObject([{ attempts: 2 }]);
});

describe('of another user', () => {
  test('everything is as if it were not there', async () => {
    const [ann, bob] = [newUser(), newUser()];
    const key = newKey();
    const first = await shop.as(ann).subscribe('pro', { key });
    const before = await shop.sql('select * from operations where user_id = $1', [ann]);
    const stranger = shop.as(bob);
    const body = { planId: 'pro', paymentMethod: 'pm_card_visa' };
    const id = first.body.id as string;
    const answers = [
      await stranger.get(`/v1/operations/${id}`),
      await stranger.post(`/v1/operations/${id}/confirm`),
      await stranger.post(`/v1/operations/${id}/cancel`),
      await stranger.post(`/v1/subscriptions/${first.body.subscription.id}/change-plan`, body),
    ];
    expect(answers.map((answer) => [answer.status, answer.body.code])).toEqual(answers.map(() => [404, 'not-found']));
    expect((await stranger.get('/v1/me/operations')).body.data).toEqual([]);
    const own = await stranger.subscribe('pro', { key });
    expect([own.status, own.headers.get('idempotent-replayed')]).toEqual([201, null]);
    expect(own.body.id).not.toBe(id);
    expect(await shop.sql('select * from operations where user_id = $1', [ann])).toEqual(before);
  });
});
