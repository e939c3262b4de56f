import { describe, expect, test } from '@jest/globals';
import { resume } from '../../src/operations/resume.js';
import { anOperation, aSubscription, MID_JANUARY } from '../kit/samples.js';

const LEAVING = { now: MID_JANUARY, plan: null, subscription: aSubscription({ cancelAtPeriodEnd: true }), hadSubscription: true };

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

  test('refuses who has no subscription', () => {
    expect(() => resume.decide({}, { ...LEAVING, subscription: null })).toThrow(expect.objectContaining({ code: 'not-subscribed' }));
  });
});
