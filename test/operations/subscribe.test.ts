import { describe, expect, test } from '@jest/globals';
import { subscribe } from '../../src/operations/kinds/subscribe.js';
import { anOperation, aPlan, aStanding, aSubscription, MID_JANUARY } from '../kit/samples.js';

const STRANGER = aStanding({ plan: aPlan(), subscription: null, hadSubscription: false });

describe('subscribe decides', () => {
  test('the full price now, a seat, and the terms as they are', () => {
    expect(subscribe.decide({}, STRANGER)).toEqual({
      result: 'created',
      due: 1_900,
      leftOver: 0,
      lines: [{ type: 'plan', planId: 'pro', amount: 1_900 }],
      currency: 'USD',
      seat: true,
      terms: { price: { amount: 1_900, currency: 'USD' }, interval: 'month', description: 'Subscription: pro', trialDays: 0 },
    });
  });

  test('nothing now where the plan is free or begins with a trial', () => {
    expect(subscribe.decide({}, { ...STRANGER, plan: aPlan({ priceAmount: 0 }) }).due).toBe(0);
    expect(subscribe.decide({}, { ...STRANGER, plan: aPlan({ trialDays: 14 }) })).toMatchObject({ due: 0, terms: { trialDays: 14 } });
  });

  test('the full price for a trial of who had a subscription before', () => {
    const decision = subscribe.decide({}, { ...STRANGER, plan: aPlan({ trialDays: 14 }), hadSubscription: true });
    expect(decision).toMatchObject({ due: 1_900, terms: { trialDays: 0 } });
  });

  test.each([
    ['already-subscribed', { ...STRANGER, subscription: aSubscription() }],
    ['plan-not-found', { ...STRANGER, plan: null }],
    ['plan-not-found', { ...STRANGER, plan: aPlan({ onSale: false }) }],
  ])('against it: %s', (code, standing) => {
    expect(() => subscribe.decide({}, standing)).toThrow(expect.objectContaining({ code }));
  });
});

describe('with success, subscribe makes true', () => {
  test('an active subscription from the moment of payment for one interval', () => {
    expect(subscribe.becomes(anOperation(), MID_JANUARY)).toEqual({
      planId: 'pro',
      status: 'active',
      price: { amount: 1_900, currency: 'USD' },
      interval: 'month',
      periodStart: MID_JANUARY,
      periodEnd: new Date('2027-02-16T12:00:00Z'),
      anchorDay: 16,
      nextAt: new Date('2027-02-16T12:00:00Z'),
    });
  });

  test('a trial of so many days where the terms have one', () => {
    const operation = anOperation({ amount: 0, terms: { price: { amount: 4_900, currency: 'USD' }, interval: 'month', trialDays: 14 } });
    const end = new Date('2027-01-30T12:00:00Z');
    expect(subscribe.becomes(operation, MID_JANUARY)).toMatchObject({ status: 'trialing', periodEnd: end, nextAt: end, anchorDay: 30 });
  });

  test('nothing from an operation that was recorded without terms', () => {
    expect(() => subscribe.becomes(anOperation({ terms: {} }), MID_JANUARY)).toThrow(/without terms/);
  });
});
