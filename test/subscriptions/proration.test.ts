import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { changeAt, directionOf, endOf, linesOf, type Period, type Tariff } from '../../src/subscriptions/proration.js';

const JANUARY: Period = { start: new Date('2027-01-01T00:00:00Z'), end: new Date('2027-02-01T00:00:00Z') };
const MID = new Date('2027-01-16T12:00:00Z');

function tariff(amount: number, interval: 'month' | 'year' = 'month'): Tariff {
  return { price: { amount, currency: 'USD' }, interval };
}

describe('the direction of a change', () => {
  test.each<[string, Tariff, Tariff, 'up' | 'down']>([
    ['more for the same interval', tariff(900), tariff(1_900), 'up'],
    ['less for the same interval', tariff(1_900), tariff(900), 'down'],
    ['the same price: nothing has to wait', tariff(900), tariff(900), 'up'],
    ['a longer interval, even for less a month', tariff(1_900), tariff(10_000, 'year'), 'up'],
    ['a shorter interval, even for more a month', tariff(10_000, 'year'), tariff(1_900), 'down'],
    ['anything from a free plan', tariff(0, 'year'), tariff(900), 'up'],
    ['to a free plan', tariff(900), tariff(0), 'down'],
  ])('%s is a step %4$s', (_what, from, to, direction) => {
    expect(directionOf(from, to)).toBe(direction);
  });
});

describe('what a change costs', () => {
  test.each<[string, Tariff, Tariff, Date, number]>([
    ['half a month before its end, half the difference', tariff(900), tariff(1_900), MID, 500],
    ['at the start, the whole difference', tariff(900), tariff(1_900), JANUARY.start, 1_000],
    ['a second before the end, less than a minor unit', tariff(900), tariff(1_900), new Date(JANUARY.end.getTime() - 1_000), 0],
    ['at the end, nothing', tariff(900), tariff(1_900), JANUARY.end, 0],
    ['after the end, nothing', tariff(900), tariff(1_900), new Date('2027-03-01T00:00:00Z'), 0],
    ['before the start, no more than the whole difference', tariff(900), tariff(1_900), new Date('2026-12-01T00:00:00Z'), 1_000],
    ['half a minor unit is rounded up', tariff(0 + 1), tariff(2), MID, 1],
    ['a step down, nothing', tariff(1_900), tariff(900), MID, 0],
    ['another interval, the full price less what is left', tariff(1_900), tariff(19_000, 'year'), MID, 18_050],
    ['another interval that is cheaper than what is left, nothing', tariff(19_000), tariff(100, 'year'), JANUARY.start, 0],
    ['from a free plan, the full price', tariff(0), tariff(1_900), MID, 1_900],
  ])('%s', (_what, from, to, at, due) => {
    expect(changeAt(from, to, JANUARY, at).due).toBe(due);
  });

  test.each<[string, Tariff, Tariff, Date, number]>([
    ['half of the difference is left over of half a month', tariff(1_900), tariff(900), MID, 500],
    ['nothing is left over of a period that is over', tariff(1_900), tariff(900), JANUARY.end, 0],
    ['all that is not used is left over for a free plan', tariff(1_900), tariff(0), MID, 950],
    ['what the first period of another interval does not take is left over', tariff(19_000), tariff(100, 'year'), JANUARY.start, 18_900],
    ['nothing is left over of a step up', tariff(900), tariff(1_900), MID, 0],
    ['nothing is left over of a free plan', tariff(0), tariff(900), MID, 0],
  ])('%s', (_what, from, to, at, leftOver) => {
    expect(changeAt(from, to, JANUARY, at).leftOver).toBe(leftOver);
  });

  test('parts of a second do not count', () => {
    const [at, later] = [new Date('2027-01-16T12:00:00.000Z'), new Date('2027-01-16T12:00:00.999Z')];
    const price = tariff(1_900 + 267_840_000);
    expect(changeAt(tariff(1_900), price, JANUARY, later).due).toBe(
      changeAt(tariff(1_900), price, JANUARY, new Date(at.getTime() + 1_000)).due,
    );
  });

  test('within one interval the period stays; otherwise a new one begins', () => {
    expect(changeAt(tariff(900), tariff(1_900), JANUARY, MID).period).toEqual(JANUARY);
    expect(changeAt(tariff(900), tariff(9_000, 'year'), JANUARY, MID).period).toEqual({
      start: MID,
      end: new Date('2028-01-16T12:00:00Z'),
    });
    expect(changeAt(tariff(0), tariff(1_900), JANUARY, MID).period).toEqual({ start: MID, end: new Date('2027-02-16T12:00:00Z') });
  });

  const amounts = fc.integer({ min: 0, max: 99_999_999_999 });
  const moments = fc.date({ min: new Date('2026-12-01'), max: new Date('2027-03-01'), noInvalidDate: true });
  const intervals = fc.constantFrom('month' as const, 'year' as const);

  test('is a whole number of minor units, never negative and never above the new price', () => {
    const property = fc.property(amounts, amounts, intervals, intervals, moments, (from, to, a, b, at) => {
      const { due } = changeAt(tariff(from, a), tariff(to, b), JANUARY, at);
      return Number.isInteger(due) && due >= 0 && due <= to;
    });
    fc.assert(property, { numRuns: 500 });
  });

  test('leaves over no more than was paid for the rest, and never while something is due', () => {
    const property = fc.property(amounts, amounts, intervals, intervals, moments, (from, to, a, b, at) => {
      const { due, leftOver } = changeAt(tariff(from, a), tariff(to, b), JANUARY, at);
      return Number.isInteger(leftOver) && leftOver >= 0 && leftOver <= from && (due === 0 || leftOver === 0);
    });
    fc.assert(property, { numRuns: 500 });
  });

  test('there and back within a second costs at most a minor unit', () => {
    const property = fc.property(amounts, amounts, moments, (from, to, at) => {
      const step = (a: number, b: number) => changeAt(tariff(Math.max(1, a)), tariff(Math.max(1, b)), JANUARY, at);
      const [there, back] = [step(from, to), step(to, from)];
      return Math.abs(there.due - there.leftOver + back.due - back.leftOver) <= 1;
    });
    fc.assert(property, { numRuns: 500 });
  });

  test('never grows while time goes by', () => {
    const property = fc.property(amounts, amounts, moments, moments, (from, to, a, b) => {
      const [sooner, later] = a <= b ? [a, b] : [b, a];
      const due = (at: Date) => changeAt(tariff(Math.max(1, from)), tariff(to), JANUARY, at).due;
      return due(later) <= due(sooner);
    });
    fc.assert(property, { numRuns: 500 });
  });

  test('is within one minor unit the same in two steps as in one', () => {
    const property = fc.property(fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 3, maxLength: 3 }), (prices) => {
      const [a, b, c] = prices.toSorted((x, y) => x - y) as [number, number, number];
      const due = (from: number, to: number) => changeAt(tariff(from), tariff(to), JANUARY, MID).due;
      return Math.abs(due(a, b) + due(b, c) - due(a, c)) <= 1;
    });
    fc.assert(property, { numRuns: 500 });
  });
});

describe('the lines of a change', () => {
  const ends = fc.date({ min: new Date('2027-01-01'), max: new Date('2033-01-01'), noInvalidDate: true });
  const shares = fc.double({ min: -0.1, max: 1.1, noNaN: true });
  // Minor units are whole whatever the currency: a yen has none below it, a dinar a thousand.
  const currencies = fc.constantFrom('USD', 'JPY', 'KWD');
  const prices = fc.integer({ min: 0, max: 99_999_999_999 });
  const intervals = fc.constantFrom('month' as const, 'year' as const);

  test('sum to what is due, over leap days, months of every length, currencies and chains of plans', () => {
    const steps = fc.array(fc.tuple(prices, intervals, shares), { minLength: 1, maxLength: 5 });
    const property = fc.property(prices, intervals, ends, currencies, steps, (first, interval, start, currency, chain) => {
      let from: Tariff = { price: { amount: first, currency }, interval };
      let running: Period = { start, end: endOf(start, interval) };
      for (const [amount, next, share] of chain) {
        const at = new Date(running.start.getTime() + share * (running.end.getTime() - running.start.getTime()));
        const to: Tariff = { price: { amount, currency }, interval: next };
        const change = changeAt(from, to, running, at);
        const lines = linesOf(change, 'from', 'to');
        if (lines.reduce((sum, line) => sum + line.amount, 0) !== change.due) return false;
        if (!lines.every((line) => Number.isSafeInteger(line.amount))) return false;
        [from, running] = [to, change.period];
      }
      return true;
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  test('are the new plan for the rest of the period, less what is left of the old one', () => {
    expect(linesOf(changeAt(tariff(900), tariff(1_900), JANUARY, MID), 'basic', 'pro')).toEqual([
      { type: 'unused_time', planId: 'basic', amount: -450 },
      { type: 'plan', planId: 'pro', amount: 950 },
    ]);
    expect(linesOf(changeAt(tariff(0), tariff(1_900), JANUARY, MID), 'free', 'pro')).toEqual([
      { type: 'plan', planId: 'pro', amount: 1_900 },
    ]);
  });
});

describe('the end of a period', () => {
  test.each<[string, 'month' | 'year', string]>([
    ['2027-01-15T10:30:00Z', 'month', '2027-02-15T10:30:00.000Z'],
    ['2027-01-31T00:00:00Z', 'month', '2027-02-28T00:00:00.000Z'],
    ['2028-01-31T00:00:00Z', 'month', '2028-02-29T00:00:00.000Z'],
    ['2027-12-31T23:59:59Z', 'month', '2028-01-31T23:59:59.000Z'],
    ['2027-03-31T01:30:00Z', 'month', '2027-04-30T01:30:00.000Z'],
    ['2027-05-31T00:00:00Z', 'year', '2028-05-31T00:00:00.000Z'],
    ['2028-02-29T00:00:00Z', 'year', '2029-02-28T00:00:00.000Z'],
  ])('that begins at %s and lasts a %s is %s', (start, interval, end) => {
    expect(endOf(new Date(start), interval).toISOString()).toBe(end);
  });

  test('leaves the time of day and the given date alone, whatever the zone of the machine', () => {
    const start = new Date('2027-03-27T23:30:00Z');
    expect(endOf(start, 'month').toISOString()).toBe('2027-04-27T23:30:00.000Z');
    expect(start.toISOString()).toBe('2027-03-27T23:30:00.000Z');
  });
});
