import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { actionsOn } from '../../src/operations/actions.js';
import { OperationsQuery } from '../../src/operations/operations-query.js';
import { STATUSES, type Status } from '../../src/operations/states.js';
import { inOneTryOf } from '../kit/busy-machine.js';
import { newUser } from '../kit/names.js';
import { Shop, type Client } from '../kit/shop.js';

let shop: Shop;
let viewer: Client;
/** One operation in each status, oldest first, each of a user of its own. */
const made = {} as Record<Status, { id: string; userId: string }>;
const inOrder: Status[] = ['succeeded', 'failed', 'canceled', 'requires_action', 'unknown', 'needs_review', 'pending'];

beforeAll(async () => {
  // Until the last test, however long that takes: the call that is held is not given up, and nothing is stuck before a test says so.
  const patient = { GATEWAY_TIMEOUT_MS: '120000', SHUTDOWN_GRACE_MS: '122000', RECOVERY_SCHEDULE: '1h,2h' };
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api', ...patient } });
  viewer = shop.as('viewer_1', ['viewer']);
  made.succeeded = await press('pro', 'pm_card_visa');
  made.failed = await press('pro', 'pm_card_chargeDeclined');
  made.canceled = await press('basic', 'pm_card_authenticationRequired');
  await shop.as(made.canceled.userId).post(`/v1/operations/${made.canceled.id}/cancel`);
  made.requires_action = await press('basic', 'pm_card_authenticationRequired');
  made.unknown = await press('studio-a', 'pm_sandbox_500_uncharged');
  made.needs_review = await press('studio-a', 'pm_sandbox_500_uncharged');
  await shop.sql(`update operations set status = 'needs_review', next_check_at = null where user_id = $1`, [made.needs_review.userId]);
  await shop.gateway('POST', '/sandbox/hold', { at: 'before' });
  made.pending = await press('pro', 'pm_card_visa', 'respond-async');
});
afterAll(async () => {
  await shop?.gateway('POST', '/sandbox/release');
  await shop?.close();
});

async function press(planId: string, paymentMethod: string, prefer = 'wait=30'): Promise<{ id: string; userId: string }> {
  const userId = newUser();
  const { body } = await shop.as(userId).subscribe(planId, { paymentMethod, prefer });
  return { id: (body.operationId ?? body.id) as string, userId };
}

async function list(query: string): Promise<Status[]> {
  const { status, body } = await viewer.get(`/v1/admin/operations?${query}`);
  expect(status).toBe(200);
  const names = Object.fromEntries(inOrder.map((name) => [made[name].id, name]));
  return body.data.map(({ id }: { id: string }) => names[id]);
}

describe('the list', () => {
  test('has every operation, newest first, each as its user sees it', async () => {
    expect(await list('')).toEqual([...inOrder].reverse());
    const { body } = await viewer.get('/v1/admin/operations');
    for (const listed of body.data) {
      const own = await shop.as(listed.userId).get(`/v1/operations/${listed.id}`);
      expect(withoutRequest({ ...own.body, subscription: null })).toEqual(withoutRequest(listed));
    }
  });

  test.each<[string, Status[]]>([
    ['status=unknown', ['unknown']],
    ['status=unknown,needs_review', ['needs_review', 'unknown']],
    ['kind=subscribe&status=failed', ['failed']],
    ['kind=cancel', []],
    ['kind=cancel,resume,change_plan,subscribe&status=succeeded', ['succeeded']],
    ['planId=studio-a', ['needs_review', 'unknown']],
    ['planId=no-such-plan', []],
    ['gateway=stripe&status=pending', ['pending']],
    ['gateway=another', []],
    ['stuck=true', ['needs_review']],
    ['stuck=false&status=failed', ['failed']],
    ['minAgeSeconds=3600', []],
    ['minAgeSeconds=0&status=failed', ['failed']],
    ['createdAfter=2000-01-01T00:00:00Z&status=failed', ['failed']],
    ['createdAfter=2999-01-01T00:00:00Z', []],
    ['createdBefore=2000-01-01T00:00:00%2B02:00', []],
    ['createdBefore=2999-01-01T00:00:00Z&status=failed', ['failed']],
    ['sort=createdAt', inOrder],
    ['sort=-createdAt', [...inOrder].reverse()],
    ['q=nothing-of-the-sort', []],
  ])('filtered by %s', async (query, expected) => {
    expect(await list(query)).toEqual(expected);
  });

  test('filtered by a user, and by when exactly an operation was made', async () => {
    expect(await list(`userId=${made.failed.userId}`)).toEqual(['failed']);
    const [{ at }] = await shop.sql('select created_at as at from operations where user_id = $1', [made.canceled.userId]);
    const around = (ms: number) => encodeURIComponent(new Date(at.getTime() + ms).toISOString());
    expect(await list(`createdAfter=${around(-1)}&createdBefore=${around(2)}&userId=${made.canceled.userId}`)).toEqual(['canceled']);
    expect(await list(`createdAfter=${around(2)}&userId=${made.canceled.userId}`)).toEqual([]);
    expect(await list(`createdBefore=${around(-1)}&userId=${made.canceled.userId}`)).toEqual([]);
  });

  test('counts as stuck what is open and was due a minute ago', async () => {
    // The list is to be asked for within the second.
    await inOneTryOf(10, async () => {
      await shop.sql(`update operations set next_check_at = now() - interval '59 seconds' where user_id = $1`, [made.unknown.userId]);
      expect(await list('stuck=true')).toEqual(['needs_review']);
    });
    await shop.sql(`update operations set next_check_at = now() - interval '61 seconds' where user_id = $1`, [made.unknown.userId]);
    expect(await list('stuck=true')).toEqual(['needs_review', 'unknown']);
  });

  test('counts as old what was made that many seconds ago', async () => {
    await shop.sql(`update operations set created_at = now() - interval '100 seconds' where user_id = $1`, [made.unknown.userId]);
    expect(await list('minAgeSeconds=99')).toEqual(['unknown']);
    // The list is to be asked for within the second.
    await inOneTryOf(10, async () => {
      await shop.sql(`update operations set created_at = now() - interval '100 seconds' where user_id = $1`, [made.unknown.userId]);
      expect(await list('minAgeSeconds=101')).toEqual([]);
    });
  });

  test('is searched by every id that somebody may have in hand', async () => {
    const { body: operation } = await viewer.get(`/v1/admin/operations/${made.succeeded.id}`);
    const ids = [operation.id, operation.userId, operation.subscription.id, operation.gateway.reference, operation.reference];
    for (const q of ids) expect([q, await list(`q=${q}`)]).toEqual([q, ['succeeded']]);
    expect(await list(`q=${operation.id}&status=failed`)).toEqual([]);
  });

  test('says how many of each status the other filters leave, whatever status it is asked for', async () => {
    const all = Object.fromEntries(inOrder.map((status) => [status, 1]));
    expect((await viewer.get('/v1/admin/operations?status=failed')).body.facets).toEqual({ status: all, among: null });
    expect((await viewer.get('/v1/admin/operations?planId=studio-a')).body.facets).toEqual({
      status: { unknown: 1, needs_review: 1 },
      among: null,
    });
    expect((await viewer.get('/v1/admin/operations?userId=nobody')).body.facets).toEqual({ status: {}, among: null });
  });

  test('counts what is over among the newest alone where there is more, and what is open however old it is', async () => {
    const query = shop.service.app.get(OperationsQuery);
    const expected = ['canceled', 'requires_action', 'unknown', 'needs_review', 'pending'];
    expect(await query.facets({}, 5)).toEqual({ status: Object.fromEntries(expected.map((status) => [status, 1])), among: 5 });
    expect(await query.facets({ planId: 'studio-a' }, 2)).toEqual({ status: { unknown: 1, needs_review: 1 }, among: 2 });
    expect(await query.facets({}, inOrder.length)).toMatchObject({ among: null });
    // Of one user all are counted.
    expect(await query.facets({ userId: made.succeeded.userId }, 2)).toEqual({ status: { succeeded: 1 }, among: null });
  });

  test.each(['createdAt', '-createdAt'])('comes in pages that neither repeat nor leave out anything, sorted by %s', async (sort) => {
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await viewer.get(`/v1/admin/operations?limit=2&sort=${sort}${cursor === '' ? '' : `&cursor=${cursor}`}`);
      expect(body.data.length).toBeLessThanOrEqual(2);
      seen.push(...body.data.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor;
      expect(seen.length).toBeLessThanOrEqual(inOrder.length);
    }
    const expected = inOrder.map((status) => made[status].id);
    expect(seen).toEqual(sort === 'createdAt' ? expected : expected.reverse());
  });

  test('ends with its last full page', async () => {
    const { body } = await viewer.get(`/v1/admin/operations?limit=${inOrder.length}`);
    expect([body.data.length, body.nextCursor]).toEqual([inOrder.length, null]);
  });
});

describe('one operation', () => {
  test.each(STATUSES)('in %s says what can be done about it, and why not', async (status) => {
    const { body } = await viewer.get(`/v1/admin/operations/${made[status].id}`);
    expect(body).toMatchObject({ id: made[status].id, status, userId: made[status].userId });
    const counters = { amount: body.amount.amount, creditApplied: 0, refundedToCard: 0, refundedToCredit: 0 };
    expect(body.actions).toEqual(actionsOn({ kind: body.kind, status, ...counters }));
    expect(Object.fromEntries(body.actions.map(({ name, enabled }: { name: string; enabled: boolean }) => [name, enabled]))).toEqual({
      recover: ['pending', 'requires_action', 'unknown', 'needs_review'].includes(status),
      cancel: status === 'requires_action',
      resolve: ['unknown', 'needs_review'].includes(status),
      refund: status === 'succeeded',
      note: true,
    });
    for (const { enabled, disabledReason } of body.actions) expect(disabledReason === null).toBe(enabled);
  });

  test('tells its whole story in order: what was asked of the gateway and what it answered, without secrets', async () => {
    const { body } = await viewer.get(`/v1/admin/operations/${made.succeeded.id}`);
    expect(body.timeline.map(({ type }: { type: string }) => type)).toEqual(['recorded', 'gateway.answered', 'settled']);
    expect(body.timeline[1].data).toMatchObject({ asked: 'charge', outcome: { kind: 'charged' }, durationMs: expect.any(Number) });
    expect(body.timeline[2].data).toEqual({ status: 'succeeded' });
    const times = body.timeline.map(({ at }: { at: string }) => Date.parse(at));
    expect(times).toEqual([...times].sort((a: number, b: number) => a - b));
    expect(body).toMatchObject({
      reference: expect.stringMatching(/^cf_/),
      paymentMethod: 'pm_card_visa',
      subscription: { planId: 'pro' },
      audit: [],
      notes: [],
    });
    expect(JSON.stringify(body)).not.toMatch(/sk_test|secret|whsec/i);
  });

  test('says of which plan it holds a seat, or held one; of a plan without limit it needs none', async () => {
    const seats = await Promise.all(
      [made.unknown, made.failed].map(async ({ id }) => (await viewer.get(`/v1/admin/operations/${id}`)).body.seatPlanId),
    );
    expect(seats).toEqual(['studio-a', null]);
  });

  test('that failed says why', async () => {
    const { body } = await viewer.get(`/v1/admin/operations/${made.failed.id}`);
    expect(body).toMatchObject({ charged: 'no', problem: { code: 'payment-declined', declineCode: 'generic_decline' } });
  });

  test.each(['op_01k0000000e0080000000000000', 'op_nonsense', 'sub_01k0000000e008000000000000', 'x'])('%s is not there', async (id) => {
    const answer = await viewer.get(`/v1/admin/operations/${id}`);
    expect([answer.status, answer.body.code]).toEqual([404, 'not-found']);
  });
});

/** A problem bears the id of the request that shows it. */
function withoutRequest<T extends { problem: object | null }>(operation: T): T {
  return { ...operation, problem: operation.problem && { ...operation.problem, requestId: null } };
}
