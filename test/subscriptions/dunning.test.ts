import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { afterDecline, afterNoAnswer, ended, isHardDecline, type Dunning } from '../../src/subscriptions/dunning.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FIRST = new Date('2027-02-01T00:00:00Z');
const AFTER_1_3_7: Dunning = { scheduleMs: [DAY_MS, 3 * DAY_MS, 7 * DAY_MS], end: 'cancel', pastDue: null };
const OWING: Dunning = { ...AFTER_1_3_7, pastDue: { since: FIRST.toISOString(), declines: 1 } };

const later = (ms: number) => new Date(FIRST.getTime() + ms);

describe('after a decline', () => {
  test('the first time of the schedule follows, counted from now', () => {
    expect(afterDecline(AFTER_1_3_7, 'pm_1', false, FIRST)).toEqual({
      status: 'past_due',
      nextAt: later(DAY_MS),
      pastDue: { since: FIRST.toISOString(), declines: 1 },
    });
  });

  test('a later one is counted from the first decline, not from the last', () => {
    expect(afterDecline(OWING, 'pm_1', false, later(DAY_MS + HOUR_MS))).toEqual({
      status: 'past_due',
      nextAt: later(3 * DAY_MS),
      pastDue: { since: FIRST.toISOString(), declines: 2 },
    });
  });

  test('times that went by while the service stood still are not made up for', () => {
    expect(afterDecline(OWING, 'pm_1', false, later(5 * DAY_MS)).nextAt).toEqual(later(7 * DAY_MS));
  });

  test('a time that is this moment has gone by', () => {
    expect(afterDecline(OWING, 'pm_1', false, later(3 * DAY_MS)).nextAt).toEqual(later(7 * DAY_MS));
  });

  test.each([
    ['cancel', 'canceled'],
    ['pause', 'paused'],
  ] as const)('at the end of the schedule the policy %s makes it %s, due for nothing', (end, status) => {
    const over = { status, nextAt: null, pendingChange: null };
    expect(afterDecline({ ...OWING, end }, 'pm_1', false, later(7 * DAY_MS))).toEqual(over);
    expect(ended(end)).toEqual(over);
  });

  test('without a schedule the first decline is the end', () => {
    expect(afterDecline({ scheduleMs: [], end: 'cancel', pastDue: null }, 'pm_1', false, FIRST).status).toBe('canceled');
    expect(afterDecline({ scheduleMs: [], end: 'cancel', pastDue: null }, 'pm_1', true, FIRST).status).toBe('canceled');
  });

  test('one that nobody authenticated is a decline, except that the last leaves an hour to pay in another way, once', () => {
    expect(afterNoAnswer(OWING, 'pm_1', later(DAY_MS))).toEqual(afterDecline(OWING, 'pm_1', false, later(DAY_MS)));
    const owing = (declines: number) => ({ ...OWING, pastDue: { since: FIRST.toISOString(), declines } });
    expect(afterNoAnswer(owing(3), 'pm_1', later(7 * DAY_MS))).toEqual({
      status: 'past_due',
      nextAt: later(7 * DAY_MS + HOUR_MS),
      pastDue: { since: FIRST.toISOString(), declines: 4 },
    });
    expect(afterNoAnswer(owing(4), 'pm_1', later(8 * DAY_MS)).status).toBe('canceled');
  });

  test('a hard one waits for the last time, and names the card', () => {
    expect(afterDecline(OWING, 'pm_1', true, later(DAY_MS))).toEqual({
      status: 'past_due',
      nextAt: later(7 * DAY_MS),
      pastDue: { since: FIRST.toISOString(), declines: 2, deadCard: 'pm_1' },
    });
  });

  test('a soft one of another card forgets the dead one', () => {
    const dead = { ...OWING, pastDue: { since: FIRST.toISOString(), declines: 1, deadCard: 'pm_1' } };
    expect(afterDecline(dead, 'pm_2', false, later(DAY_MS)).pastDue).not.toHaveProperty('deadCard');
  });

  test('whatever the schedule and however late each try, there are no more tries than it has times, and all come after the last', () => {
    const schedule = fc.uniqueArray(fc.integer({ min: 1, max: 60 * DAY_MS }), { maxLength: 8 }).map((times) => times.sort((a, b) => a - b));
    const delays = fc.array(fc.nat({ max: 10 * DAY_MS }), { minLength: 10, maxLength: 10 });
    fc.assert(
      fc.property(schedule, delays, fc.array(fc.boolean(), { minLength: 10, maxLength: 10 }), (scheduleMs, lateMs, hard) => {
        let dunning: Dunning = { scheduleMs, end: 'cancel', pastDue: null };
        let at = FIRST;
        for (let tries = 0; ; tries += 1) {
          const change = afterDecline(dunning, 'pm_1', hard[tries] ?? false, at);
          if (change.status !== 'past_due') {
            expect(change).toEqual(ended('cancel'));
            return;
          }
          expect(tries).toBeLessThan(scheduleMs.length);
          expect(change.pastDue?.declines).toBe(tries + 1);
          expect((change.nextAt as Date).getTime()).toBeGreaterThan(at.getTime());
          dunning = { ...dunning, pastDue: change.pastDue ?? null };
          at = new Date((change.nextAt as Date).getTime() + (lateMs[tries] ?? 0));
        }
      }),
    );
  });
});

describe('a decline is', () => {
  test.each(['expired_card', 'stolen_card', 'stop_payment_order', 'no_such_payment_method'])('hard: %s', (code) => {
    expect(isHardDecline(code)).toBe(true);
  });

  test.each(['insufficient_funds', 'generic_decline', 'do_not_honor', 'authentication_required', 'not_charged', ''])('soft: %s', (code) => {
    expect(isHardDecline(code)).toBe(false);
  });
});
