import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { idBoundAt, newId } from '../../src/platform/ids.js';
import { newKey, newUser } from '../kit/names.js';
import { whileHeld } from '../kit/held.js';
import { Shop, type Answer, type Client } from '../kit/shop.js';
import { eventually } from '../kit/waiting.js';

let shop: Shop;
let viewer: Client;

beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
  viewer = shop.as('viewer_1', ['viewer']);
});
afterAll(() => shop?.close());

/** As a process tells them that remembers nothing yet. */
async function figuresOf(own: Shop): Promise<Answer['body']> {
  return (await (await own.another()).as('viewer_1', ['viewer']).get('/v1/admin/stats')).body;
}

describe('figures', () => {
  test('count what there is', async () => {
    const own = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
    const [user, key] = [own.as(newUser()), newKey()];
    expect(await figuresOf(own)).toMatchObject({
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

    const body = await figuresOf(own);
    expect(body.byStatus).toEqual({ pending: 0, requires_action: 1, unknown: 0, needs_review: 0, succeeded: 1, failed: 1, canceled: 0 });
    expect(body.openAges).toEqual(
      [1, 10, 60, 600, 3_600, 86_400, null].map((upToSeconds) => ({ upToSeconds, count: upToSeconds === 600 ? 1 : 0 })),
    );
    expect(body.duplicatesAbsorbed).toBe(2);
    expect(body.gatewayLatencies.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBe(3);
    expect(body.gatewayLatencyMs).toMatchObject({ calls: 3, p50: expect.any(Number), p95: expect.any(Number), p99: expect.any(Number) });
    expect(Date.now() - Date.parse(body.oldestOpenAt)).toBeGreaterThan(299_000);
    const outcomes = body.outcomesPerMinute as { succeeded: number; failed: number; canceled: number }[];
    expect(outcomes.reduce((sum, { succeeded, failed }) => [(sum[0] ?? 0) + succeeded, (sum[1] ?? 0) + failed], [0, 0])).toEqual([1, 1]);
    await own.close();
  });

  test('of what began long ago count what is open, and what ended within the hour; of the last day only what began in it', async () => {
    const own = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
    await own.as(newUser()).subscribe('basic', { paymentMethod: 'pm_card_authenticationRequired' });
    await own.as(newUser()).subscribe('basic');
    await own.sql('delete from operation_keys');
    for (const [status, daysAgo] of [
      ['requires_action', 3],
      ['succeeded', 4],
    ] as const) {
      await own.sql(`update operations set id = $1, requests = 4, created_at = now() - $2 * interval '1 day' where status = $3`, [
        idBoundAt(Date.now() - daysAgo * 86_400_000),
        daysAgo,
        status,
      ]);
    }
    const body = await figuresOf(own);
    expect([body.byStatus, body.duplicatesAbsorbed]).toMatchObject([{ requires_action: 1, succeeded: 0 }, 0]);
    expect(body.outcomesPerMinute).toMatchObject([{ succeeded: 1 }]);
    await own.close();
  });

  test('lead to the operations behind a bar of ages, by when it ends as well', async () => {
    const own = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
    const watch = own.as('viewer_1', ['viewer']);
    for (const minutes of [0, 5, 50]) {
      const { body } = await own.as(newUser()).subscribe('basic', { paymentMethod: 'pm_card_authenticationRequired' });
      await own.sql(`update operations set created_at = now() - $1 * interval '1 minute' where user_id = $2`, [minutes, body.userId]);
    }
    const ages = async (query: string) => (await watch.get(`/v1/admin/operations?${query}`)).body.data.length;
    expect(await ages('minAgeSeconds=60&maxAgeSeconds=600')).toBe(1);
    expect(await ages('maxAgeSeconds=600')).toBe(2);
    expect(await ages('minAgeSeconds=600')).toBe(1);
    await own.close();
  });

  test('know of nobody who was charged twice, and would tell: an operation with two charges, a period that is paid for twice', async () => {
    const own = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
    const twice = async () => (await figuresOf(own)).chargedTwice;
    const [one, other] = [await own.as(newUser()).subscribe('pro'), await own.as(newUser()).subscribe('pro')];
    await own.as(one.body.userId).subscribe('pro-yearly');
    expect(await twice()).toBe(0);

    const answer = { type: 'gateway.answered', data: { durationMs: 12, outcome: { kind: 'charged', gatewayReference: 'pi_of_another' } } };
    await own.sql(
      `update operations set attempts = 2, timeline = timeline || $1::jsonb where id = (select id from operations where user_id = $2)`,
      [JSON.stringify(answer), other.body.userId],
    );
    expect(await twice()).toBe(1);

    const columns = (await own.sql(`select column_name from information_schema.columns where table_name = 'operations'`))
      .map(({ column_name }) => column_name as string)
      .filter((name) => !['id', 'turn', 'reference'].includes(name))
      .map((name) => `"${name}"`)
      .join(', ');
    await own.sql(
      `insert into operations (id, turn, reference, ${columns})
       select $1::uuid, turn + 7, 'cf_of_another', ${columns} from operations where user_id = $2 and kind = 'subscribe'`,
      [newId(), one.body.userId],
    );
    expect(await twice()).toBe(2);
    await own.sql(`update operations set refunded_to_card = amount where reference = 'cf_of_another'`);
    expect(await twice()).toBe(1);
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
