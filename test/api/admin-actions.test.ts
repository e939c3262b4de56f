import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { STATUSES, type Status } from '../../src/operations/states.js';
import { whileHeld } from '../kit/held.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop, type Client } from '../kit/shop.js';
import { atOnce, eventually } from '../kit/waiting.js';

const REASON = 'the customer called, ticket 4711';
/** Older than any idempotency key at the gateway, and than the last check of the schedule. */
const LONG_AGO = '25 hours';

let shop: Shop;
let admin: Client;

beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
  admin = shop.as('admin_1', ['admin']);
});
afterAll(() => shop?.close());

interface Case {
  id: string;
  userId: string;
  user: Client;
}

async function press(planId: string, paymentMethod: string): Promise<Case> {
  const userId = newUser();
  const user = shop.as(userId);
  const { body } = await user.subscribe(planId, { paymentMethod });
  return { id: (body.operationId ?? body.id) as string, userId, user };
}

/** In doubt: the gateway answered a 500, before or after the money moved. Nobody is at it any more: a lease is released after the answer. */
async function inDoubt(charged: boolean, planId = 'pro'): Promise<Case> {
  const found = await press(planId, charged ? 'pm_sandbox_500_charged' : 'pm_sandbox_500_uncharged');
  await eventually(
    () => shop.sql('select from leases where expires_at > now()'),
    (leases) => leases.length === 0,
  );
  return found;
}

/** In doubt for longer than anybody checks by themselves. */
async function inReview(charged: boolean, planId = 'pro'): Promise<Case> {
  const found = await inDoubt(charged, planId);
  await shop.sql(
    `update operations set status = 'needs_review', next_check_at = null, created_at = created_at - interval '${LONG_AGO}' where user_id = $1`,
    [found.userId],
  );
  return found;
}

function act(verb: string, id: string, body: object = { reason: REASON }, key = newKey(), client = admin) {
  return client.post(`/v1/admin/operations/${id}/${verb}`, body, { key });
}

/** As it is, whenever it is looked at. */
async function detailOf(id: string) {
  const { now: _now, ...detail } = (await admin.get(`/v1/admin/operations/${id}`)).body;
  return detail;
}

async function seatsOf(planId: string): Promise<{ held: number; taken: number }> {
  const [row] = await shop.sql('select seats_held as held, seats_taken as taken from plans where id = $1', [planId]);
  return row;
}

function rowsOf(id: string, userId: string): Promise<unknown[]> {
  return shop.sql(
    `select to_jsonb(o) as row from operations o where user_id = $2 union all select to_jsonb(a) from audit a where object = $1
     union all select to_jsonb(k) from operation_keys k where user_id in ($2, 'admin_1')`,
    [id, userId],
  );
}

async function chargedTimes(id: string): Promise<number> {
  const { reference } = await detailOf(id);
  return (await shop.succeededCharges()).filter((charge) => charge.reference === reference).length;
}

describe('recover', () => {
  test('settles an operation in doubt by what the gateway says: the money moved', async () => {
    const { id, user } = await inDoubt(true);
    const done = await act('recover', id);
    expect([done.status, done.body]).toMatchObject([200, { id, status: 'succeeded', charged: 'yes', recovery: { checks: 1 } }]);
    expect((await user.get('/v1/me/subscription')).body).toMatchObject({ planId: 'pro', status: 'active' });
    expect(await chargedTimes(id)).toBe(1);
  });

  test('settles an operation in review by what the gateway has under its reference', async () => {
    const { id, user } = await inReview(true);
    expect((await act('recover', id)).body).toMatchObject({ status: 'succeeded', charged: 'yes' });
    expect((await user.get('/v1/me/subscription')).status).toBe(200);
    expect(await chargedTimes(id)).toBe(1);
  });

  test('leaves in review what the gateway does not know: absence proves nothing', async () => {
    const { id, user } = await inReview(false);
    expect((await act('recover', id)).body).toMatchObject({ status: 'needs_review', charged: 'unknown' });
    expect((await user.get('/v1/me/subscription')).status).toBe(404);
  });

  test('puts into review what stays in doubt at the last check', async () => {
    const { id, userId } = await inDoubt(false);
    await shop.sql(`update operations set created_at = created_at - interval '${LONG_AGO}' where user_id = $1`, [userId]);
    expect((await act('recover', id)).body).toMatchObject({ status: 'needs_review', recovery: { nextCheckAt: null } });
  });

  test('is written down with who and why, and seen in the story', async () => {
    const { id } = await inDoubt(true);
    await act('recover', id, { reason: REASON }, newKey(), shop.as('operator_7', ['operator']));
    const { audit, timeline } = await detailOf(id);
    expect(audit).toMatchObject([{ actor: 'operator_7', action: 'operation.recover', reason: REASON, before: { status: 'unknown' } }]);
    expect(timeline).toContainEqual(expect.objectContaining({ type: 'taken_over', data: expect.objectContaining({ by: 'operator_7' }) }));
  });

  test('of what somebody works on right now is turned away, and the same request does it later', async () => {
    const userId = newUser();
    const key = newKey();
    let id = '';
    await whileHeld(
      shop,
      () => shop.as(userId).subscribe('pro', { paymentMethod: 'pm_sandbox_500_charged' }),
      async () => {
        [{ id }] = (await admin.get(`/v1/admin/operations?userId=${userId}`)).body.data;
        const early = await act('recover', id, { reason: REASON }, key);
        expect(early.body).toMatchObject({
          status: 409,
          code: 'conflicting-operation',
          retryable: true,
          operation: { id, status: 'pending' },
        });
      },
    );
    const later = await act('recover', id, { reason: REASON }, key);
    expect([later.headers.get('idempotent-replayed'), later.body]).toMatchObject([null, { status: 'succeeded', charged: 'yes' }]);
  });

  test('pressed by ten people at once charges nothing twice', async () => {
    const { id } = await inDoubt(false);
    const answers = await atOnce(10, () => act('recover', id));
    expect(answers.filter(({ status }) => ![200, 409].includes(status))).toEqual([]);
    expect(answers.some(({ status }) => status === 200)).toBe(true);
    expect(await chargedTimes(id)).toBeLessThanOrEqual(1);
  });
});

describe('cancel', () => {
  test('ends what waits for the customer, at the gateway first', async () => {
    const { id, user } = await press('studio-b', 'pm_card_authenticationRequired');
    expect(await seatsOf('studio-b')).toEqual({ held: 1, taken: 0 });
    const done = await act('cancel', id);
    expect([done.status, done.body]).toMatchObject([200, { status: 'canceled', charged: 'no', nextAction: null }]);
    const { reference, audit } = await detailOf(id);
    expect((await shop.charges()).find((charge) => charge.reference === reference)).toMatchObject({ status: 'canceled' });
    expect(audit).toMatchObject([{ action: 'operation.cancel', reason: REASON }]);
    expect(await seatsOf('studio-b')).toEqual({ held: 0, taken: 0 });
    expect((await user.subscribe('basic')).status).toBe(201);
  });
});

describe('a note', () => {
  test('is kept with its author, moves nothing, and can be left on what is over', async () => {
    const { id } = await press('basic', 'pm_card_visa');
    const before = await detailOf(id);
    expect((await act('notes', id, { text: '  refunded by hand, see ticket 4711  ' })).status).toBe(200);
    const { notes, audit, ...rest } = await detailOf(id);
    expect(notes).toEqual([{ at: expect.any(String), author: 'admin_1', text: 'refunded by hand, see ticket 4711' }]);
    expect(audit).toEqual([]);
    expect({ ...rest, notes: [], audit: [] }).toEqual(before);
  });
});

describe('resolve', () => {
  test.each<[string, (charged: boolean, planId?: string) => Promise<Case>]>([
    ['unknown', inDoubt],
    ['needs_review', inReview],
  ])('charged ends an operation in %s with what was paid for: subscription and seat', async (_, make) => {
    const taken = (await seatsOf('studio-a')).taken;
    const { id, user } = await make(false, 'studio-a');
    expect(await seatsOf('studio-a')).toEqual({ held: 1, taken });
    const done = await act('resolve', id, { outcome: 'charged', gatewayReference: 'pi_seen', reason: REASON });
    expect(done.body).toMatchObject({ status: 'succeeded', result: 'created', charged: 'yes', gateway: { reference: 'pi_seen' } });
    expect((await user.get('/v1/me/subscription')).body).toMatchObject({ planId: 'studio-a', status: 'active', openOperation: null });
    expect(await seatsOf('studio-a')).toEqual({ held: 0, taken: taken + 1 });
    const { audit, timeline } = await detailOf(id);
    expect(audit).toMatchObject([
      { action: 'operation.resolve', after: { status: 'succeeded', outcome: 'charged', gatewayReference: 'pi_seen' } },
    ]);
    expect(timeline).toContainEqual(expect.objectContaining({ type: 'resolved', data: { by: 'admin_1', outcome: 'charged' } }));
  });

  test.each<[string, (charged: boolean, planId?: string) => Promise<Case>]>([
    ['unknown', inDoubt],
    ['needs_review', inReview],
  ])('not_charged ends an operation in %s without anything, gives the seat back and lets the user ask again', async (_, make) => {
    const before = await seatsOf('studio-b');
    const { id, user } = await make(false, 'studio-b');
    expect((await seatsOf('studio-b')).held).toBe(before.held + 1);
    const done = await act('resolve', id, { outcome: 'not_charged', reason: REASON });
    expect(done.body).toMatchObject({ status: 'failed', charged: 'no', problem: { charged: 'no' } });
    expect(await seatsOf('studio-b')).toEqual(before);
    expect((await user.get('/v1/me/subscription')).status).toBe(404);
    expect((await user.subscribe('basic')).status).toBe(201);
  });

  test('with opposite findings at the same moment has one winner', async () => {
    const { id, userId } = await inReview(false);
    const outcomes = ['charged', 'not_charged'];
    const answers = await atOnce(6, (n) => act('resolve', id, { outcome: outcomes[n % 2], reason: REASON }));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => ![200, 409].includes(status))).toEqual([]);
    const { status, audit } = await detailOf(id);
    expect(audit).toHaveLength(1);
    expect(audit[0].after.status).toBe(status);
    const subscriptions = await shop.sql('select 1 from subscriptions where user_id = $1', [userId]);
    expect(subscriptions).toHaveLength(status === 'succeeded' ? 1 : 0);
  });
});

describe('what may not be done is refused and leaves no trace', () => {
  const CODES = { recover: 'operation-not-open', cancel: 'operation-not-cancelable', resolve: 'operation-not-resolvable' };
  const ALLOWED: Record<keyof typeof CODES, Status[]> = {
    recover: ['pending', 'requires_action', 'unknown', 'needs_review'],
    cancel: ['requires_action'],
    resolve: ['unknown', 'needs_review'],
  };
  const refused = Object.entries(ALLOWED).flatMap(([verb, allowed]) =>
    STATUSES.filter((status) => !allowed.includes(status)).map((status) => [verb, status] as const),
  );

  test.each(refused)('%s on %s', async (verb, status) => {
    const { id, userId } = await press('basic', 'pm_card_authenticationRequired');
    await shop.sql('update operations set status = $2 where user_id = $1', [userId, status]);
    const before = await rowsOf(id, userId);
    const answer = await act(verb, id, { reason: REASON, ...(verb === 'resolve' ? { outcome: 'charged' } : {}) });
    expect(answer.body).toMatchObject({
      status: 409,
      code: CODES[verb as keyof typeof CODES],
      charged: 'no',
      operationId: id,
      operation: { id, status },
    });
    expect(await rowsOf(id, userId)).toEqual(before);
    const { actions } = await detailOf(id);
    const { disabledReason } = actions.find(({ name }: { name: string }) => name === verb);
    expect(answer.body.detail).toBe(disabledReason);
  });
});

describe('every action', () => {
  const bodies: Record<string, object> = {
    recover: { reason: REASON },
    cancel: { reason: REASON },
    notes: { text: REASON },
    resolve: { outcome: 'not_charged', reason: REASON },
  };

  test.each(Object.keys(bodies))('done twice with one key is done once: %s', async (verb) => {
    const { id } = verb === 'cancel' ? await press('basic', 'pm_card_authenticationRequired') : await inDoubt(verb === 'recover');
    const key = newKey();
    const first = await act(verb, id, bodies[verb], key);
    const second = await act(verb, id, bodies[verb], key);
    expect([first.status, first.headers.get('idempotent-replayed')]).toEqual([200, null]);
    expect([second.status, second.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    expect(second.body).toMatchObject({ id, version: first.body.version, status: first.body.status });
    expect(await shop.sql('select 1 from audit where object = $1', [id])).toHaveLength(1);
    const other = await act(verb, id, { ...bodies[verb], [verb === 'notes' ? 'text' : 'reason']: 'another reason than before' }, key);
    expect([other.status, other.body.code]).toEqual([422, 'idempotency-key-reused']);
    expect((await act('notes', (await press('basic', 'pm_card_visa')).id, { text: REASON }, key)).status).toBe(422);
  });

  test.each(Object.keys(bodies))('done ten times at once with one key is done once: %s', async (verb) => {
    const { id } = verb === 'cancel' ? await press('basic', 'pm_card_authenticationRequired') : await inDoubt(verb === 'recover');
    const key = newKey();
    const answers = await atOnce(10, () => act(verb, id, bodies[verb], key));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1);
    expect(await shop.sql('select 1 from audit where object = $1', [id])).toHaveLength(1);
  });

  test.each(Object.keys(bodies))('needs a key and a reason that says something: %s', async (verb) => {
    const { id } = await inDoubt(false);
    const before = await detailOf(id);
    const path = `/v1/admin/operations/${id}/${verb}`;
    expect((await admin.send('POST', path, bodies[verb])).body.code).toBe('idempotency-key-missing');
    expect((await admin.send('POST', path, bodies[verb], { 'idempotency-key': 'short' })).body.code).toBe('idempotency-key-invalid');
    const named = verb === 'notes' ? 'text' : 'reason';
    for (const reason of [undefined, '', 'because', '   because   ', 'x'.repeat(1_001), 12345678]) {
      const answer = await act(verb, id, { ...bodies[verb], [named]: reason });
      expect(answer.body).toMatchObject({ status: 400, code: 'validation-failed', errors: [{ pointer: `/${named}` }] });
    }
    expect(await detailOf(id)).toEqual(before);
  });

  test.each(Object.keys(bodies))('on what is not there is not found: %s', async (verb) => {
    expect((await act(verb, 'op_01k0000000e0080000000000000', bodies[verb])).body.code).toBe('not-found');
  });
});
