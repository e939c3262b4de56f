import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { GatewayInbox } from '../../src/operations/gateway-inbox.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';
import { eventually } from '../kit/waiting.js';
import { referenceOf } from '../../src/operations/intent.js';
import { abandon, metric, read } from './abandoned.js';
import { deliver, eventsAbout, type EventRow } from './gateway-events.js';

const SECRET = 'whsec_of_the_gateway_inbox';

let shop: Shop;
beforeAll(async () => {
  // Silence costs a test this long; a call that is held must not be given up meanwhile, on a busy machine either.
  shop = await Shop.open({ env: { ROLES: 'api', STRIPE_WEBHOOK_SECRET: SECRET, GATEWAY_TIMEOUT_MS: '3000' } });
});
afterAll(() => shop?.close());

const send = (wish: Parameters<typeof deliver>[2]) => deliver(shop, SECRET, wish);
const sweep = () => shop.service.app.get(GatewayInbox).sweep();
const done = (reference: string): Promise<EventRow[]> =>
  eventually(
    () => eventsAbout(shop, reference),
    (rows) => rows.length > 0 && rows.every(({ due }) => !due),
  );

/** One that met another at work is due again after a pause; the test does not wait for it. */
async function doneAfterPauses(reference: string): Promise<EventRow[]> {
  const look = async (): Promise<EventRow[]> => {
    await shop.sql('update gateway_events set next_attempt_at = now() where reference = $1 and attempts > 0 and next_attempt_at > now()', [
      reference,
    ]);
    await sweep();
    return eventsAbout(shop, reference);
  };
  return eventually(look, (rows) => rows.every(({ due }) => !due));
}

/** A press whose reference at the gateway is known beforehand. */
function press(paymentMethod: string) {
  const [user, key] = [newUser(), newKey()];
  const reference = referenceOf(user, 'put_subscription', key, 0);
  const sent = shop.as(user).subscribe('pro', { key, paymentMethod });
  return { user, reference, sent };
}

const chargesOf = async (reference: string) => (await shop.succeededCharges()).filter((charge) => charge.reference === reference);

describe('an event', () => {
  test('after the answer was lost settles the operation at once', async () => {
    const { user, reference, sent } = press('pm_sandbox_timeout_charged');
    expect(await sent).toMatchObject({ status: 202, body: { status: 'unknown' } });
    expect(await send({ reference })).toBe(200);
    await doneAfterPauses(reference);
    expect((await shop.as(user).get('/v1/me/subscription')).body.planId).toBe('pro');
    expect(await chargesOf(reference)).toHaveLength(1);
  });

  test('while the call is still at the gateway leaves the operation to its owner, and is acted on again later', async () => {
    await shop.gateway('POST', '/sandbox/hold', { at: 'after', count: 1 });
    const { reference, sent } = press('pm_card_visa');
    await shop.gateway('GET', '/sandbox/held?atLeast=1');
    await send({ reference });
    await eventually(
      () => eventsAbout(shop, reference),
      (rows) => rows[0]?.attempts === 1,
    );
    await shop.gateway('POST', '/sandbox/release');
    expect(await sent).toMatchObject({ status: 201, body: { gateway: { attempts: 1 } } });
    expect(await eventsAbout(shop, reference)).toMatchObject([{ attempts: 1, due: true, outcome: null }]);
    expect(await doneAfterPauses(reference)).toMatchObject([{ outcome: 'nothing_to_do' }]);
  });

  test('after the end of its operation changes nothing', async () => {
    const { reference, sent } = press('pm_card_visa');
    const { version } = (await sent).body;
    await send({ reference });
    expect(await done(reference)).toMatchObject([{ outcome: 'nothing_to_do' }]);
    const [row] = await shop.sql('select version from operations where reference = $1', [reference]);
    expect(row.version).toBe(version);
  });

  test('that comes twice is stored once and acted on once', async () => {
    const { reference, sent } = press('pm_sandbox_timeout_charged');
    await sent;
    const id = 'evt_that_comes_twice';
    expect(await Promise.all([send({ reference, id }), send({ reference, id }), send({ reference, id })])).toEqual([200, 200, 200]);
    expect(await doneAfterPauses(reference)).toMatchObject([{ event_id: id }]);
    expect(await chargesOf(reference)).toMatchObject([{ attempts: 2 }]);
  });

  test('out of order comes to the same end', async () => {
    const { reference, sent } = press('pm_sandbox_timeout_charged');
    await sent;
    for (const type of ['payment_intent.succeeded', 'payment_intent.payment_failed', 'payment_intent.created'])
      await send({ reference, type });
    expect(await doneAfterPauses(reference)).toHaveLength(3);
    const [row] = await shop.sql('select status from operations where reference = $1', [reference]);
    expect(row.status).toBe('succeeded');
    expect(await chargesOf(reference)).toHaveLength(1);
  });

  test('whose reader crashed before it acted is acted on again', async () => {
    const { reference, sent } = press('pm_card_visa');
    await sent;
    await shop.sql(
      `insert into gateway_events (gateway, event_id, type, reference, attempts, next_attempt_at)
       values ('stripe', 'evt_of_a_crashed_reader', 'payment_intent.succeeded', $1, 1, now() - interval '1 second')`,
      [reference],
    );
    await sweep();
    expect(await done(reference)).toMatchObject([{ attempts: 2, outcome: 'nothing_to_do' }]);
  });
});

describe('an event that lies, though its signature is valid', () => {
  test('pays for nothing that waits for the customer', async () => {
    const { user, reference, sent } = press('pm_card_authenticationRequired');
    const waiting = await sent;
    expect(waiting.body.status).toBe('requires_action');
    await send({ reference, gatewayReference: waiting.body.gateway.reference as string });
    expect(await doneAfterPauses(reference)).toMatchObject([{ outcome: 'requires_action' }]);
    expect((await shop.as(user).get('/v1/me/subscription')).body.code).toBe('not-subscribed');
  });

  test('pays for nothing that was declined', async () => {
    const { user, reference, sent } = press('pm_card_chargeDeclined');
    expect((await sent).status).toBe(402);
    await send({ reference });
    expect(await done(reference)).toMatchObject([{ outcome: 'nothing_to_do' }]);
    expect((await shop.as(user).get('/v1/me/subscription')).body.code).toBe('not-subscribed');
  });

  test('takes nothing from what was charged', async () => {
    const { user, reference, sent } = press('pm_card_visa');
    await sent;
    for (const type of ['payment_intent.canceled', 'payment_intent.payment_failed']) await send({ reference, type });
    expect(await done(reference)).toMatchObject([{ outcome: 'nothing_to_do' }, { outcome: 'nothing_to_do' }]);
    expect((await shop.as(user).get('/v1/me/subscription')).body.planId).toBe('pro');
  });

  test('only has an abandoned operation looked after as recovery would: the gateway decides', async () => {
    const { id, reference } = await abandon(shop);
    await send({ reference, type: 'payment_intent.payment_failed' });
    await done(reference);
    expect((await read(shop, id)).operation.status).toBe('succeeded');
    expect(await chargesOf(reference)).toHaveLength(1);
  });

  test('of a charge of ours that we do not know raises an alarm', async () => {
    const alarm = 'counterfoil_alarms_total{alarm="charge_without_operation"}';
    const before = await metric(shop, alarm);
    await send({ reference: 'cf_that_nobody_recorded' });
    expect(await done('cf_that_nobody_recorded')).toMatchObject([{ outcome: 'no_operation' }]);
    expect(await metric(shop, alarm)).toBe(before + 1);
  });
});

test('an event of somebody else’s charge is stored and left alone', async () => {
  expect(await send({ reference: null, id: 'evt_of_somebody_else' })).toBe(200);
  const [row] = await shop.sql("select next_attempt_at, attempts from gateway_events where event_id = 'evt_of_somebody_else'");
  expect(row).toEqual({ next_attempt_at: null, attempts: 0 });
});
