import { describe, expect, test } from '@jest/globals';
import { resume } from '../../src/operations/kinds/resume.js';
import { anOperation, aStanding, aSubscription, JANUARY, MID_JANUARY } from '../kit/samples.js';

const LEAVING = aStanding({ subscription: aSubscription({ cancelAtPeriodEnd: true }) });
const PAUSED = aStanding({ subscription: aSubscription({ status: 'paused', nextAt: null, cancelAtPeriodEnd: true }) });
const FEBRUARY = new Date('2027-02-10T12:00:00Z');

describe('resume', () => {
  test('takes a scheduled cancel back, for nothing', () => {
    expect(resume.decide({}, LEAVING)).toEqual({
      result: 'changed',
      due: 0,
      leftOver: 0,
      lines: [],
      currency: null,
      seat: false,
      terms: {},
    });
    expect(resume.becomes(anOperation({ kind: 'resume', terms: {} }), MID_JANUARY)).toEqual({ cancelAtPeriodEnd: false });
  });

  test('leaves alone who does not leave', () => {
    expect(resume.decide({}, { ...LEAVING, subscription: aSubscription() }).result).toBe('unchanged');
  });

  test('goes on after a pause in the period that was paid for: for nothing, with a seat, and due again at its end', () => {
    const decision = resume.decide({}, PAUSED);
    expect(decision).toMatchObject({ result: 'changed', due: 0, seat: true, terms: { period: { end: JANUARY.end.toISOString() } } });
    const operation = anOperation({ kind: 'resume', terms: decision.terms });
    expect(resume.becomes(operation, MID_JANUARY)).toEqual({ status: 'active', nextAt: JANUARY.end, cancelAtPeriodEnd: false });
  });

  test('after that period begins a new one, at the price at which the plan is held, with a seat and an anchor of its own', () => {
    const decision = resume.decide({}, { ...PAUSED, now: FEBRUARY });
    expect(decision).toMatchObject({ due: 900, currency: 'USD', seat: true, lines: [{ type: 'plan', planId: 'basic', amount: 900 }] });
    const end = new Date('2027-03-10T12:00:00Z');
    expect(resume.becomes(anOperation({ kind: 'resume', terms: decision.terms }), FEBRUARY)).toEqual({
      status: 'active',
      periodStart: FEBRUARY,
      periodEnd: end,
      anchorDay: 10,
      nextAt: end,
      renewalAttempts: 0,
      pastDue: null,
      cancelAtPeriodEnd: false,
    });
  });

  test('begins anew at the very end of the period', () => {
    expect(resume.decide({}, { ...PAUSED, now: JANUARY.end }).due).toBe(900);
  });

  test('refuses who has no subscription', () => {
    expect(() => resume.decide({}, { ...LEAVING, subscription: null })).toThrow(expect.objectContaining({ code: 'not-subscribed' }));
  });
});
