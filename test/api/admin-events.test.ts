import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { EventStream } from '../../src/api/event-stream.js';
import type { Role } from '../../src/api/token.js';
import { Bell } from '../../src/events/bell.js';
import { newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';
import type { SeenEvent, Tab, TabOptions } from '../kit/tab.js';
import { openingTabsAt } from '../kit/tabs.js';
import { eventually } from '../kit/waiting.js';

const PATH = '/v1/admin/events';

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open();
  // Before that, what another process rings for is missed.
  await eventually(async () => shop.service.app.get(Bell).hears, Boolean);
});
afterAll(() => shop?.close());
afterEach(() => void jest.restoreAllMocks());

const open = openingTabsAt(() => shop);
const listen = (options: Partial<TabOptions> = {}) => open(newUser(), { path: PATH, roles: ['viewer'], ...options });

/** Waits until the tab was told that there is something about these users. */
const isTold = (tab: Tab, ...userIds: string[]) =>
  tab.until((events) => {
    const named = new Set(events.flatMap(({ data }) => data.userIds as string[]));
    return userIds.every((userId) => named.has(userId));
  });

async function openStreams(): Promise<number> {
  const text = await (await fetch(`${shop.url}/metrics`)).text();
  return Number(/^counterfoil_event_streams (\d+)$/m.exec(text)?.[1]);
}

describe('GET /v1/admin/events', () => {
  test.each<Role>(['viewer', 'operator', 'admin'])('is there for who is %s', async (role) => {
    const { response } = await listen({ roles: [role] });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
  });

  test('is refused, as a problem and before it begins, to customers and to who has no good token', async () => {
    const { response: customer } = await listen({ roles: [] });
    expect([customer.status, customer.headers.get('content-type')]).toEqual([403, 'application/problem+json; charset=utf-8']);
    const stranger = await shop.as(newUser()).get(PATH, { authorization: 'Bearer x.y.z' });
    expect([stranger.status, stranger.body.code]).toEqual([401, 'unauthenticated']);
  });

  test('begins with the word to look at everything, for whoever comes, also again', async () => {
    for (const after of [undefined, 7]) {
      const tab = await listen(after === undefined ? {} : { after });
      const [first] = await tab.until((events) => events.length > 0);
      expect(first).toMatchObject({ type: 'operations.updated', data: { userIds: [], more: true } });
      expect(tab.retryMs).toBeGreaterThan(0);
    }
  });

  test('names who has pressed, and nothing else of them', async () => {
    const user = newUser();
    const tab = await listen();
    await shop.as(user).subscribe('pro');
    await isTold(tab, user);
    expect(new Set(tab.events.map(({ type }) => type))).toEqual(new Set(['operations.updated']));
    expect(new Set(tab.events.flatMap(({ data }) => Object.keys(data as object)))).toEqual(new Set(['userIds', 'more']));
  });

  test('names who was given credit by an admin', async () => {
    const user = newUser();
    const tab = await listen();
    const grant = { amount: { amount: 100, currency: 'USD' }, reason: 'an apology' };
    expect((await shop.as('admin_1', ['admin']).post(`/v1/admin/users/${user}/credits`, grant)).status).toBe(201);
    await isTold(tab, user);
  });

  test('names who has pressed at another process', async () => {
    const user = newUser();
    const other = await shop.another();
    const tab = await listen();
    await other.as(user).subscribe('pro');
    await isTold(tab, user);
  });

  test('bears no ids, because nothing can go on after them', async () => {
    const user = newUser();
    const tab = await listen();
    await shop.as(user).subscribe('pro');
    await isTold(tab, user);
    expect(tab.events.map(({ id }) => id)).toEqual(tab.events.map(() => null));
  });

  test('names a hundred users at most, and says that there are more', async () => {
    const tab = await listen();
    shop.service.app.get(Bell).ring(Array.from({ length: 250 }, newUser));
    const names = (hint: SeenEvent) => (hint.data.userIds as string[]).length;
    // Somebody of the tests before may still be rung for.
    const seen = await tab.until((events) => events.some((hint) => names(hint) > 1));
    expect(seen.filter((hint) => names(hint) > 1).map((hint) => [names(hint), hint.data.more])).toEqual([[100, true]]);
  });

  test('lets go of whoever has left', async () => {
    await eventually(openStreams, (count) => count === 0);
    const [leaves, stays] = [await listen(), await listen()];
    await leaves.close();
    await eventually(openStreams, (count) => count === 1);
    const send = jest.spyOn(EventStream.prototype, 'send');
    const user = newUser();
    shop.service.app.get(Bell).ring([user]);
    await isTold(stays, user);
    expect(new Set(send.mock.contexts).size).toBe(1);
  });

  test('shares the ten places of its user with the other streams', async () => {
    const user = newUser();
    const own = await Promise.all(Array.from({ length: 10 }, () => open(user)));
    expect(own.map(({ response }) => response.status)).toEqual(own.map(() => 200));
    const refused = await shop.as(user, ['viewer']).get(PATH);
    expect([refused.status, refused.body.code]).toEqual([429, 'rate-limited']);
  });

  test('says bye when the process stops', async () => {
    const other = await shop.another();
    const tab = await listen({ url: other.url });
    await tab.until((events) => events.length > 0);
    await other.service.stop();
    await tab.closed;
    expect(tab.events.at(-1)).toMatchObject({ type: 'bye', data: { reason: 'shutting_down' } });
  });

  test('says bye when its token is no longer believed', async () => {
    // Clocks may differ by a minute: a token that expired 54 s ago is believed for 6 s more.
    const tab = await listen({ ttlSeconds: -54 });
    await tab.closed;
    expect(tab.events.map(({ type, data }) => [type, data.reason]).at(-1)).toEqual(['bye', 'token_expired']);
  });
});
