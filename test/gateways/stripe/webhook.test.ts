import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { Problem, type ProblemExtras } from '../../../src/platform/problems/problem.js';
import { gatewayTo, intent, REFERENCE, REFUND, refund, SECRET } from './charges.js';

const NOW_SECONDS = 1_790_000_000;
const gateway = gatewayTo(null, { webhookSecrets: ['whsec_next_secret', SECRET] });

beforeEach(() => void jest.spyOn(Date, 'now').mockReturnValue(NOW_SECONDS * 1000));
afterEach(() => void jest.restoreAllMocks());

const EVENT = {
  id: 'evt_1',
  object: 'event',
  type: 'payment_intent.succeeded',
  livemode: false,
  data: { object: intent() },
};
const BODY = JSON.stringify(EVENT, null, 2);
const PAYMENT = { id: 'evt_1', type: 'payment_intent.succeeded', reference: REFERENCE, gatewayReference: 'pi_1' };

function signatureOf(body: string, at: number | string = NOW_SECONDS, secret = SECRET): string {
  return createHmac('sha256', secret).update(`${at}.${body}`).digest('hex');
}

function header(body = BODY, at: number | string = NOW_SECONDS, secret = SECRET): string {
  return `t=${at},v1=${signatureOf(body, at, secret)}`;
}

function read(body: string | Buffer, signature: string | string[] | undefined) {
  return gateway.readEvent(Buffer.from(body), { 'stripe-signature': signature });
}

function refusal(body: string | Buffer, signature: string | string[] | undefined): { code: string; extras: ProblemExtras } {
  try {
    read(body, signature);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('It was accepted');
}

describe('an event that is taken', () => {
  test.each([
    { when: 'signed now', signature: header() },
    { when: 'signed 300 s ago', signature: header(BODY, NOW_SECONDS - 300) },
    { when: 'signed by a clock that is 300 s ahead', signature: header(BODY, NOW_SECONDS + 300) },
    { when: 'signed with the secret that is being introduced', signature: header(BODY, NOW_SECONDS, 'whsec_next_secret') },
    { when: 'with two v1 of which the first is wrong', signature: `t=${NOW_SECONDS},v1=${'0'.repeat(64)},v1=${signatureOf(BODY)}` },
    { when: 'with a v0 beside a v1', signature: `${header()},v0=${'0'.repeat(64)}` },
  ])('is one $when', ({ signature }) => {
    expect(read(BODY, signature)).toEqual(PAYMENT);
  });

  test.each([
    { type: 'refund.created', object: refund({ status: 'pending' }) },
    { type: 'refund.updated', object: refund() },
    { type: 'refund.failed', object: refund({ status: 'failed' }) },
    { type: 'charge.refund.updated', object: refund() },
  ])('and is $type leads to the operation that gives back', ({ type, object }) => {
    const body = JSON.stringify({ ...EVENT, type, data: { object } });
    expect(read(body, header(body))).toEqual({ id: 'evt_1', type, reference: REFUND.reference, gatewayReference: 're_1' });
  });

  test('and is charge.refunded leads to the operation that charged, by the payment of the charge', () => {
    const charge = { object: 'charge', id: 'ch_1', payment_intent: 'pi_1', amount_refunded: 1900, metadata: { reference: REFERENCE } };
    const body = JSON.stringify({ ...EVENT, type: 'charge.refunded', data: { object: charge } });
    expect(read(body, header(body))).toEqual({ ...PAYMENT, type: 'charge.refunded' });
  });

  test.each([
    { about: 'another object', object: { object: 'customer', id: 'cus_1', metadata: { reference: REFERENCE } }, gatewayReference: null },
    { about: 'a refund by somebody else', object: refund({ metadata: null }), gatewayReference: 're_1' },
    {
      about: 'a charge without a payment',
      object: { object: 'charge', id: 'ch_1', payment_intent: null, metadata: {} },
      gatewayReference: null,
    },
    { about: 'a payment without a reference', object: intent({ metadata: {} }), gatewayReference: 'pi_1' },
    {
      about: 'a payment with a reference that is none of ours',
      object: intent({ metadata: { reference: 'x' } }),
      gatewayReference: 'pi_1',
    },
  ])('about $about has no reference', ({ object, gatewayReference }) => {
    const body = JSON.stringify({ ...EVENT, data: { object } });
    expect(read(body, header(body))).toMatchObject({ reference: null, gatewayReference });
  });
});

describe('an event that is refused with webhook-signature', () => {
  const flipped = Buffer.from(BODY);
  flipped[40] = (flipped[40] ?? 0) ^ 1;

  test.each([
    { when: 'of which one byte is flipped', body: flipped, signature: header() },
    { when: 'that was parsed and written as JSON again', body: JSON.stringify(EVENT), signature: header() },
    { when: 'signed 301 s ago', body: BODY, signature: header(BODY, NOW_SECONDS - 301) },
    { when: 'signed by a clock that is 301 s ahead', body: BODY, signature: header(BODY, NOW_SECONDS + 301) },
    { when: 'with only a v0', body: BODY, signature: header().replace('v1=', 'v0=') },
    { when: 'signed with an unknown secret', body: BODY, signature: header(BODY, NOW_SECONDS, 'whsec_other') },
    { when: 'signed with the empty secret', body: BODY, signature: header(BODY, NOW_SECONDS, '') },
    { when: 'whose time was changed', body: BODY, signature: header(BODY, NOW_SECONDS - 301).replace(/t=\d+/, `t=${NOW_SECONDS}`) },
    { when: 'with two times', body: BODY, signature: `t=${NOW_SECONDS - 9_999},${header()}` },
    { when: 'whose time is no number', body: BODY, signature: header(BODY, 'NaN') },
    { when: 'whose v1 is empty', body: BODY, signature: `t=${NOW_SECONDS},v1` },
    { when: 'with an empty header', body: BODY, signature: '' },
    { when: 'without the header', body: BODY, signature: undefined },
    { when: 'with two headers', body: BODY, signature: [header(), header()] },
    { when: 'with a header of a million characters', body: BODY, signature: header() + ',v1=0'.repeat(200_000) },
  ])('is one $when', ({ body, signature }) => {
    expect(refusal(body, signature).code).toBe('webhook-signature');
  });

  test('is one of test mode when the key is live', () => {
    const live = gatewayTo(null, { apiKey: 'sk_live_1' });
    const take = () => live.readEvent(Buffer.from(BODY), { 'stripe-signature': header() });
    expect(take).toThrow(expect.objectContaining({ code: 'webhook-signature', message: expect.stringMatching(/test mode.*live mode/) }));
  });

  test('is one of live mode when the key is of test mode', () => {
    const body = JSON.stringify({ ...EVENT, livemode: true });
    expect(refusal(body, header(body)).code).toBe('webhook-signature');
  });

  test('says nothing of secrets and signatures', () => {
    const { extras } = refusal(BODY, header(BODY, NOW_SECONDS, 'whsec_other'));
    expect(JSON.stringify(extras)).not.toMatch(/whsec|[0-9a-f]{32}/);
  });
});

describe('a body whose signature fits', () => {
  test.each([
    '',
    'not json',
    'null',
    '[]',
    '{}',
    JSON.stringify({ ...EVENT, livemode: undefined }),
    JSON.stringify({ ...EVENT, object: 'v2.core.event' }),
  ])('and that is no event is refused with validation-failed: %s', (body) => {
    expect(refusal(body, header(body)).code).toBe('validation-failed');
  });
});

describe('secrets', () => {
  test.each(['', ' ', '\n'])('a secret that is %p is refused at construction', (secret) => {
    expect(() => gatewayTo(null, { webhookSecrets: [SECRET, secret] })).toThrow('A Stripe webhook secret is empty');
  });

  test('without any secret every event is refused', () => {
    const closed = gatewayTo(null, { webhookSecrets: [] });
    expect(() => closed.readEvent(Buffer.from(BODY), { 'stripe-signature': header() })).toThrow(Problem);
  });
});
