import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeDue, whileHeld } from '../kit/held.js';
import { expectInvariants } from '../kit/invariants.js';
import { newUser } from '../kit/names.js';
import { outboxOf } from '../kit/outbox.js';
import { Shop, type Client } from '../kit/shop.js';
import { type Tab } from '../kit/tab.js';
import { openingTabsAt } from '../kit/tabs.js';
import { atOnce } from '../kit/waiting.js';

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open({ webhooks: true });
});
afterAll(() => shop?.close());

const open = openingTabsAt(() => shop);

const sql = (text: string, values?: unknown[]) => shop.sql(text, values);
const isOver = ({ data }: { data: { settledAt?: string | null } }) => typeof data.settledAt === 'string';
const withoutSubscription = (operation: object) => ({ ...operation, subscription: null });

/** Resolves when the tab has seen everything that the outbox has, and that is so many operations that are over. */
async function seenAll(tab: Tab, userId: string, over: number): Promise<void> {
  await tab.until((events) => new Set(events.filter(isOver).map(({ data }) => data.id as string)).size >= over);
  const last = (await outboxOf(sql, userId)).at(-1)?.number ?? 0;
  await tab.until(() => tab.last >= last);
}

describe('GET /v1/me/events begins with', () => {
  test('a snapshot of nothing, for who has nothing', async () => {
    const tab = await open(newUser());
    const [first] = await tab.until((events) => events.length > 0);
    expect(first).toMatchObject({ type: 'snapshot', id: 0, data: { subscription: null, openOperations: [], credits: [] } });
    expect(tab.retryMs).toBeGreaterThan(0);
  });

  test('a snapshot of the subscription, of what is open and of the credit, with the id of the last event that is in it', async () => {
    const user = newUser();
    const client = shop.as(user);
    await client.subscribe('basic');
    const grant = { amount: { amount: 100, currency: 'USD' }, reason: 'for the snapshot' };
    expect((await shop.as('admin_1', ['admin']).post(`/v1/admin/users/${user}/credits`, grant)).status).toBe(201);
    await whileHeld(
      shop,
      () => client.subscribe('pro', { prefer: 'respond-async' }),
      async (pressed) => {
        const { body: operation } = await pressed;
        const [first] = await (await open(user)).until((events) => events.length > 0);
        const { body: subscription } = await client.get('/v1/me/subscription');
        expect(subscription.openOperation).toBe(operation.id);
        expect(first).toMatchObject({ type: 'snapshot', data: { subscription, openOperations: [withoutSubscription(operation)] } });
        expect(first?.data.credits).toEqual([{ currency: 'USD', balance: expect.any(Number), reserved: expect.any(Number) }]);
        expect(first?.id).toBe((await outboxOf(sql, user)).at(-1)?.number);
      },
    );
  });
});

/** What may happen to a user, and how many operations are over then. */
const STORIES: Record<string, { over: number; happens: (client: Client, user: string) => Promise<unknown> }> = {
  'a subscribe': { over: 1, happens: (client) => client.subscribe('pro') },
  'a change of plan': { over: 2, happens: (client) => client.subscribe('basic').then(() => client.subscribe('pro')) },
  'a cancel': {
    over: 2,
    happens: (client) => client.subscribe('basic').then(() => client.post('/v1/me/subscription/cancel', { at: 'now' })),
  },
  'a card that is declined': { over: 1, happens: (client) => client.subscribe('pro', { paymentMethod: 'pm_card_chargeDeclined' }) },
  'money that came late and is given back': {
    over: 2,
    happens: async (client) => {
      const before = new Set((await shop.charges()).map(({ id }) => id));
      await client.subscribe('pro', { paymentMethod: 'pm_card_chargeDeclined' });
      const made = (await shop.charges()).find(({ id }) => !before.has(id));
      await shop.gateway('POST', `/sandbox/charges/${made?.id}/succeed`);
    },
  },
  'recovery that takes over what was left in doubt': {
    over: 1,
    happens: async (client, user) => {
      await client.subscribe('pro', { paymentMethod: 'pm_sandbox_reset_charged' });
      await makeDue(shop, user);
    },
  },
};

describe('every event is seen once, in order and with consecutive ids, of', () => {
  test.each(Object.entries(STORIES))('%s', async (_what, { over, happens }) => {
    const user = newUser();
    const client = shop.as(user);
    const tab = await open(user);
    await tab.until((events) => events.length > 0);
    await happens(client, user);
    await seenAll(tab, user, over);
    const outbox = await outboxOf(sql, user);
    expect(tab.news.map(({ id }) => id)).toEqual(outbox.map((_, n) => n + 1));
    expect(tab.news.map(({ type, data }) => [type, data.version ?? null])).toEqual(
      outbox.map(({ type, version }) => [type, type === 'credits.updated' ? null : version]),
    );
    for (const { id } of (await client.get('/v1/me/operations')).body.data as { id: string }[]) {
      const { body } = await client.get(`/v1/operations/${id}`);
      const { requestId: _, ...problem } = body.problem ?? {};
      expect(tab.of('operation.updated').findLast(({ data }) => data.id === id)?.data).toMatchObject({
        ...withoutSubscription(body),
        problem: body.problem && problem,
      });
    }
    const subscription = await client.get('/v1/me/subscription');
    if (subscription.status === 200) expect(tab.of('subscription.updated').at(-1)?.data).toEqual(subscription.body);
  });
});

test('credit that is granted while operations settle leaves no number that a reader passes over', async () => {
  const user = newUser();
  const client = shop.as(user);
  const tab = await open(user);
  await tab.until((events) => events.length > 0);
  const grant = { amount: { amount: 1, currency: 'USD' }, reason: 'while others write' };
  await atOnce(12, async (n) => {
    if (n > 0) return shop.as(`admin_${n}`, ['admin']).post(`/v1/admin/users/${user}/credits`, grant);
    await client.subscribe('basic');
    return client.subscribe('pro');
  });
  await seenAll(tab, user, 2);
  const outbox = await outboxOf(sql, user);
  // Two operations and the subscription, each at its version 2, and the grants.
  expect(outbox.length).toBeGreaterThanOrEqual(2 + 2 + 2 + 11);
  expect(tab.news.map(({ id }) => id)).toEqual(outbox.map((_, n) => n + 1));
  await expectInvariants(shop);
});

describe('a stream', () => {
  test('shows nothing of another user', async () => {
    const [ann, bob] = [newUser(), newUser()];
    const [ofAnn, ofBob] = [await open(ann), await open(bob)];
    await Promise.all([shop.as(ann).subscribe('pro'), shop.as(bob).subscribe('basic')]);
    await Promise.all([seenAll(ofAnn, ann, 1), seenAll(ofBob, bob, 1)]);
    const about = (tab: Tab) => new Set(tab.news.map(({ data }) => data.userId as string));
    expect([about(ofAnn), about(ofBob)]).toEqual([new Set([ann]), new Set([bob])]);
  });

  test('is kept by nobody on its way, and bears what every answer bears', async () => {
    const { response } = await open(newUser());
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
      'request-id': expect.stringMatching(/^req_/),
    });
  });
});
