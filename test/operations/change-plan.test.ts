import { describe, expect, test } from '@jest/globals';
import { changePlan } from '../../src/operations/kinds/change-plan.js';
import type { Standing } from '../../src/operations/kinds/kind.js';
import { anOperation, aPlan, aStanding, aSubscription, JANUARY, MID_JANUARY } from '../kit/samples.js';

const ON_BASIC: Standing = aStanding({ plan: aPlan() });
const CHEAPER: Standing = { ...ON_BASIC, plan: aPlan({ id: 'mini', priceAmount: 500 }) };
const BASIC = aPlan({ id: 'basic', priceAmount: 900 });

describe('change of plan decides', () => {
  test('a step up now, for the difference of the rest of the period, in the running period', () => {
    expect(changePlan.decide({}, ON_BASIC)).toEqual({
      result: 'changed',
      due: 500,
      leftOver: 0,
      lines: [
        { type: 'unused_time', planId: 'basic', amount: -450 },
        { type: 'plan', planId: 'pro', amount: 950 },
      ],
      currency: 'USD',
      seat: true,
      terms: {
        price: { amount: 1_900, currency: 'USD' },
        interval: 'month',
        at: 'now',
        description: 'Change of plan: pro',
        keepPeriod: true,
      },
    });
  });

  test('a step down at the end of the period, for nothing and without a seat', () => {
    expect(changePlan.decide({}, CHEAPER)).toEqual({
      result: 'changed',
      due: 0,
      leftOver: 0,
      lines: [],
      currency: 'USD',
      seat: false,
      terms: { price: { amount: 500, currency: 'USD' }, interval: 'month', at: 'period_end' },
    });
  });

  test('a step down now where that is asked for, with a seat, and what is left over as credit', () => {
    expect(changePlan.decide({ effective: 'now' }, CHEAPER)).toMatchObject({
      due: 0,
      leftOver: 200,
      lines: [
        { type: 'unused_time', planId: 'basic', amount: -450 },
        { type: 'plan', planId: 'mini', amount: 250 },
        { type: 'credit_granted', planId: null, amount: 200 },
      ],
      seat: true,
      terms: { at: 'now', keepPeriod: true },
    });
  });

  test('a step down now from a year to a month in a new period, and the rest of the year as credit', () => {
    const yearly = aSubscription({ interval: 'year', priceAmount: 36_500, periodEnd: new Date('2028-01-01T00:00:00Z') });
    const decision = changePlan.decide({ effective: 'now' }, { ...ON_BASIC, subscription: yearly });
    expect(decision).toMatchObject({ due: 0, leftOver: 34_950 - 1_900, terms: { keepPeriod: false } });
  });

  test('a step up at the end of the period where that is asked for', () => {
    expect(changePlan.decide({ effective: 'period_end' }, ON_BASIC)).toMatchObject({ due: 0, seat: false, terms: { at: 'period_end' } });
  });

  test('a new period for another interval, and for who paid nothing so far', () => {
    const yearly = { ...ON_BASIC, plan: aPlan({ id: 'yearly', interval: 'year', priceAmount: 9_000 }) };
    expect(changePlan.decide({}, yearly)).toMatchObject({ due: 8_550, terms: { keepPeriod: false } });
    const free = { ...ON_BASIC, subscription: aSubscription({ planId: 'free', priceAmount: 0 }) };
    expect(changePlan.decide({}, free)).toMatchObject({ due: 1_900, terms: { keepPeriod: false } });
  });

  test('nothing to pay on trial: the trial goes on with the other plan', () => {
    const onTrial = { ...ON_BASIC, subscription: aSubscription({ status: 'trialing' }) };
    expect(changePlan.decide({}, onTrial)).toMatchObject({ due: 0, seat: true, terms: { at: 'now', keepPeriod: true } });
  });

  test('nothing for the plan that is held, or that is waited for already', () => {
    const unchanged = { result: 'unchanged', due: 0, seat: false, terms: {} };
    expect(changePlan.decide({}, { ...ON_BASIC, plan: BASIC })).toMatchObject(unchanged);
    const waiting = aSubscription({ pendingChange: { planId: 'mini', price: { amount: 500, currency: 'USD' }, interval: 'month' } });
    expect(changePlan.decide({}, { ...CHEAPER, subscription: waiting })).toMatchObject(unchanged);
  });

  test('to take a scheduled change back for who asks for the plan that is held; no second seat for it', () => {
    const waiting = aSubscription({ pendingChange: { planId: 'mini', price: { amount: 500, currency: 'USD' }, interval: 'month' } });
    expect(changePlan.decide({}, { ...ON_BASIC, plan: BASIC, subscription: waiting })).toMatchObject({
      result: 'changed',
      due: 0,
      seat: false,
    });
  });

  test.each<[string, Standing]>([
    ['not-subscribed', { ...ON_BASIC, subscription: null }],
    ['plan-not-found', { ...ON_BASIC, plan: null }],
    ['plan-not-found', { ...ON_BASIC, plan: aPlan({ onSale: false }) }],
    ['subscription-paused', { ...ON_BASIC, subscription: aSubscription({ status: 'paused' }) }],
    ['currency-mismatch', { ...ON_BASIC, plan: aPlan({ priceCurrency: 'EUR' }) }],
  ])('against it: %s', (code, standing) => {
    expect(() => changePlan.decide({}, standing)).toThrow(expect.objectContaining({ code }));
  });
});

describe('with success, a change of plan makes true', () => {
  const price = { amount: 1_900, currency: 'USD' };

  test('the new plan in the running period', () => {
    const operation = anOperation({ kind: 'change_plan', terms: { price, interval: 'month', at: 'now', keepPeriod: true } });
    expect(changePlan.becomes(operation, MID_JANUARY)).toEqual({ planId: 'pro', price, interval: 'month', pendingChange: null });
  });

  test('the new plan in a new period, paid for and so active', () => {
    const operation = anOperation({ kind: 'change_plan', terms: { price, interval: 'year', at: 'now', keepPeriod: false } });
    expect(changePlan.becomes(operation, JANUARY.start)).toEqual({
      planId: 'pro',
      price,
      interval: 'year',
      pendingChange: null,
      status: 'active',
      periodStart: JANUARY.start,
      periodEnd: new Date('2028-01-01T00:00:00Z'),
      anchorDay: 1,
      nextAt: new Date('2028-01-01T00:00:00Z'),
      renewalAttempts: 0,
      pastDue: null,
    });
  });

  test('nothing yet but what waits for the end of the period', () => {
    const operation = anOperation({ kind: 'change_plan', terms: { price, interval: 'month', at: 'period_end' } });
    expect(changePlan.becomes(operation, MID_JANUARY)).toEqual({ pendingChange: { planId: 'pro', price, interval: 'month' } });
  });
});
