import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import type { ChargeOutcome } from '../../src/gateways/payment-gateway.js';
import { Runner, type TakenOver } from '../../src/operations/runner.js';
import { nextStep, verdictOf } from '../../src/operations/verdict.js';
import { transaction } from '../../src/platform/database/transaction.js';
import { toPublicId } from '../../src/platform/ids.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop, type Answer } from '../kit/shop.js';
import { referenceOf } from '../../src/operations/intent.js';
import { abandon, age, read, storeOf, type Abandoned } from './abandoned.js';
import { gatewayIdOf, pending, ScriptedGateway } from './scripted-gateway.js';

const UNKNOWN = { kind: 'unknown', why: 'no answer' } as const;
const UNREACHABLE = { kind: 'not_charged', why: 'unreachable', detail: 'connection refused' } as const;

const gateway = new ScriptedGateway();
let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open({ leases: 'none', ports: { gateway }, env: { ROLES: 'api' } });
});
afterEach(() => void jest.restoreAllMocks());
afterAll(() => shop?.close());

const runner = () => shop.service.app.get(Runner);

async function takeOver({ id }: Abandoned): Promise<TakenOver> {
  return runner().takeOver((await read(shop, id)).operation, 'test');
}

/** A press whose reference at the gateway is known beforehand. */
function press(): { reference: string; sent: () => Promise<Answer> } {
  const [user, key] = [newUser(), newKey()];
  return { reference: referenceOf(user, 'put_subscription', key, 0), sent: () => shop.as(user).subscribe('pro', { key }) };
}

describe('a first attempt', () => {
  test('that is proven not to have reached the gateway fails the operation, and the user may try again', async () => {
    const { reference, sent } = press();
    gateway.says('charge', reference, UNREACHABLE);
    const answer = await sent();
    expect([answer.status, answer.body.code, answer.body.charged]).toEqual([503, 'gateway-unavailable', 'no']);
    expect(gateway.askedAbout(reference)).toEqual(['charge']);
  });

  test.each([
    { when: 'gives no definite answer', says: () => Promise.resolve<ChargeOutcome>(UNKNOWN) },
    { when: 'throws in the adapter', says: () => Promise.reject<ChargeOutcome>(new Error('a bug')) },
  ])('that $when leaves the operation open', async ({ says }) => {
    const { reference, sent } = press();
    gateway.says('charge', reference, says);
    expect(await sent()).toMatchObject({ status: 202, body: { status: 'unknown', charged: 'unknown' } });
  });

  test('is not made for an operation that costs nothing', async () => {
    const user = newUser();
    const before = gateway.asked.length;
    expect((await shop.as(user).subscribe('free')).body).toMatchObject({ status: 'succeeded', charged: 'no' });
    expect((await shop.as(user).post('/v1/me/subscription/cancel', { at: 'now' })).body).toMatchObject({ status: 'succeeded' });
    expect(gateway.asked).toHaveLength(before);
  });
});

describe('a later attempt', () => {
  test('sends again what was recorded, under the same reference', async () => {
    const abandoned = await abandon(shop);
    expect(await takeOver(abandoned)).toMatchObject({ kind: 'driven', settled: { operation: { status: 'succeeded' } } });
    expect(gateway.askedAbout(abandoned.reference)).toEqual(['charge']);
  });

  test('that did not reach the gateway says nothing of the first one: the operation stays open', async () => {
    const abandoned = await abandon(shop);
    gateway.says('charge', abandoned.reference, UNREACHABLE).says('find', abandoned.reference, { kind: 'not_found' });
    expect(await takeOver(abandoned)).toMatchObject({ settled: { operation: { status: 'unknown' } } });
    expect(gateway.askedAbout(abandoned.reference)).toEqual(['charge', 'find']);
  });

  test.each([true, false])('not_charged is a failure only where no attempt came before: first = %s', async (first) => {
    const { operation } = await abandon(shop);
    const held = { operation, now: operation.createdAt, last: false, first, cancel: false };
    expect(verdictOf(UNREACHABLE, held).status).toBe(first ? 'failed' : 'unknown');
  });

  test('without an answer is followed by a look, and what is found settles', async () => {
    const abandoned = await abandon(shop);
    const { reference } = abandoned;
    gateway.says('charge', reference, UNKNOWN).says('find', reference, { kind: 'charged', gatewayReference: gatewayIdOf(reference) });
    expect(await takeOver(abandoned)).toMatchObject({ settled: { operation: { status: 'succeeded' } } });
  });

  test.each([
    { age: '22:59:00', asks: ['charge'] },
    { age: '23:00:01', asks: ['find'] },
    { age: '72:00:00', asks: ['find'] },
  ])('$age h after the start only $asks is asked, for a key lives 24 h', async ({ age: interval, asks }) => {
    const abandoned = await abandon(shop);
    await age(shop, abandoned.id, interval);
    await takeOver(abandoned);
    expect(gateway.askedAbout(abandoned.reference)).toEqual(asks);
  });

  test('that finds the charge canceled at the gateway ends the operation, whatever it was waiting for', async () => {
    const abandoned = await abandon(shop);
    gateway.says('find', abandoned.reference, { kind: 'canceled' });
    await age(shop, abandoned.id, '24:00:01');
    expect(await takeOver(abandoned)).toMatchObject({ settled: { operation: { status: 'canceled' } } });
  });

  test('at a gateway without idempotency keys is never a charge', async () => {
    const { operation } = await abandon(shop);
    const held = { operation, now: operation.createdAt, last: false, cancel: false };
    expect(nextStep({ ...held, first: true }, { idempotency: null })).toBe('charge');
    expect(nextStep({ ...held, first: false }, { idempotency: null })).toBe('find');
  });
});

describe('an owner that lost its fence', () => {
  /** The first call is at the gateway, and somebody else takes the operation over meanwhile. */
  async function overtaken(): Promise<{ reference: string; id: string; come: (outcome: ChargeOutcome) => void; answer: Promise<Answer> }> {
    const { reference, sent } = press();
    const call = pending<ChargeOutcome>();
    gateway.says('charge', reference, call.answer);
    const answer = sent();
    await call.asked;
    const [{ id }] = (await shop.sql('select id from operations where reference = $1', [reference])) as [{ id: string }];
    return { reference, id, come: call.come, answer };
  }

  test('answers what its successor settled', async () => {
    const { id, reference, come, answer } = await overtaken();
    await runner().takeOver((await read(shop, id)).operation, 'test');
    come({ kind: 'charged', gatewayReference: gatewayIdOf(reference) });
    expect(await answer).toMatchObject({ status: 201, body: { status: 'succeeded', version: 3 } });
  });

  test.each([
    [{ kind: 'charged', gatewayReference: 'pi_first' }, 'succeeded'],
    [{ kind: 'declined', problem: 'payment-declined', declineCode: 'generic_decline' }, 'failed'],
  ] as const)('still writes a definite answer down while the operation is open: %j', async (outcome, status) => {
    const { id, reference, come, answer } = await overtaken();
    gateway.says('charge', reference, UNKNOWN).says('find', reference, UNKNOWN);
    await runner().takeOver((await read(shop, id)).operation, 'test');
    expect((await read(shop, id)).operation).toMatchObject({ status: 'unknown', fence: 2 });
    come(outcome);
    await answer;
    expect((await read(shop, id)).operation).toMatchObject({ status, fence: 3 });
  });

  test('knows of its own attempt alone: that it did not reach the gateway says nothing of what its successor sent', async () => {
    const { id, reference, come, answer } = await overtaken();
    gateway.says('charge', reference, UNKNOWN).says('find', reference, UNKNOWN);
    await runner().takeOver((await read(shop, id)).operation, 'test');
    come(UNREACHABLE);
    expect(await answer).toMatchObject({ status: 202, body: { status: 'unknown', charged: 'unknown' } });
    expect((await read(shop, id)).operation).toMatchObject({ status: 'unknown', fence: 2 });
  });

  test('writes nothing down without a definite answer', async () => {
    const { id, reference, come, answer } = await overtaken();
    gateway.says('charge', reference, UNKNOWN).says('find', reference, UNKNOWN);
    await runner().takeOver((await read(shop, id)).operation, 'test');
    come(UNKNOWN);
    expect((await answer).status).toBe(202);
    expect((await read(shop, id)).operation).toMatchObject({ status: 'unknown', fence: 2, version: 3 });
  });
});

describe('the database', () => {
  test('is asked again when it fails to settle for a passing reason', async () => {
    const settle = jest.spyOn(storeOf(shop), 'settle').mockRejectedValueOnce(new Error('connection terminated'));
    expect(await press().sent()).toMatchObject({ status: 201, body: { status: 'succeeded' } });
    expect(settle).toHaveBeenCalledTimes(2);
  });

  test('that cannot settle after the charge makes no error: the operation stays open for recovery', async () => {
    jest.spyOn(storeOf(shop), 'settle').mockRejectedValue(new Error('connection terminated'));
    const answer = await press().sent();
    expect(answer).toMatchObject({ status: 202, body: { status: 'pending', charged: 'unknown' } });
    jest.restoreAllMocks();
    const [row] = await shop.sql('select id, fence from operations where status = $1 and user_id = $2', ['pending', answer.body.userId]);
    expect(toPublicId('op', row.id)).toBe(answer.body.id);
    expect(await runner().takeOver({ ...row, userId: answer.body.userId }, 'test')).toMatchObject({
      settled: { operation: { status: 'succeeded' } },
    });
  });
});

test('no gateway is called inside a database transaction', async () => {
  const abandoned = await abandon(shop);
  const { operation } = await read(shop, abandoned.id);
  await transaction(shop.service.app.get(DataSource), () => runner().takeOver(operation, 'test'));
  expect(gateway.askedAbout(abandoned.reference)).toEqual([]);
  expect((await read(shop, abandoned.id)).operation.status).toBe('pending');
});
