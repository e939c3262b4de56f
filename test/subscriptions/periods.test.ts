import { describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { endOf } from '../../src/subscriptions/proration.js';

const YEARS = 12;
const aStart = fc.date({ min: new Date('2023-12-27T00:00:00Z'), max: new Date('2032-03-05T00:00:00Z'), noInvalidDate: true });

/** The starts of the periods of a subscription, as renewals make them: each begins where the last one ended. */
function periodsFrom(start: Date, interval: 'month' | 'year', count: number): Date[] {
  const anchorDay = start.getUTCDate();
  const starts = [start];
  while (starts.length <= count) starts.push(endOf(starts.at(-1) as Date, interval, anchorDay));
  return starts;
}

function monthsOf(date: Date): number {
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

function daysIn(date: Date): number {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
}

describe('the periods of a subscription', () => {
  test.each([
    [
      '2027-01-31T10:00:00Z',
      ['02-28', '03-31', '04-30', '05-31', '06-30', '07-31', '08-31', '09-30', '10-31', '11-30', '12-31', '01-31', '02-29', '03-31'],
    ],
    [
      '2027-01-30T10:00:00Z',
      ['02-28', '03-30', '04-30', '05-30', '06-30', '07-30', '08-30', '09-30', '10-30', '11-30', '12-30', '01-30', '02-29', '03-30'],
    ],
    [
      '2027-01-29T10:00:00Z',
      ['02-28', '03-29', '04-29', '05-29', '06-29', '07-29', '08-29', '09-29', '10-29', '11-29', '12-29', '01-29', '02-29', '03-29'],
    ],
    [
      '2027-01-28T10:00:00Z',
      ['02-28', '03-28', '04-28', '05-28', '06-28', '07-28', '08-28', '09-28', '10-28', '11-28', '12-28', '01-28', '02-28', '03-28'],
    ],
  ])('from %s come back to their day after every month that lacks it', (start, days) => {
    const [, ...ends] = periodsFrom(new Date(start), 'month', days.length);
    expect(ends.map((end) => end.toISOString().slice(5, 10))).toEqual(days);
  });

  test('of a year from 29 February are back there in the next leap year', () => {
    const [, ...ends] = periodsFrom(new Date('2028-02-29T00:00:00Z'), 'year', 4);
    expect(ends.map((end) => end.toISOString().slice(0, 10))).toEqual(['2029-02-28', '2030-02-28', '2031-02-28', '2032-02-29']);
  });

  test.each(['month', 'year'] as const)(
    'that last a %s never drift, from whatever start, for years: day, time of day and count stay',
    (interval) => {
      fc.assert(
        fc.property(aStart, (start) => {
          const step = interval === 'year' ? 12 : 1;
          const starts = periodsFrom(start, interval, (YEARS * 12) / step);
          starts.forEach((at, n) => {
            expect(monthsOf(at)).toBe(monthsOf(start) + n * step);
            expect(at.getUTCDate()).toBe(Math.min(start.getUTCDate(), daysIn(at)));
            expect(at.toISOString().slice(11)).toBe(start.toISOString().slice(11));
          });
        }),
      );
    },
  );

  test('go on from their anchor where the interval changes in between', () => {
    const end = endOf(new Date('2027-02-28T00:00:00Z'), 'year', 31);
    expect(end.toISOString()).toBe('2028-02-29T00:00:00.000Z');
    expect(endOf(end, 'month', 31).toISOString()).toBe('2028-03-31T00:00:00.000Z');
  });

  // A process reads its zone when it starts.
  test.each(['Europe/Berlin', 'America/New_York', 'Pacific/Apia'])('are the same on a machine in %s', (TZ) => {
    const starts = ['2027-01-31T23:30:00.000Z', '2027-03-27T01:30:00.000Z', '2027-10-31T00:30:00.000Z', '2026-12-31T10:00:00.000Z'];
    const program = `
      import { endOf } from './src/subscriptions/proration.ts';
      const periods = ${JSON.stringify(starts)}.map((start) => {
        const starts = [new Date(start)];
        while (starts.length <= 40) starts.push(endOf(starts.at(-1), 'month', starts[0].getUTCDate()));
        return starts;
      });
      console.log(JSON.stringify({ offset: new Date('2027-01-01').getTimezoneOffset(), periods }));`;
    const run = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      env: { ...process.env, TZ },
      encoding: 'utf8',
    });
    const told = JSON.parse(run.stdout) as { offset: number; periods: string[][] };
    expect(told.offset).not.toBe(0);
    expect(told.periods).toEqual(starts.map((start) => periodsFrom(new Date(start), 'month', 40).map((at) => at.toISOString())));
  });
});
