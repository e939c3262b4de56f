import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { ChargeOutcome } from '../../src/gateways/payment-gateway.js';
import { referenceOf } from '../../src/operations/intent.js';
import { Runner } from '../../src/operations/runner.js';
import { toPublicId } from '../../src/platform/ids.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop, type Answer } from '../kit/shop.js';
import { eventually } from '../kit/waiting.js';
import { metric, read, storeOf } from './abandoned.js';
import { deliver, eventsAbout } from './gateway-events.js';
import { gatewayIdOf, pending, ScriptedGateway, WEBHOOK_SECRET } from './scripted-gateway.js';

const ALARM = 'counterfoil_alarms_total{alarm="late_money"}';
const UNKNOWN = { kind: 'unknown', why: 'no answer' } as const;

const gateway = new ScriptedGateway();
let shop: Shop;
let user: string;
let reference: string;
let press: () => Promise<Answer>;
let alarmsBefore: number;

beforeAll(async () => {
  shop = await Shop.open({ leases: 'none', ports: { gateway }, env: { ROLES: 'api' } });
});
beforeEach(async () => {
  const key = newKey();
  user = newUser();
  reference = referenceOf(user, 'put_subscription', key, 0);
  press = () => shop.as(user).subscribe('pro', { key });
  alarmsBefore = await metric(shop, ALARM);
});
afterEach(() => void jest.restoreAllMocks());
afterAll(() => shop?.close());

const charged = () => ({ kind: 'charged', gatewayReference: gatewayIdOf(reference) }) as const;

async function operationId(): Promise<string> {
  const [row] = await shop.sql('select id from operations where reference = $1', [reference]);
  return (row as { id: string }).id;
}

/** A person rules that nothing was charged. */
async function ruleNotCharged(publicId: string): Promise<void> {
  const body = { outcome: 'not_charged', reason: 'the bank shows nothing' };
  expect((await shop.as('admin_1', ['admin']).post(`/v1/admin/operations/${publicId}/resolve`, body)).status).toBe(200);
}

async function expectRefundAndAlarm(status: string): Promise<void> {
  const { operation, subscription } = await read(shop, await operationId());
  expect(operation.status).toBe(status);
  expect(subscription).toBeNull();
  expect(operation.timeline.at(-1)).toMatchObject({ type: 'late_money', data: { status } });
  const refunds = await shop.sql('select id, status, amount::int as amount from operations where refunds_operation_id = $1', [
    operation.id,
  ]);
  expect(refunds).toEqual([{ id: operation.timeline.at(-1)?.data['refund'], status: 'pending', amount: operation.amount }]);
  expect(await metric(shop, ALARM)).toBe(alarmsBefore + 1);
}

describe('money that comes after an operation has failed', () => {
  test('with the answer that the first call was waiting for is given back and alarmed', async () => {
    const call = pending<ChargeOutcome>();
    gateway.says('charge', reference, call.answer).says('charge', reference, UNKNOWN).says('find', reference, UNKNOWN);
    const answer = press();
    await call.asked;
    const { operation } = await read(shop, await operationId());
    await shop.service.app.get(Runner).takeOver(operation, 'test');
    const seen = await shop.as(user).get('/v1/me/operations');
    await ruleNotCharged(seen.body.data[0].id as string);
    call.come(charged());
    expect((await answer).body.code).toBe('payment-declined');
    await expectRefundAndAlarm('failed');
  });

  test('at the very moment in which its former owner comes to write it down is given back and alarmed', async () => {
    const call = pending<ChargeOutcome>();
    gateway.says('charge', reference, call.answer).says('charge', reference, UNKNOWN).says('find', reference, UNKNOWN);
    const answer = press();
    await call.asked;
    const id = await operationId();
    await shop.service.app.get(Runner).takeOver((await read(shop, id)).operation, 'test');
    jest.spyOn(storeOf(shop), 'claim').mockImplementationOnce(async () => {
      await ruleNotCharged(toPublicId('op', id));
      return [null];
    });
    call.come(charged());
    await answer;
    await expectRefundAndAlarm('failed');
  });

  test('with an event is given back and alarmed, and the event says so', async () => {
    gateway.says('charge', reference, UNKNOWN).says('find', reference, charged());
    await ruleNotCharged((await press()).body.id as string);
    await deliver(shop, WEBHOOK_SECRET, { reference });
    await eventually(
      () => eventsAbout(shop, reference),
      ([event]) => event?.outcome === 'late_money',
    );
    await expectRefundAndAlarm('failed');
  });

  test('is given back once and alarmed once, however often it is told of', async () => {
    gateway.says('charge', reference, UNKNOWN);
    await ruleNotCharged((await press()).body.id as string);
    for (let time = 0; time < 4; time += 1) {
      gateway.says('find', reference, charged());
      await deliver(shop, WEBHOOK_SECRET, { reference });
    }
    await eventually(
      () => eventsAbout(shop, reference),
      (events) => events.length === 4 && events.every(({ due }) => !due),
    );
    await expectRefundAndAlarm('failed');
  });

  test('is asked for again when the gateway does not say: an event is never taken for the proof, and never dropped', async () => {
    gateway.says('charge', reference, UNKNOWN).says('find', reference, UNKNOWN);
    await ruleNotCharged((await press()).body.id as string);
    await deliver(shop, WEBHOOK_SECRET, { reference });
    const [event] = await eventually(
      () => eventsAbout(shop, reference),
      ([seen]) => gateway.askedAbout(reference).includes('find') && seen?.attempts === 1,
    );
    expect(event).toMatchObject({ due: true, outcome: null });
    expect(await metric(shop, ALARM)).toBe(alarmsBefore);
  });
});

test('money that comes after an operation was canceled is given back and alarmed', async () => {
  gateway.says('charge', reference, { kind: 'requires_action', gatewayReference: gatewayIdOf(reference), url: 'https://bank.example/3ds' });
  const waiting = await press();
  expect((await shop.as(user).post(`/v1/operations/${waiting.body.id}/cancel`)).body.status).toBe('canceled');
  gateway.says('find', reference, charged());
  await deliver(shop, WEBHOOK_SECRET, { reference });
  await eventually(
    () => eventsAbout(shop, reference),
    ([event]) => event?.outcome === 'late_money',
  );
  await expectRefundAndAlarm('canceled');
});

test('money that came in time raises no alarm, however often an event tells of it', async () => {
  expect((await press()).status).toBe(201);
  for (let time = 0; time < 3; time += 1) await deliver(shop, WEBHOOK_SECRET, { reference });
  const events = await eventually(
    () => eventsAbout(shop, reference),
    (rows) => rows.length === 3 && rows.every(({ due }) => !due),
  );
  expect(events.map(({ outcome }) => outcome)).toEqual(['nothing_to_do', 'nothing_to_do', 'nothing_to_do']);
  expect(await metric(shop, ALARM)).toBe(alarmsBefore);
});
