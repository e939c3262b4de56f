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

/** Medians of all rounds. */
export function table(arms: Measured[]): string[] {
  const line = (texts: string[]): string => texts.map((text, at) => (at === 0 ? text.padEnd(28) : text.padStart(9))).join(' ');
  const rows = arms.map(({ name, results }) => {
    const of = (key: keyof Result, digits = 0): string => {
      const values = results.map((result) => result[key]).filter((value) => value !== null);
      return values.length === 0 ? '–' : median(values).toFixed(digits);
    };
    return line([name, of('perSecond'), of('p50', 1), of('p99', 1), of('serviceUs'), of('postgresUs'), of('redisUs')]);
  });
  return [line(['median', 'req/s', 'p50 ms', 'p99 ms', 'service', 'postgres', 'redis (µs of CPU per operation)']), ...rows];
}

/** Of each round, and their median. Empty where one of the arms is missing. */
export function ratio(
  name: string,
  one: Measured | undefined,
  other: Measured | undefined,
  key: 'perSecond' | 'p50' | 'p99' | 'serviceUs',
): string {
  if (!one || !other) return '';
  const ratios = one.results.map((result, round) => Number(result[key]) / Number(other.results[round]?.[key]));
  return `${name}: ${median(ratios).toFixed(2)}  (${ratios.map((each) => each.toFixed(2)).join(' ')})`;
}

function median(of: number[]): number {
  return percentile(of, 0.5);
}
