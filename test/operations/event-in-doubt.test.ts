import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ChargeOutcome } from '../../src/gateways/payment-gateway.js';
import { GatewayInbox } from '../../src/operations/gateway-inbox.js';
import { referenceOf } from '../../src/operations/intent.js';
import type { Operation } from '../../src/operations/operation.entity.js';
import { Runner } from '../../src/operations/runner.js';
import { letGo } from '../kit/held.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';
import { eventually } from '../kit/waiting.js';
import { storeOf } from './abandoned.js';
import { deliver, eventsAbout } from './gateway-events.js';
import { gatewayIdOf, pending, ScriptedGateway, WEBHOOK_SECRET } from './scripted-gateway.js';

const UNKNOWN = { kind: 'unknown', why: 'no answer' } as const;

const gateway = new ScriptedGateway();
let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', ports: { gateway }, env: { ROLES: 'api' } });
});
afterAll(() => shop?.close());

/** A press whose answer was lost: the operation is in doubt, and nobody is at it. */
async function inDoubt(): Promise<string> {
  const [user, key] = [newUser(), newKey()];
  const reference = referenceOf(user, 'put_subscription', key, 0);
  gateway.says('charge', reference, UNKNOWN);
  expect((await shop.as(user).subscribe('pro', { key })).body.status).toBe('unknown');
  await letGo(shop, user);
  return reference;
}

const statusOf = async (reference: string): Promise<string> => {
  const [row] = await shop.sql('select status from operations where reference = $1', [reference]);
  return (row as { status: string }).status;
};

/** The pause of an event is over, and nobody is at its operation any more; the test does not wait for the pause. */
async function tryAgain(reference: string): Promise<void> {
  const [{ user }] = await shop.sql('select user_id as user from operations where reference = $1', [reference]);
  await letGo(shop, user as string);
  await shop.sql('update gateway_events set next_attempt_at = now() where reference = $1 and next_attempt_at is not null', [reference]);
  await shop.service.app.get(GatewayInbox).sweep();
}

describe('an event about an operation in doubt', () => {
  test('is acted on again later, until the gateway has said what became of it', async () => {
    const reference = await inDoubt();
    gateway.says('charge', reference, UNKNOWN).says('find', reference, UNKNOWN);
    const inbox = shop.service.app.get(GatewayInbox);
    await inbox.store({ id: `evt_${randomUUID()}`, type: 'payment_intent.processing', reference, gatewayReference: null });
    await inbox.sweep();
    expect(await eventsAbout(shop, reference)).toMatchObject([{ attempts: 1, due: true, outcome: null }]);
    await tryAgain(reference);
    expect(await statusOf(reference)).toBe('succeeded');
    expect(await eventsAbout(shop, reference)).toMatchObject([{ attempts: 2, due: false, outcome: 'succeeded' }]);
  });

  test('that somebody else ends as failed meanwhile is asked about once more, after the end: the money is given back', async () => {
    const reference = await inDoubt();
    const call = pending<ChargeOutcome>();
    gateway.says('charge', reference, call.answer).says('find', reference, UNKNOWN);
    gateway.says('find', reference, { kind: 'charged', gatewayReference: gatewayIdOf(reference) });
    await deliver(shop, WEBHOOK_SECRET, { reference });
    await call.asked;
    const open = await storeOf(shop).findByReference(reference);
    await shop.service.app.get(Runner).resolve(storeOf(shop), open as Operation, 'somebody else', { outcome: 'not_charged' });
    call.come(UNKNOWN);
    await eventually(
      () => eventsAbout(shop, reference),
      ([event]) => event?.outcome === 'late_money',
    );
    const refunds = await shop.sql('select kind from operations where reference = $1', [reference.replace(/^cf_/, 'rf_')]);
    expect(refunds).toEqual([{ kind: 'refund' }]);
  });

  test('is acted on once where the gateway says at once what became of it', async () => {
    const reference = await inDoubt();
    await deliver(shop, WEBHOOK_SECRET, { reference });
    await eventually(
      () => eventsAbout(shop, reference),
      ([event]) => event?.due === false,
    );
    expect(await eventsAbout(shop, reference)).toMatchObject([{ attempts: 1, outcome: 'succeeded' }]);
  });
});
