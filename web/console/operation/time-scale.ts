export interface TimeScale {
  /** Where a moment stands, from 0 to 1. */
  place: (ms: number) => number;
  /** Where nothing happened for long, and how long that was. */
  folds: { from: number; to: number; ms: number }[];
  ticks: { place: number; ms: number }[];
}

interface Span {
  fromMs: number;
  toMs: number;
}

/** An idle time is folded when it is longer than this, and longer than all that happens outside of such times. */
const LONG_MS = 2_000;
/** How much of the width a fold takes, and all of them together at most. */
const FOLD_SHARE = 0.09;
const FOLDS_SHARE = 0.5;
/** Labels stand this far apart at least. */
const TICK_SHARE = 0.1;
const STEPS_MS = [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 3_600_000];

/** A scale over moments that leaves out the long times between them. What lies within a `busy` span, such as a call, is never left out. */
export function timeScaleOf(moments: number[], busy: Span[]): TimeScale {
  const times = [...new Set(moments)].toSorted((a, b) => a - b);
  const first = times[0] ?? 0;
  const gaps = times.slice(1).map((toMs, index) => ({ fromMs: times[index] as number, toMs }));
  const idle = (gap: Span) => !busy.some(({ fromMs, toMs }) => fromMs <= gap.fromMs && toMs >= gap.toMs);
  const short = gaps.filter((gap) => !idle(gap) || gap.toMs - gap.fromMs <= LONG_MS);
  const activeMs = Math.max(1, sum(short));
  const folded = new Set(gaps.filter((gap) => !short.includes(gap) && gap.toMs - gap.fromMs > activeMs / 2));
  const shownMs = Math.max(1, sum(gaps.filter((gap) => !folded.has(gap))));
  const foldShare = folded.size === 0 ? 0 : Math.min(FOLD_SHARE, FOLDS_SHARE / folded.size);
  const shownShare = 1 - foldShare * folded.size;

  const edges: { ms: number; place: number }[] = [{ ms: first, place: 0 }];
  const folds: TimeScale['folds'] = [];
  for (const gap of gaps) {
    const from = edges.at(-1)?.place ?? 0;
    const ms = gap.toMs - gap.fromMs;
    const to = from + (folded.has(gap) ? foldShare : (ms / shownMs) * shownShare);
    if (folded.has(gap)) folds.push({ from, to, ms });
    edges.push({ ms: gap.toMs, place: to });
  }
  const place = (ms: number) => placeAmong(edges, ms);
  return { place, folds, ticks: ticksOf(edges, folds, place, shownMs) };
}

function placeAmong(edges: { ms: number; place: number }[], ms: number): number {
  const next = edges.findIndex((edge) => edge.ms >= ms);
  const after = edges[next];
  const before = edges[next - 1];
  if (!after) return edges.at(-1)?.place ?? 0;
  if (!before) return after.place;
  return before.place + ((ms - before.ms) / (after.ms - before.ms)) * (after.place - before.place);
}

/** Counted from the beginning; none within a fold. The end of a fold gets one, for there the count jumps. */
function ticksOf(edges: { ms: number; place: number }[], folds: TimeScale['folds'], place: TimeScale['place'], shownMs: number) {
  const first = edges[0]?.ms ?? 0;
  const step = STEPS_MS.find((each) => shownMs / each <= 6) ?? 86_400_000;
  const ends = edges.filter((edge) => edge.ms === first || folds.some(({ to }) => to === edge.place)).map(({ ms }) => ms - first);
  const steps = edges.slice(1).flatMap((edge, index) => {
    const from = (edges[index] as { ms: number }).ms - first;
    if (folds.some(({ to }) => to === edge.place)) return [];
    const begin = Math.ceil(from / step);
    return Array.from({ length: Math.max(0, Math.floor((edge.ms - first) / step) - begin + 1) }, (_, nth) => (begin + nth) * step);
  });
  const chosen: TimeScale['ticks'] = ends.map((ms) => ({ ms, place: place(first + ms) }));
  for (const ms of steps) {
    const at = place(first + ms);
    if (chosen.every((tick) => Math.abs(tick.place - at) >= TICK_SHARE) && at < 1 - TICK_SHARE / 2) chosen.push({ ms, place: at });
  }
  return chosen
    .toSorted((a, b) => a.place - b.place)
    .filter((tick, index, all) => tick.place - (all[index - 1]?.place ?? -1) >= TICK_SHARE / 2);
}

function sum(spans: Span[]): number {
  return spans.reduce((total, { fromMs, toMs }) => total + toMs - fromMs, 0);
}
