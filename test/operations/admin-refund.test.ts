import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { RefundOutcome } from '../../src/gateways/payment-gateway.js';
import { refundReferenceOf, referenceOf } from '../../src/operations/intent.js';
import type { Operation } from '../../src/operations/operation.entity.js';
import { Recovery } from '../../src/operations/recovery.js';
import { Runner } from '../../src/operations/runner.js';
import { fromPublicId } from '../../src/platform/ids.js';
import { letGo } from '../kit/held.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop, type Answer } from '../kit/shop.js';
import { atOnce, eventually } from '../kit/waiting.js';
import { metric, read, storeOf } from './abandoned.js';
import { deliver, eventsAbout } from './gateway-events.js';
import { pending, ScriptedGateway, WEBHOOK_SECRET } from './scripted-gateway.js';

const REASON = 'an apology for the outage';
const UNKNOWN = { kind: 'unknown', why: 'no answer' } as const;

const gateway = new ScriptedGateway();
let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', ports: { gateway }, env: { ROLES: 'api' } });
});
afterAll(() => shop?.close());

/** A payment of 1900, the key of a refund of it, and the mark that the refund will bear. */
let payment: { id: string; rowId: string; user: string; reference: string };
let key: string;
let mark: string;
beforeEach(async () => {
  [key, payment] = [newKey(), await pay()];
  mark = refundReferenceOf(payment.reference, 'operator_1', key, 0);
});

async function pay() {
  const [user, own] = [newUser(), newKey()];
  const { body } = await shop.as(user).subscribe('pro', { key: own });
  expect(body.status).toBe('succeeded');
  await letGo(shop, user);
  return { id: body.id as string, rowId: rowId(body.id), user, reference: referenceOf(user, 'put_subscription', own, 0) };
}

const rowId = (publicId: string): string => fromPublicId('op', publicId) as string;
const refund = (amount: number, own = key, id = payment.id): Promise<Answer> =>
  shop
    .as('operator_1', ['operator'])
    .post(`/v1/admin/operations/${id}/refund`, { amount: { amount, currency: 'USD' }, reason: REASON }, { key: own });
const resolve = (id: string, outcome: 'charged' | 'not_charged'): Promise<Answer> =>
  shop.as('admin_1', ['admin']).post(`/v1/admin/operations/${id}/resolve`, { outcome, reason: REASON });
const counted = async (): Promise<number> => (await read(shop, payment.rowId)).operation.refundedToCard;
const sweep = () => shop.service.app.get(Recovery).sweep();

describe('a refund that a person asked for', () => {
  test('asks the gateway once, under a mark made from the charge’s and the request’s', async () => {
    expect((await refund(400)).body).toMatchObject({ status: 'succeeded', amount: { amount: 400 } });
    expect(gateway.askedAbout(mark)).toEqual(['refund']);
    expect(gateway.askedAbout(payment.reference)).toEqual(['charge']);
  });

  test('of a process that died before the gateway was asked is carried out by recovery, once', async () => {
    const refundId = randomUUID();
    await storeOf(shop).refund({ operationId: payment.rowId, refundId, reference: mark, to: 'card', amount: 400 });
    await Promise.all([sweep(), sweep()]);
    await eventually(
      () => read(shop, refundId),
      ({ operation }) => operation.status === 'succeeded',
    );
    await sweep();
    expect(gateway.askedAbout(mark)).toEqual(['refund']);
    expect(await counted()).toBe(400);
  });

  test('of a process that died while the gateway was asked is found by recovery, and asked for again under the same mark', async () => {
    gateway.says('refund', mark, UNKNOWN).says('findRefund', mark, { kind: 'not_found' });
    const answer = await refund(400);
    expect([answer.status, answer.body]).toMatchObject([202, { status: 'unknown', charged: 'unknown' }]);
    expect(await counted()).toBe(400);
    await shop.sql('update operations set next_check_at = now() where id = $1', [rowId(answer.body.id)]);
    await eventually(sweep, () => gateway.askedAbout(mark).length === 3);
    expect(gateway.askedAbout(mark)).toEqual(['refund', 'findRefund', 'refund']);
    expect((await read(shop, rowId(answer.body.id))).operation.status).toBe('succeeded');
  });

  test('of a charge whose id nobody wrote down looks for it by the charge’s own mark first', async () => {
    await shop.sql('update operations set gateway_reference = null where id = $1', [payment.rowId]);
    expect((await refund(400)).body.status).toBe('unknown');
    expect(gateway.askedAbout(mark)).toEqual([]);
    gateway.says('find', payment.reference, { kind: 'charged', gatewayReference: 'pi_found' });
    const [{ id }] = await shop.sql('select id from operations where reference = $1', [mark]);
    const { operation } = await read(shop, id);
    await eventually(
      () => shop.service.app.get(Runner).takeOver(operation, 'test'),
      ({ kind }) => kind === 'driven',
    );
    expect((await read(shop, id)).operation.status).toBe('succeeded');
    expect(gateway.askedAbout(mark)).toEqual(['refund']);
  });

  test('is in nobody’s way while the gateway is asked: another is refused only what is not left', async () => {
    const call = pending<RefundOutcome>();
    gateway.says('refund', mark, call.answer);
    const slow = refund(1_500);
    await call.asked;
    expect((await refund(401, newKey())).body.code).toBe('refund-exceeds-payment');
    call.come({ kind: 'refunded', gatewayReference: 're_1' });
    expect((await slow).body.status).toBe('succeeded');
    expect((await refund(400, newKey())).body.status).toBe('succeeded');
    expect(await counted()).toBe(1_900);
  });
});

describe('one that the gateway refuses', () => {
  const refused = async (): Promise<Answer> => {
    gateway.says('refund', mark, { kind: 'refused', why: 'the charge is disputed' });
    return refund(1_500);
  };

  test('waits for a person, and is counted as long as nobody has decided', async () => {
    const answer = await refused();
    expect([answer.status, answer.body]).toMatchObject([202, { status: 'needs_review', charged: 'unknown' }]);
    expect((await refund(401, newKey())).body.code).toBe('refund-exceeds-payment');
    expect(await counted()).toBe(1_500);
  });

  test('and is not to be is not counted any more: the money can be given back again', async () => {
    const { body } = await refused();
    expect((await resolve(body.id, 'charged')).body).toMatchObject({ status: 'canceled', charged: 'yes' });
    expect(await counted()).toBe(0);
    expect((await refund(1_900, newKey())).body).toMatchObject({ status: 'succeeded' });
  });

  test('and was made by hand stays counted', async () => {
    const { body } = await refused();
    expect((await resolve(body.id, 'not_charged')).body).toMatchObject({ status: 'succeeded', charged: 'no' });
    expect(await counted()).toBe(1_500);
  });

  test('and is decided on while others are given back is counted exactly as long as it is not given up', async () => {
    const { body } = await refused();
    const answers = await atOnce(6, (n) => (n === 0 ? resolve(body.id, 'charged') : refund(500, newKey())));
    expect(answers[0]?.status).toBe(200);
    const [{ sum }] = await shop.sql(
      `select coalesce(sum(amount), 0)::int as sum from operations where refunds_operation_id = $1 and status <> 'canceled'`,
      [payment.rowId],
    );
    expect(await counted()).toBe(sum);
    expect(sum).toBeLessThanOrEqual(1_900);
  });
});

describe('an event of the gateway', () => {
  const toldOf = async (reference: string, type: string): Promise<string | null | undefined> => {
    await deliver(shop, WEBHOOK_SECRET, { reference, type });
    const [event] = await eventually(
      () => eventsAbout(shop, reference),
      ([seen]) => seen?.due === false,
    );
    return event?.outcome;
  };

  test('about a part that came back from the bank wakes a person, and the others are left alone', async () => {
    const alarm = 'counterfoil_alarms_total{alarm="refund_failed"}';
    const before = await metric(shop, alarm);
    await refund(400);
    await refund(500, newKey());
    gateway.says('findRefund', mark, { kind: 'refused', why: 'the account is closed' });
    expect(await toldOf(mark, 'refund.failed')).toBe('refund_failed');
    expect(await metric(shop, alarm)).toBe(before + 1);
  });

  test('about the charge, a part of which was given back, changes nothing', async () => {
    await refund(400);
    gateway.says('find', payment.reference, { kind: 'charged', gatewayReference: 'pi_1' });
    expect(await toldOf(payment.reference, 'charge.refunded')).toBe('nothing_to_do');
    expect(await counted()).toBe(400);
  });

  test('about a refund that is in doubt settles it by what the gateway says then', async () => {
    gateway.says('refund', mark, UNKNOWN).says('findRefund', mark, UNKNOWN);
    const { body } = await refund(400);
    expect(body.status).toBe('unknown');
    await letGo(shop, payment.user);
    expect(await toldOf(mark, 'refund.updated')).toBe('succeeded');
    expect((await read(shop, rowId(body.id))).operation.status).toBe('succeeded');
  });
});

describe('beside what is given back by itself', () => {
  /** A change of plan of which nobody knows whether it was charged, and whose user has left. */
  async function inDoubt(): Promise<Operation> {
    const own = newKey();
    const reference = referenceOf(payment.user, 'put_subscription', own, 0);
    gateway.says('charge', reference, UNKNOWN);
    const asked = await shop.as(payment.user).subscribe('team', { key: own });
    await shop.sql("update operations set status = 'needs_review', next_check_at = null where reference = $1", [reference]);
    expect((await shop.as(payment.user).post('/v1/me/subscription/cancel', { at: 'now' })).body.status).toBe('succeeded');
    payment = { ...payment, id: asked.body.id, rowId: rowId(asked.body.id), reference };
    return (await read(shop, payment.rowId)).operation;
  }

  test('a person who gives back a charge that turns out to be late money at that moment gives nothing back twice', async () => {
    const { amount } = await inDoubt();
    const evidence = { outcome: 'charged', gatewayReference: 'pi_of_the_change', reason: REASON };
    await atOnce(9, (n) =>
      n === 0 ? shop.as('admin_1', ['admin']).post(`/v1/admin/operations/${payment.id}/resolve`, evidence) : refund(amount - n, newKey()),
    );
    const refunds = await shop.sql('select amount::int as amount from operations where refunds_operation_id = $1', [payment.rowId]);
    expect(refunds).toEqual([{ amount }]);
    expect(await counted()).toBe(amount);
    expect((await refund(1, newKey())).body.code).toBe('refund-exceeds-payment');
  });

  test('what failed is given back by itself and by nobody else', async () => {
    await inDoubt();
    await resolve(payment.id, 'not_charged');
    await storeOf(shop).refundLate({ operationId: payment.rowId, refundId: randomUUID(), gatewayReference: 'pi_late' });
    expect((await refund(1)).body.code).toBe('operation-not-refundable');
  });
});
