import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { newKey, newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';
import { chargesOf } from '../contention/bookkeeping.js';
import { storeOf } from './abandoned.js';

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
});
afterEach(() => void jest.restoreAllMocks());
afterAll(() => shop?.close());

const LOST = new Error('connection terminated');

describe('a connection that is lost while an operation is recorded', () => {
  test('after the commit costs the caller nothing: what is there is looked up and carried out', async () => {
    const store = storeOf(shop);
    const record = store.record.bind(store);
    jest.spyOn(store, 'record').mockImplementationOnce(async (drafts) => {
      await record(drafts);
      throw LOST;
    });
    const user = newUser();
    const answer = await shop.as(user).subscribe('pro', { key: newKey() });
    expect(answer).toMatchObject({ status: 201, body: { status: 'succeeded', charged: 'yes' } });
    expect(await chargesOf(shop, user)).toHaveLength(1);
  });

  test('before the commit leaves nothing, and the caller is told to come again', async () => {
    jest.spyOn(storeOf(shop), 'record').mockRejectedValueOnce(LOST);
    const [user, key] = [newUser(), newKey()];
    expect((await shop.as(user).subscribe('pro', { key })).status).toBeGreaterThanOrEqual(500);
    expect((await shop.as(user).subscribe('pro', { key })).status).toBe(201);
    expect(await chargesOf(shop, user)).toHaveLength(1);
  });
});
