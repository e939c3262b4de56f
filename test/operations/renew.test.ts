import { describe, expect, test } from '@jest/globals';
import type { DueRenewal, Ended, Standing } from '../../src/operations/kinds/kind.js';
import type { Failure, Terms } from '../../src/operations/operation.entity.js';
import { renew } from '../../src/operations/kinds/renew.js';
import type { Subscription } from '../../src/subscriptions/subscription.entity.js';
import { anOperation, aPlan, aStanding, aSubscription, DAY_MS, JANUARY, MID_JANUARY } from '../kit/samples.js';

const NOW = new Date(JANUARY.end.getTime() + 60_000);
const FEBRUARY = { start: JANUARY.end.toISOString(), end: '2027-03-01T00:00:00.000Z' };
const PRO = { planId: 'pro', price: { amount: 1_900, currency: 'USD' }, interval: 'month' as const };

function atTheEnd(members: Partial<Subscription> = {}, standing: Partial<Standing> = {}): Standing {
  return aStanding({ now: NOW, subscription: aSubscription(members), ...standing });
}

function dueOf(members: Partial<DueRenewal> = {}) {
  return { due: { periodEnd: JANUARY.end.toISOString(), attempts: 0, ...members } };
}

const OWING: Partial<Subscription> = { status: 'past_due', pastDue: { since: JANUARY.end.toISOString(), declines: 1 } };

describe('a renewal that time asks for decides', () => {
  test('the price of the next period, which begins where the last one ended, from the saved card with nobody there', () => {
    expect(renew.decide(dueOf(), atTheEnd())).toEqual({
      result: 'renewed',
      due: 900,
      leftOver: 0,
      lines: [{ type: 'plan', planId: 'basic', amount: 900 }],
      currency: 'USD',
      seat: false,
      terms: {
        price: { amount: 900, currency: 'USD' },
        interval: 'month',
        period: FEBRUARY,
        description: 'Renewal: basic',
        offSession: true,
        dunning: { scheduleMs: [DAY_MS, 3 * DAY_MS], end: 'cancel', pastDue: null },
        renewalAttempt: 0,
      },
    });
  });

  test('the plan that was to follow, with a seat of it', () => {
    const decision = renew.decide(dueOf(), atTheEnd({ pendingChange: PRO }));
    expect(decision).toMatchObject({ result: 'changed', due: 1_900, seat: true, terms: { price: PRO.price } });
  });

  test('no second seat of the plan that is held, where only its price was to change', () => {
    const decision = renew.decide(dueOf(), atTheEnd({ pendingChange: { ...PRO, planId: 'basic' } }));
    expect(decision).toMatchObject({ due: 1_900, seat: false });
  });

  test('the plan that is held where the one that was to follow is full, and says so', () => {
    expect(renew.decide(dueOf(), atTheEnd({ pendingChange: PRO }, { planFull: true }))).toMatchObject({
      result: 'renewed',
      due: 900,
      seat: false,
      terms: { droppedChange: { planId: 'pro', reason: 'plan-full' } },
    });
  });

  test.each([
    ['the end of who was to leave', { cancelAtPeriodEnd: true }, 'canceled'],
    ['the end of who was to leave, though no card is there', { cancelAtPeriodEnd: true, paymentMethod: null }, 'canceled'],
    ['a pause where there is no card', { paymentMethod: null }, 'paused'],
    ['the end where the card is the one that will never pay', { ...OWING, pastDue: dead('pm_card_visa') }, 'canceled'],
  ] as const)('instead of a renewal %s', (_what, members, ends) => {
    expect(renew.decide(dueOf(), atTheEnd(members))).toMatchObject({ result: ends, due: 0, lines: [], seat: false, terms: { ends } });
  });

  test('a pause after a dead card where that is the end of the schedule', () => {
    const standing = atTheEnd({ ...OWING, pastDue: dead('pm_card_visa') });
    const decision = renew.decide(dueOf(), { ...standing, dunning: { scheduleMs: [], end: 'pause' } });
    expect(decision.terms).toEqual({ ends: 'paused' });
  });

  test('to ask another card than the one that is dead', () => {
    expect(renew.decide(dueOf(), atTheEnd({ ...OWING, pastDue: dead('pm_other') })).due).toBe(900);
  });

  test('the next period without a card where credit pays for it, or nothing is to be paid', () => {
    expect(renew.decide(dueOf(), atTheEnd({ paymentMethod: null }, { credit: { USD: 900 } })).result).toBe('renewed');
    expect(renew.decide(dueOf(), atTheEnd({ paymentMethod: null }, { credit: { USD: 899 } })).result).toBe('paused');
    expect(renew.decide(dueOf(), atTheEnd({ paymentMethod: null }, { credit: { EUR: 900 } })).result).toBe('paused');
    expect(renew.decide(dueOf(), atTheEnd({ paymentMethod: null, priceAmount: 0 }))).toMatchObject({ result: 'renewed', due: 0 });
  });

  test.each<[string, Partial<Subscription>, Partial<DueRenewal>]>([
    ['before it is time', { nextAt: new Date(NOW.getTime() + 1) }, {}],
    ['of what is due for nothing', { nextAt: null, status: 'paused' }, {}],
    ['of another period', {}, { periodEnd: JANUARY.start.toISOString() }],
    ['of a try that was made', { renewalAttempts: 1 }, {}],
    ['of a try that is yet to come', {}, { attempts: 1 }],
  ])('against it: nothing-due %s', (_what, members, due) => {
    expect(() => renew.decide(dueOf(due), atTheEnd(members))).toThrow(expect.objectContaining({ code: 'nothing-due' }));
  });

  test('against it: not-subscribed', () => {
    expect(() => renew.decide(dueOf(), aStanding({ subscription: null }))).toThrow(expect.objectContaining({ code: 'not-subscribed' }));
  });
});

describe('a customer who pays what is due', () => {
  test('pays for the same period, and nothing comes of a decline', () => {
    const { due, terms } = renew.decide({}, atTheEnd(OWING));
    expect(due).toBe(900);
    expect(terms).toEqual({ price: { amount: 900, currency: 'USD' }, interval: 'month', period: FEBRUARY, description: 'Renewal: basic' });
  });

  test('may pay with the card that time does not ask any more', () => {
    expect(renew.decide({}, atTheEnd({ ...OWING, pastDue: dead('pm_card_visa') })).due).toBe(900);
  });

  test.each(['active', 'trialing', 'paused'] as const)('is refused while the subscription is %s: nothing-due', (status) => {
    expect(() => renew.decide({}, atTheEnd({ status }))).toThrow(expect.objectContaining({ code: 'nothing-due' }));
  });
});

describe('with success, a renewal makes true', () => {
  const price = { amount: 900, currency: 'USD' };

  test('the period that was paid for, whenever the money came, and nothing owed any more', () => {
    const operation = anOperation({ kind: 'renew', toPlanId: 'basic', terms: { price, interval: 'month', period: FEBRUARY } });
    expect(renew.becomes(operation, new Date('2027-02-20T00:00:00Z'))).toEqual({
      status: 'active',
      periodStart: JANUARY.end,
      periodEnd: new Date(FEBRUARY.end),
      nextAt: new Date(FEBRUARY.end),
      renewalAttempts: 0,
      pastDue: null,
      planId: 'basic',
      price,
      interval: 'month',
      pendingChange: null,
    });
  });

  test.each(['canceled', 'paused'] as const)('what it ends in: %s, with nothing due and nothing to follow', (ends) => {
    expect(renew.becomes(anOperation({ kind: 'renew', terms: { ends } }), NOW)).toEqual({
      status: ends,
      nextAt: null,
      pendingChange: null,
      cancelAtPeriodEnd: false,
    });
  });

  test('nothing from one that was recorded without its period', () => {
    expect(() => renew.becomes(anOperation({ kind: 'renew', terms: { price, interval: 'month' } }), NOW)).toThrow(/without its period/);
  });
});

describe('without success, a renewal makes true', () => {
  const byTime: Terms = { dunning: { scheduleMs: [DAY_MS, 3 * DAY_MS], end: 'cancel', pastDue: null }, renewalAttempt: 0 };
  const failing = (terms: Terms, problem: Ended['problem'], at = MID_JANUARY) =>
    renew.failing?.(anOperation({ kind: 'renew', terms }), { at, problem });
  const declined = (declineCode: string): Failure => ({ code: 'payment-declined', detail: 'no', declineCode });

  test('a debt after a decline, and the next try of the schedule', () => {
    expect(failing(byTime, declined('insufficient_funds'))).toEqual({
      status: 'past_due',
      nextAt: new Date(MID_JANUARY.getTime() + DAY_MS),
      pastDue: { since: MID_JANUARY.toISOString(), declines: 1 },
      renewalAttempts: 1,
    });
  });

  test('the same where the customer never authenticated', () => {
    expect(failing(byTime, null)).toMatchObject({ status: 'past_due', pastDue: { declines: 1 } });
  });

  test.each<[string, Failure]>([
    ['a hard decline', declined('stolen_card')],
    ['a card that is none', { code: 'payment-method-invalid', detail: 'no', declineCode: 'x' }],
  ])('after %s a last try for another card, and a note of the dead one', (_what, problem) => {
    expect(failing(byTime, problem)).toEqual({
      status: 'past_due',
      nextAt: new Date(MID_JANUARY.getTime() + 3 * DAY_MS),
      pastDue: { since: MID_JANUARY.toISOString(), declines: 1, deadCard: 'pm_card_visa' },
      renewalAttempts: 1,
    });
  });

  test('no debt where the gateway proves not to have tried: the same again after ten minutes, twice as long each time, up to a day', () => {
    const untried: Failure = { code: 'gateway-unavailable', detail: 'no' };
    const after = (minutes: number) => new Date(MID_JANUARY.getTime() + minutes * 60_000);
    expect(failing(byTime, untried)).toEqual({ nextAt: after(10), renewalAttempts: 1 });
    expect(failing({ ...byTime, renewalAttempt: 3 }, untried)).toEqual({ nextAt: after(80), renewalAttempts: 4 });
    expect(failing({ ...byTime, renewalAttempt: 300 }, untried)).toEqual({ nextAt: after(24 * 60), renewalAttempts: 301 });
  });

  test('nothing where the customer asked for it', () => {
    expect(failing({}, declined('insufficient_funds'))).toBeNull();
  });
});

describe('a plan in the catalogue', () => {
  test('has no say in a renewal: the price is the one at which it is held', () => {
    expect(renew.decide(dueOf(), atTheEnd({}, { plan: aPlan({ id: 'basic', priceAmount: 5_000 }) })).due).toBe(900);
  });
});

function dead(deadCard: string) {
  return { since: JANUARY.end.toISOString(), declines: 1, deadCard };
}
