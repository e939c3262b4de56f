import { percentile } from '../test/overload/open-loop.js';

/** What one arm did in one round. CPU in µs for each operation; null for what an arm has not. */
export interface Result {
  perSecond: number;
  p50: number;
  p99: number;
  serviceUs: number | null;
  postgresUs: number;
  redisUs: number | null;
}

export interface Measured {
  name: string;
  results: Result[];
}

const COLUMNS: { key: keyof Result; text: string; digits: number }[] = [
  { key: 'perSecond', text: 'req/s', digits: 0 },
  { key: 'p50', text: 'p50 ms', digits: 1 },
  { key: 'p99', text: 'p99 ms', digits: 1 },
  { key: 'serviceUs', text: 'CPU program', digits: 0 },
  { key: 'postgresUs', text: 'CPU Postgres', digits: 0 },
  { key: 'redisUs', text: 'CPU Redis', digits: 0 },
];

/** Medians of all rounds; CPU in µs for each operation. */
export function table(arms: Measured[]): string[][] {
  const row = ({ name, results }: Measured): string[] => [
    name,
    ...COLUMNS.map(({ key, digits }) => medianOf(results, key)?.toFixed(digits) ?? '–'),
  ];
  return [['median', ...COLUMNS.map(({ text }) => text)], ...arms.map(row)];
}

/** null for what an arm has not. */
export function medianOf(results: Result[], key: keyof Result): number | null {
  const values = results.map((result) => result[key]).filter((value) => value !== null);
  return values.length === 0 ? null : percentile(values, 0.5);
}

/** Of each round, and their median: name, median, all. Empty where one of the arms is missing. */
export function ratio(name: string, one: Measured | undefined, other: Measured | undefined, key: keyof Result): string[][] {
  if (!one || !other) return [];
  const ratios = ratiosOf(one, other, key);
  return [[name, percentile(ratios, 0.5).toFixed(2), ratios.map((each) => each.toFixed(2)).join(' ')]];
}

export function ratiosOf(one: Measured, other: Measured, key: keyof Result): number[] {
  return one.results.map((result, round) => Number(result[key]) / Number(other.results[round]?.[key]));
}
