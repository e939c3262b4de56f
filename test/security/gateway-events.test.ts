import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createHmac, randomUUID } from 'node:crypto';
import { letGo } from '../kit/held.js';
import { newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';
import { eventually } from '../kit/waiting.js';
import { send } from './walk.js';

/** Two, as while one is replaced. */
const [NEW_SECRET, OLD_SECRET] = ['whsec_the_new_one', 'whsec_the_old_one'];

let shop: Shop;

beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api', STRIPE_WEBHOOK_SECRET: `${NEW_SECRET},${OLD_SECRET}` } });
});
afterAll(() => shop?.close());
beforeEach(() => shop.sql('delete from gateway_events'));

interface Wish {
  livemode?: boolean;
  type?: string;
  reference?: string | null;
}

/** An event as Stripe prints it, indented. */
function eventOf({ livemode = false, type = 'payment_intent.succeeded', reference = null }: Wish = {}): string {
  const object = {
    object: 'payment_intent',
    id: 'pi_of_the_event',
    status: 'succeeded',
    amount: 1,
    metadata: reference ? { reference } : {},
  };
  return JSON.stringify({ id: `evt_${randomUUID().replaceAll('-', '')}`, object: 'event', type, livemode, data: { object } }, null, 2);
}

function sign(body: string, { at = Math.floor(Date.now() / 1_000), secret = NEW_SECRET, scheme = 'v1' } = {}): string {
  return `t=${at},${scheme}=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`;
}

async function deliver(body: string, signature: string | null = sign(body), gateway = 'stripe') {
  const headers = { 'content-type': 'application/json', ...(signature === null ? {} : { 'stripe-signature': signature }) };
  const sent = await send(shop, 'POST', `/v1/webhooks/${gateway}`, headers, body);
  return { status: sent.status, body: JSON.parse(sent.text) as { code?: string; received?: boolean }, text: sent.text };
}

function stored(): Promise<{ event_id: string; type: string; reference: string | null }[]> {
  return shop.sql('select event_id, type, reference from gateway_events');
}

const now = () => Math.floor(Date.now() / 1_000);

describe('an event is believed', () => {
  test.each([
    ['signed with the new secret', {}],
    ['signed with the one that is being replaced', { secret: OLD_SECRET }],
    ['signed four minutes ago', { at: now() - 240 }],
  ])('that is %s', async (_, how) => {
    const body = eventOf();
    expect(await deliver(body, sign(body, how))).toMatchObject({ status: 200, body: { received: true } });
    expect(await stored()).toEqual([{ event_id: JSON.parse(body).id, type: 'payment_intent.succeeded', reference: null }]);
  });

  test('once: a replay is acknowledged, stored no second time and has no effect', async () => {
    const body = eventOf();
    const answers = await Promise.all(Array.from({ length: 10 }, () => deliver(body)));
    answers.push(await deliver(body), await deliver(body, sign(body, { secret: OLD_SECRET })));
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200));
    expect(await stored()).toHaveLength(1);
  });
});

describe('an event is refused and not stored', () => {
  test.each<[string, (body: string) => [string, string | null]]>([
    ['whose body was changed by one byte', (body) => [body.replace('"amount": 1', '"amount": 2'), sign(body)]],
    ['whose body was printed anew', (body) => [JSON.stringify(JSON.parse(body)), sign(body)]],
    ['that was signed more than 300 s ago', (body) => [body, sign(body, { at: now() - 310 })]],
    ['that is signed for later', (body) => [body, sign(body, { at: now() + 310 })]],
    ['that is signed with another secret', (body) => [body, sign(body, { secret: 'whsec_somebody_else' })]],
    ['that is signed with no secret', (body) => [body, sign(body, { secret: '' })]],
    ['that is signed by the old scheme alone', (body) => [body, sign(body, { scheme: 'v0' })]],
    ['without signature', (body) => [body, null]],
    ['with an empty signature', (body) => [body, '']],
    ['whose time was changed afterwards', (body) => [body, sign(body).replace(/t=\d+/, `t=${now() - 1}`)]],
    ['with two times', (body) => [body, `t=${now()},${sign(body, { at: now() - 600 })}`]],
    [
      'from live mode, to a key of test mode',
      () => {
        const live = eventOf({ livemode: true });
        return [live, sign(live)];
      },
    ],
  ])('%s', async (_, spoil) => {
    const answer = await deliver(...spoil(eventOf()));
    expect(answer).toMatchObject({ status: 400, body: { code: 'webhook-signature', charged: 'no' } });
    expect(answer.text).not.toMatch(/whsec|v1=/);
    expect(await stored()).toEqual([]);
  });

  test('for a gateway that is not in use, however well it is signed', async () => {
    const body = eventOf();
    for (const gateway of ['bluesnap', 'Stripe', 'stripe2', '..%2fstripe', '']) {
      expect((await deliver(body, sign(body), gateway)).status).toBe(404);
    }
    expect(await stored()).toEqual([]);
  });

  test.each([
    '{}',
    '[]',
    'null',
    '""',
    '{"object":"event"}',
    '{"id":"evt_1\\u0000","object":"event","type":"x","livemode":false,"data":{"object":{"object":"x"}}}',
  ])('whose signature fits a body that is no event: %s', async (body) => {
    expect(await deliver(body)).toMatchObject({ status: 400, body: { code: 'validation-failed' } });
    expect(await stored()).toEqual([]);
  });
});

describe('an event is a hint and no proof', () => {
  async function referenceOf(publicId: string): Promise<string> {
    const { body } = await shop.as('viewer_1', ['viewer']).get(`/v1/admin/operations/${publicId}`);
    return body.reference as string;
  }

  test('one that claims success for what the customer has not confirmed changes nothing', async () => {
    const userId = newUser();
    const user = shop.as(userId);
    const waiting = await user.subscribe('pro', { paymentMethod: 'pm_card_authenticationRequired' });
    await letGo(shop, userId);
    expect((await deliver(eventOf({ reference: await referenceOf(waiting.body.id) }))).status).toBe(200);
    const outcome = () => shop.sql('select outcome from gateway_events');
    expect(await eventually(outcome, ([row]) => row?.outcome !== null)).toEqual([{ outcome: 'requires_action' }]);
    expect((await user.get(`/v1/operations/${waiting.body.id}`)).body).toMatchObject({ status: 'requires_action', charged: 'no' });
    expect((await user.get('/v1/me/subscription')).status).toBe(404);
  });

  test('one that claims success for a declined charge changes nothing and starts no alarm', async () => {
    const user = shop.as(newUser());
    const declined = await user.subscribe('pro', { paymentMethod: 'pm_card_chargeDeclined' });
    await deliver(eventOf({ reference: await referenceOf(declined.body.operationId) }));
    const outcome = () => shop.sql('select outcome from gateway_events');
    expect(await eventually(outcome, ([row]) => row?.outcome !== null)).toEqual([{ outcome: 'nothing_to_do' }]);
    expect((await user.get(`/v1/operations/${declined.body.operationId}`)).body).toMatchObject({ status: 'failed', charged: 'no' });
  });

  test('one that claims failure settles by what the gateway says, which is that the money moved', async () => {
    const userId = newUser();
    const user = shop.as(userId);
    const doubtful = await user.subscribe('basic', { paymentMethod: 'pm_sandbox_500_charged' });
    expect(doubtful.body.status).toBe('unknown');
    await letGo(shop, userId);
    await deliver(eventOf({ type: 'payment_intent.payment_failed', reference: await referenceOf(doubtful.body.id) }));
    const seen = await eventually(
      () => user.get(`/v1/operations/${doubtful.body.id}`),
      ({ body }) => body.status !== 'unknown',
    );
    expect(seen.body).toMatchObject({ status: 'succeeded', charged: 'yes' });
    expect((await user.get('/v1/me/subscription')).body).toMatchObject({ planId: 'basic', status: 'active' });
  });

  test('one about a charge that nobody here knows raises an alarm', async () => {
    await deliver(eventOf({ reference: 'cf_that_nobody_here_knows' }));
    const metrics = async () => (await send(shop, 'GET', '/metrics', {})).text;
    await eventually(metrics, (text) => text.includes('counterfoil_alarms_total{alarm="charge_without_operation"} 1'));
  });
});
