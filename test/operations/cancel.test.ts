import { describe, expect, test } from '@jest/globals';
import { cancel } from '../../src/operations/kinds/cancel.js';
import { anOperation, aStanding, aSubscription, MID_JANUARY } from '../kit/samples.js';

const SUBSCRIBED = aStanding();
const LEAVING = { ...SUBSCRIBED, subscription: aSubscription({ cancelAtPeriodEnd: true }) };

describe('cancel decides', () => {
  test.each(['now', 'period_end'] as const)('to leave at %s, for nothing and without a seat', (effective) => {
    expect(cancel.decide({ effective }, SUBSCRIBED)).toEqual({
      result: 'changed',
      due: 0,
      leftOver: 0,
      lines: [],
      currency: null,
      seat: false,
      terms: { at: effective },
    });
  });

  test('the end of the period where nothing is said', () => {
    expect(cancel.decide({}, SUBSCRIBED).terms).toEqual({ at: 'period_end' });
  });

  test('nothing for who leaves at the end of the period already, but at once where that is asked for', () => {
    expect(cancel.decide({ effective: 'period_end' }, LEAVING).result).toBe('unchanged');
    expect(cancel.decide({ effective: 'now' }, LEAVING).result).toBe('changed');
  });

  test.each(['paused', 'past_due'] as const)('at once for what is %s: there is nothing left to wait for', (status) => {
    const standing = aStanding({ subscription: aSubscription({ status }) });
    expect(cancel.decide({ effective: 'period_end' }, standing).terms).toEqual({ at: 'now' });
  });

  test('against it: not-subscribed', () => {
    expect(() => cancel.decide({}, { ...SUBSCRIBED, subscription: null })).toThrow(expect.objectContaining({ code: 'not-subscribed' }));
  });
});

describe('with success, cancel makes true', () => {
  test('the end of the subscription and of what waited for it', () => {
    const operation = anOperation({ kind: 'cancel', terms: { at: 'now' } });
    expect(cancel.becomes(operation, MID_JANUARY)).toEqual({ status: 'canceled', pendingChange: null, nextAt: null });
  });

  test('a note that it ends with the period', () => {
    const operation = anOperation({ kind: 'cancel', terms: { at: 'period_end' } });
    expect(cancel.becomes(operation, MID_JANUARY)).toEqual({ cancelAtPeriodEnd: true });
  });
});
