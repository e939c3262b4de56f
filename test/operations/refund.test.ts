import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { RefundOutcome } from '../../src/gateways/payment-gateway.js';
import { referenceOf } from '../../src/operations/intent.js';
import { Runner } from '../../src/operations/runner.js';
import { Recovery } from '../../src/operations/recovery.js';
import type { Operation } from '../../src/operations/operation.entity.js';
import { newId, toPublicId } from '../../src/platform/ids.js';
import { letGo } from '../kit/held.js';
import { Shop } from '../kit/shop.js';
import { eventually } from '../kit/waiting.js';
import { abandon, metric, read, storeOf, type Abandoned } from './abandoned.js';
import { deliver, eventsAbout } from './gateway-events.js';
import { gatewayIdOf, pending, ScriptedGateway, WEBHOOK_SECRET } from './scripted-gateway.js';

const UNKNOWN = { kind: 'unknown', why: 'no answer' } as const;

const gateway = new ScriptedGateway();
let shop: Shop;
let left: Abandoned;
let reference: string;

beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', ports: { gateway }, env: { ROLES: 'api' } });
});
afterAll(() => shop?.close());

/** A subscribe that failed, and whose money came all the same. */
beforeEach(async () => {
  left = await abandon(shop);
  reference = left.reference.replace(/^cf_/, 'rf_');
  const problem = { code: 'payment-declined' as const, detail: 'declined', declineCode: 'generic_decline' };
  await storeOf(shop).settle([
    { id: left.id, fence: 1, status: 'failed', problem, happened: [{ type: 'settled', data: { status: 'failed' } }] },
  ]);
});

const late = () => storeOf(shop).refundLate({ operationId: left.id, refundId: newId(), gatewayReference: gatewayIdOf(left.reference) });
const recorded = async () => (await late()) as Operation;
const sweep = () => shop.service.app.get(Recovery).sweep();
const again = async ({ id }: Operation) => {
  // Nobody waits for a lease to be released, so the one of the time before may be there still.
  const take = async () => shop.service.app.get(Runner).takeOver((await read(shop, id)).operation, 'test');
  await eventually(take, ({ kind }) => kind === 'driven');
  return (await read(shop, id)).operation;
};

describe('money that came too late', () => {
  test('is given back by recovery: the whole charge, with a reference made from that of the charge', async () => {
    const { id } = await recorded();
    await sweep();
    expect((await read(shop, id)).operation).toMatchObject({
      kind: 'refund',
      status: 'succeeded',
      amount: left.operation.amount,
      currency: left.operation.currency,
      reference,
      gatewayReference: `re_${reference}`,
      refundsOperationId: left.id,
      turn: null,
    });
    expect(gateway.askedAbout(reference)).toEqual(['refund']);
  });

  test('is given back once, whoever and however many find it', async () => {
    const found = await Promise.all(Array.from({ length: 8 }, late));
    expect(found.filter((refund) => refund !== null)).toHaveLength(1);
    expect(await late()).toBeNull();
  });

  test('is not given back where the operation succeeded, is open, or charged nothing', async () => {
    const open = await abandon(shop);
    expect(await storeOf(shop).refundLate({ operationId: open.id, refundId: newId(), gatewayReference: null })).toBeNull();
    await shop.service.app.get(Runner).takeOver(open.operation, 'test');
    expect((await read(shop, open.id)).operation.status).toBe('succeeded');
    expect(await storeOf(shop).refundLate({ operationId: open.id, refundId: newId(), gatewayReference: null })).toBeNull();
  });

  test('takes no turn and blocks nobody: its user subscribes while the refund is open', async () => {
    const call = pending<RefundOutcome>();
    gateway.says('refund', reference, call.answer);
    const refund = await recorded();
    const swept = sweep();
    await call.asked;
    await shop.sql('delete from leases');
    expect((await shop.as(left.user).subscribe('pro')).status).toBe(201);
    expect(gateway.askedAbout(reference)).toEqual(['refund']);
    call.come({ kind: 'refunded', gatewayReference: 're_1' });
    await swept;
    expect((await read(shop, refund.id)).operation.status).toBe('succeeded');
  });

  test('is seen by its user and by admins, who find it by the id of what it gives back', async () => {
    const refund = await recorded();
    const mine = await shop.as(left.user).get('/v1/me/operations');
    const original = mine.body.data.find((one: { kind: string }) => one.kind === 'subscribe');
    expect(mine.body.data.find((one: { kind: string }) => one.kind === 'refund')).toMatchObject({
      refundOf: original.id,
      charged: 'unknown',
      amount: original.amount,
    });
    const found = await shop.as('admin', ['viewer']).get(`/v1/admin/operations?q=${original.id}&kind=refund`);
    expect(found.body.data).toMatchObject([{ kind: 'refund', refundOf: original.id }]);
    await again(refund);
  });
});

describe('a refund in doubt', () => {
  test('is sent again exactly like the first time, then looked for, and never given up by itself', async () => {
    gateway.says('refund', reference, UNKNOWN).says('refund', reference, UNKNOWN);
    gateway.says('findRefund', reference, { kind: 'not_found' });
    const refund = await recorded();
    expect(await again(refund)).toMatchObject({ status: 'unknown', attempts: 1 });
    expect(await again(refund)).toMatchObject({ status: 'unknown', attempts: 2 });
    expect(await again(refund)).toMatchObject({ status: 'succeeded' });
    expect(gateway.askedAbout(reference)).toEqual(['refund', 'findRefund', 'refund', 'findRefund', 'refund']);
  });

  test('is settled by what is found', async () => {
    gateway.says('refund', reference, UNKNOWN).says('findRefund', reference, { kind: 'refunded', gatewayReference: 're_found' });
    expect(await again(await recorded())).toMatchObject({ status: 'succeeded', gatewayReference: 're_found' });
  });

  test('is only looked for once the gateway may have forgotten its key', async () => {
    const refund = await recorded();
    await shop.sql(`update operations set created_at = now() - interval '23 hours 1 second' where id = $1`, [refund.id]);
    expect((await again(refund)).status).toBe('unknown');
    expect(gateway.askedAbout(reference)).toEqual(['findRefund']);
  });

  test('that the gateway could not be reached for stays open: no caller hears of a failure, and nothing is lost', async () => {
    gateway.says('refund', reference, { kind: 'not_refunded', why: 'unreachable', detail: 'connection refused' });
    expect((await again(await recorded())).status).toBe('unknown');
  });
});

describe('a refund that the gateway refuses', () => {
  const refused = async () => {
    gateway.says('refund', reference, { kind: 'refused', why: 'insufficient balance' });
    return again(await recorded());
  };

  test('waits for a person: the money is still here', async () => {
    expect((await refused()).status).toBe('needs_review');
  });

  test.each([
    ['not_charged', 'succeeded', 'no'],
    ['charged', 'canceled', 'yes'],
  ])('and is %s by a person is %s', async (outcome, status, charged) => {
    const { id } = await refused();
    const publicId = toPublicId('op', id);
    const resolved = await shop
      .as('admin', ['admin'])
      .post(`/v1/admin/operations/${publicId}/resolve`, { outcome, reason: 'seen at the bank' });
    expect(resolved.body).toMatchObject({ status, charged });
  });
});

describe('an event about a refund that succeeded', () => {
  const told = async (): Promise<string | null | undefined> => {
    await again(await recorded());
    await deliver(shop, WEBHOOK_SECRET, { reference, type: 'refund.failed' });
    const [event] = await eventually(
      () => eventsAbout(shop, reference),
      ([seen]) => seen?.due === false,
    );
    return event?.outcome;
  };
  const alarms = () => metric(shop, 'counterfoil_alarms_total{alarm="refund_failed"}');

  test('wakes a person when the money came back to us', async () => {
    const before = await alarms();
    gateway.says('findRefund', reference, { kind: 'refused', why: 'the account is closed' });
    expect(await told()).toBe('refund_failed');
    expect(await alarms()).toBe(before + 1);
  });

  test('changes nothing when the gateway says that it is done: an event is a hint to ask', async () => {
    const before = await alarms();
    gateway.says('findRefund', reference, { kind: 'refunded', gatewayReference: 're_1' });
    expect(await told()).toBe('nothing_to_do');
    expect(await alarms()).toBe(before);
  });
});

test('a charge whose id nobody wrote down is looked for before it is given back', async () => {
  const refund = (await storeOf(shop).refundLate({ operationId: left.id, refundId: newId(), gatewayReference: null })) as Operation;
  expect((await again(refund)).status).toBe('unknown');
  gateway.says('find', left.reference, { kind: 'charged', gatewayReference: 'pi_found' });
  expect((await again(refund)).status).toBe('succeeded');
});

describe('a change of plan whose user has left while a person looked into it', () => {
  test('is given back when the person finds that it was charged', async () => {
    const user = shop.as(left.user);
    expect((await user.subscribe('basic')).status).toBe(201);
    const key = 'key-of-the-change';
    const change = referenceOf(left.user, 'put_subscription', key, 0);
    gateway.says('charge', change, UNKNOWN);
    const asked = await user.subscribe('pro', { key });
    await shop.sql("update operations set status = 'needs_review', next_check_at = null where reference = $1", [change]);
    expect((await user.post('/v1/me/subscription/cancel', { at: 'now' })).body).toMatchObject({ status: 'succeeded' });
    const evidence = { outcome: 'charged', gatewayReference: 'pi_of_the_change', reason: 'seen at the gateway' };
    const resolved = await shop.as('admin', ['admin']).post(`/v1/admin/operations/${asked.body.id}/resolve`, evidence);
    expect(resolved.body).toMatchObject({ status: 'succeeded', charged: 'yes', subscription: { status: 'canceled', planId: 'basic' } });
    await letGo(shop, left.user);
    await sweep();
    const refunds = await shop.sql('select status, amount::int as amount, terms from operations where reference = $1', [
      change.replace(/^cf_/, 'rf_'),
    ]);
    expect(refunds).toEqual([{ status: 'succeeded', amount: asked.body.amount.amount, terms: { chargeReference: 'pi_of_the_change' } }]);
  });
});
