const UNITS = [
  { unit: 'day', ms: 86_400_000 },
  { unit: 'hour', ms: 3_600_000 },
  { unit: 'minute', ms: 60_000 },
  { unit: 'second', ms: 1_000 },
] as const;

/** How long something took, short: `0.51 s`, `4 min`. Milliseconds; what is below zero is a clock that is behind, and counts as nothing. */
export function durationText(ms: number): string {
  const { unit, ms: of } = UNITS.find((each) => ms >= each.ms) ?? { unit: 'second' as const, ms: 1_000 };
  const maximumFractionDigits = of > 1_000 ? (ms < 10 * of ? 1 : 0) : ms < 10_000 ? 2 : 1;
  return new Intl.NumberFormat('en', { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits }).format(Math.max(0, ms) / of);
}

/** How long ago, or in how long: `3 minutes ago` in a sentence, `3 min. ago` where there is little room. */
export function agoText(ms: number, style: 'long' | 'short' = 'long'): string {
  const far = Math.abs(ms);
  if (far < 1_000) return 'now';
  const { unit, ms: of } = UNITS.find((each) => far >= each.ms) ?? { unit: 'second' as const, ms: 1_000 };
  return AGO[style].format(-Math.trunc(ms / of), unit);
}

const AGO = {
  long: new Intl.RelativeTimeFormat('en', { style: 'long', numeric: 'always' }),
  short: new Intl.RelativeTimeFormat('en', { style: 'short', numeric: 'always' }),
};

/** What a machine takes to answer: `38 ms`, from a second on as other durations. */
export function latencyText(ms: number): string {
  return ms < 1_000 ? MILLISECONDS.format(ms) : durationText(ms);
}

const MILLISECONDS = new Intl.NumberFormat('en', { style: 'unit', unit: 'millisecond', unitDisplay: 'short', maximumSignificantDigits: 3 });
