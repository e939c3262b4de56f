import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newKey, newUser } from '../kit/names.js';
import { whileHeld } from '../kit/held.js';
import { Shop, type Client } from '../kit/shop.js';
import { eventually } from '../kit/waiting.js';

let shop: Shop;
let viewer: Client;

beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
  viewer = shop.as('viewer_1', ['viewer']);
});
afterAll(() => shop?.close());

describe('leases', () => {
  test('are listed while somebody holds one, and then no more', async () => {
    const user = newUser();
    const mine = async () => (await viewer.get('/v1/admin/leases')).body.data.filter(({ key }: { key: string }) => key.includes(user));
    await whileHeld(
      shop,
      () => shop.as(user).subscribe('pro'),
      async () => {
        expect(await mine()).toEqual([
          { key: expect.any(String), holder: expect.stringContaining(String(process.pid)), ttlMs: expect.any(Number) },
        ]);
      },
    );
    expect(await eventually(mine, (left) => left.length === 0)).toEqual([]);
  });

  test('that cannot be looked up are said to be so', async () => {
    const blind = await Shop.open({ leases: 'redlock', env: { ROLES: 'api', REDIS_URLS: 'redis://127.0.0.1:1' } });
    const answer = await blind.as('viewer_1', ['viewer']).get('/v1/admin/leases');
    expect(answer.body).toMatchObject({ status: 503, code: 'service-unavailable', charged: 'no' });
    await blind.close();
  });
});

describe('a user', () => {
  test('is shown with what they have, what is open and what happened', async () => {
    const userId = newUser();
    const user = shop.as(userId);
    await user.subscribe('basic');
    await user.subscribe('pro', { paymentMethod: 'pm_card_chargeDeclined' });
    const waiting = await user.subscribe('pro', { paymentMethod: 'pm_card_authenticationRequired' });
    const { body } = await viewer.get(`/v1/admin/users/${userId}`);
    expect(body).toMatchObject({
      object: 'user',
      id: userId,
      subscription: { planId: 'basic', openOperation: waiting.body.id },
      openOperation: { id: waiting.body.id, status: 'requires_action', kind: 'change_plan' },
    });
    expect(body.operations.map(({ kind, status }: { kind: string; status: string }) => `${kind} ${status}`)).toEqual([
      'change_plan requires_action',
      'change_plan failed',
      'subscribe succeeded',
    ]);
  });

  test('who never came is shown as somebody who has nothing', async () => {
    const { status, body } = await viewer.get('/v1/admin/users/nobody-at-all');
    const credits = { object: 'credits', version: 0, data: [] };
    const nothing = { subscription: null, openOperation: null, operations: [], credits, creditEntries: [] };
    expect([status, body]).toEqual([200, { object: 'user', id: 'nobody-at-all', ...nothing }]);
  });

  test.each(['auth0|5f7c8ec7c33c6c004bbafe82', 'ü'.repeat(255), 'a/b?c#d%e', 'x'.repeat(255), '👩‍💻'.replaceAll('\u200d', '')])(
    'may have any name that a token may bear: %s',
    async (userId) => {
      await shop.as(userId).subscribe('basic');
      const { status, body } = await viewer.get(`/v1/admin/users/${encodeURIComponent(userId)}`);
      expect([status, body.id, body.subscription?.planId]).toEqual([200, userId, 'basic']);
    },
  );
});

describe('figures', () => {
  test('count what there is', async () => {
    const own = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
    const [watch, user, key] = [own.as('viewer_1', ['viewer']), own.as(newUser()), newKey()];
    expect((await watch.get('/v1/admin/stats')).body).toMatchObject({
      duplicatesAbsorbed: 0,
      oldestOpenAt: null,
      outcomesPerMinute: [],
      gatewayLatencyMs: { calls: 0, p50: null },
    });

    const again: Promise<unknown>[] = [];
    await whileHeld(
      own,
      () => user.subscribe('pro', { key }),
      async () => {
        again.push(user.subscribe('pro'), user.subscribe('pro'));
        await eventually(
          () => own.sql('select requests from operations'),
          ([row]) => row.requests === 3,
        );
      },
    );
    await Promise.all(again);
    await own.as(newUser()).subscribe('pro', { paymentMethod: 'pm_card_chargeDeclined' });
    await own.as(newUser()).subscribe('basic', { paymentMethod: 'pm_card_authenticationRequired' });
    await own.sql(`update operations set created_at = now() - interval '5 minutes' where status = 'requires_action'`);

    const { body } = await watch.get('/v1/admin/stats');
    expect(body.byStatus).toEqual({ pending: 0, requires_action: 1, unknown: 0, needs_review: 0, succeeded: 1, failed: 1, canceled: 0 });
    expect(body.openAges).toEqual(
      [1, 10, 60, 600, 3_600, 86_400, null].map((upToSeconds) => ({ upToSeconds, count: upToSeconds === 600 ? 1 : 0 })),
    );
    expect(body.duplicatesAbsorbed).toBe(2);
    expect(body.gatewayLatencyMs).toMatchObject({ calls: 3, p50: expect.any(Number), p95: expect.any(Number), p99: expect.any(Number) });
    expect(Date.now() - Date.parse(body.oldestOpenAt)).toBeGreaterThan(299_000);
    const outcomes = body.outcomesPerMinute as { succeeded: number; failed: number; canceled: number }[];
    expect(outcomes.reduce((sum, { succeeded, failed }) => [(sum[0] ?? 0) + succeeded, (sum[1] ?? 0) + failed], [0, 0])).toEqual([1, 1]);
    await own.close();
  });
});

describe('the audit', () => {
  beforeAll(async () => {
    const { body } = await shop.as(newUser()).subscribe('basic');
    for (let n = 0; n < 5; n += 1) {
      await shop.as(`operator_${n % 2}`, ['operator']).post(`/v1/admin/operations/${body.id}/notes`, { text: `note number ${n} of five` });
    }
    await shop
      .as('admin_1', ['admin'])
      .send('PATCH', '/v1/admin/plans/team', { name: 'Team!', reason: 'it sells better' }, { 'idempotency-key': newKey() });
  });

  async function reasons(query: string): Promise<string[]> {
    return (await viewer.get(`/v1/admin/audit?${query}`)).body.data.map(({ reason }: { reason: string }) => reason);
  }

  const notes = [4, 3, 2, 1, 0].map((n) => `note number ${n} of five`);

  test('is read newest first, by object, actor and action, alone and together', async () => {
    expect(await reasons('')).toEqual(['it sells better', ...notes]);
    expect(await reasons('object=team')).toEqual(['it sells better']);
    expect(await reasons('actor=operator_1')).toEqual([notes[1], notes[3]]);
    expect(await reasons('action=operation.note')).toEqual(notes);
    expect(await reasons('action=operation.note&actor=admin_1')).toEqual([]);
    expect(await reasons('object=nothing')).toEqual([]);
  });

  test('comes in pages that neither repeat nor leave out anything', async () => {
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await viewer.get(`/v1/admin/audit?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...body.data.map(({ reason }: { reason: string }) => reason));
      cursor = body.nextCursor;
      expect(seen.length).toBeLessThanOrEqual(6);
    }
    expect(seen).toEqual(['it sells better', ...notes]);
  });

  test('shows who, what, why, before and after, and in which request', async () => {
    const { body } = await viewer.get('/v1/admin/audit?object=team');
    expect(body.data).toEqual([
      {
        id: expect.stringMatching(/^aud_/),
        at: expect.any(String),
        actor: 'admin_1',
        action: 'plan.update',
        object: 'team',
        reason: 'it sells better',
        before: expect.objectContaining({ name: 'Team, 14 days on trial' }),
        after: expect.objectContaining({ name: 'Team!' }),
        requestId: expect.stringMatching(/^req_/),
      },
    ]);
  });
});
