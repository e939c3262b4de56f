import { describe, expect, test } from '@jest/globals';
import { pause } from '../../src/operations/kinds/pause.js';
import { anOperation, aStanding, aSubscription, MID_JANUARY } from '../kit/samples.js';

describe('pause', () => {
  test('stops what is paid for, for nothing and without a seat, and nothing is due any more', () => {
    expect(pause.decide({}, aStanding())).toEqual({
      result: 'changed',
      due: 0,
      leftOver: 0,
      lines: [],
      currency: null,
      seat: false,
      terms: {},
    });
    expect(pause.becomes(anOperation({ kind: 'pause', terms: {} }), MID_JANUARY)).toEqual({ status: 'paused', nextAt: null });
  });

  test('leaves alone what is paused', () => {
    expect(pause.decide({}, aStanding({ subscription: aSubscription({ status: 'paused' }) })).result).toBe('unchanged');
  });

  test.each(['trialing', 'past_due'] as const)('refuses what is %s', (status) => {
    const standing = aStanding({ subscription: aSubscription({ status }) });
    expect(() => pause.decide({}, standing)).toThrow(expect.objectContaining({ code: 'subscription-not-pausable' }));
  });

  test('refuses who has no subscription', () => {
    expect(() => pause.decide({}, aStanding({ subscription: null }))).toThrow(expect.objectContaining({ code: 'not-subscribed' }));
  });
});
