import { useEffect, useState } from 'react';
import { Empty } from '../design/design.ts';
import type { Outcome, Press } from './presses.ts';
import type { Told } from './standing.ts';

interface Lane {
  key: string;
  name: string;
  /** What is said at the end of the lane. */
  says: string;
  spans: { fromMs: number; toMs: number; tone: string }[];
}

const TONES: Record<Outcome, string> = {
  charged: 'good',
  joined: 'calm',
  unchanged: 'calm',
  declined: 'bad',
  refused: 'bad',
  checking: 'doubt',
  bank: 'wait',
  'no answer': 'bad',
};
const STATUS_TONES: Record<string, string> = { pending: 'wait', requires_action: 'wait', unknown: 'doubt', needs_review: 'bad' };
const TICK_MS = 100;
/** So that something that takes a moment can be seen. */
const LEAST_SPAN_MS = 1_000;
const STEPS_MS = [200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000];

/** Who asked when, who was answered what, and what was really done meanwhile: the one operation that they all share. */
export function Waterfall({ presses, operations }: { presses: Press[]; operations: Told[][] }) {
  const begin = presses[0]?.startedMs ?? 0;
  const now = useNow(presses.some(({ endedMs }) => endedMs === null) || operations.some(isOpen));
  const lanes = [
    ...operations.map((steps) => laneOfOperation(steps, now)),
    ...presses.map((press, index) => laneOfPress(press, index, now)),
  ];
  const end = Math.max(begin + LEAST_SPAN_MS, ...lanes.flatMap(({ spans }) => spans.map(({ toMs }) => toMs)));
  const share = (ms: number) => `${((Math.max(0, ms - begin) / (end - begin)) * 100).toFixed(2)}%`;
  const step = STEPS_MS.find((each) => (end - begin) / each <= 6) ?? 600_000;
  const ticks = Array.from({ length: Math.floor((end - begin) / step) + 1 }, (_, index) => index * step);

  return (
    <section className="card panel waterfall" aria-labelledby="waterfall">
      <h2 id="waterfall">What happened</h2>
      {lanes.length === 0 ? <Empty>Press a button, and every press draws its line here.</Empty> : null}
      <ol className="lanes" tabIndex={lanes.length > 12 ? 0 : undefined}>
        {lanes.map(({ key, name, says, spans }) => (
          <li key={key} className={key.startsWith('op_') ? 'operation' : ''}>
            <span className="lane-name">{name}</span>
            <svg aria-hidden="true">
              {ticks.map((tick) => (
                <line key={tick} x1={share(begin + tick)} x2={share(begin + tick)} y1="0" y2="100%" className="tick" />
              ))}
              {spans.map(({ fromMs, toMs, tone }) => (
                <rect
                  key={fromMs}
                  className={tone}
                  x={share(fromMs)}
                  width={`max(3px, ${share(begin + toMs - fromMs)})`}
                  y="20%"
                  height="60%"
                  rx="3"
                />
              ))}
            </svg>
            <span className="lane-end figures">{says}</span>
          </li>
        ))}
      </ol>
      {lanes.length > 0 ? (
        <div className="axis figures small soft" aria-hidden="true">
          {ticks.map((tick) => (
            <span key={tick} style={{ left: share(begin + tick) }}>
              {tick === 0 ? '0' : `${tick / 1_000} s`}
            </span>
          ))}
        </div>
      ) : null}
    </section>
  );
}

function laneOfPress({ id, tab, startedMs, endedMs, outcome, tries, naive }: Press, index: number, now: number): Lane {
  const toMs = endedMs ?? now;
  const took = `${((toMs - startedMs) / 1_000).toFixed(2)} s`;
  const again = tries > 1 ? `, sent ${tries} times` : '';
  const tone = outcome === null ? 'wait' : naive && outcome === 'charged' ? 'bad' : TONES[outcome];
  return {
    key: id,
    name: `${index + 1} · ${tab}`,
    says: `${outcome ?? 'waits'} · ${took}${again}`,
    spans: [{ fromMs: startedMs, toMs, tone }],
  };
}

function laneOfOperation(steps: Told[], now: number): Lane {
  const last = steps.at(-1) as Told;
  const { id, kind, status, requests } = last.operation;
  const spans = steps.map(({ atMs, operation }, index) => {
    const toMs = steps[index + 1]?.atMs ?? (isOpen(steps) ? now : atMs);
    return { fromMs: atMs, toMs, tone: STATUS_TONES[operation.status] ?? (operation.status === 'succeeded' ? 'good' : 'bad') };
  });
  const shared = requests > 1 ? `, shared by ${requests}` : '';
  return { key: id, name: kind.replaceAll('_', ' '), says: `${status.replaceAll('_', ' ')}${shared}`, spans };
}

function isOpen(steps: Told[]): boolean {
  return (steps.at(-1)?.operation.settledAt ?? null) === null;
}

/** The time, moving only while something is under way. */
function useNow(moves: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!moves) return;
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [moves]);
  return now;
}
