import { useId } from 'react';
import { countText } from '../../design/design.ts';
import type { Schemas } from '../../service/client.ts';
import { useNow } from '../ago.tsx';
import { durationText } from '../durations.ts';
import { lanesOf, type Lane, type Mark } from './lanes.ts';
import { timeScaleOf, type TimeScale } from './time-scale.ts';
import './waterfall.css';

const WIDTH = 1_080;
const NAMES_WIDTH = 104;
const RIGHT = 36;
const TOP = 26;
const LANE_HEIGHT = 26;
const BAR_HEIGHT = 14;
/** So that what stands at the edge of a fold is not hidden by it. */
const INSET = 10;
/** Lanes whose bars bear their names. */
const NAMED = new Set(['Row', 'At work']);

/** The whole life of an operation in lanes; the table below says the same in words. */
export function Waterfall({ operation }: { operation: Schemas['OperationDetail'] }) {
  const now = useNow();
  const fold = useId();
  const lanes = lanesOf(operation, operation.settledAt === null ? now : 0);
  const spans = lanes.flatMap(({ marks }) => marks);
  const calls = lanes.find(({ name }) => name === 'Gateway')?.marks ?? [];
  const scale = timeScaleOf(
    spans.flatMap(({ fromMs, toMs }) => [fromMs, toMs]),
    calls,
  );
  const x = (share: number) => NAMES_WIDTH + share * (WIDTH - NAMES_WIDTH - RIGHT);
  const height = TOP + lanes.length * LANE_HEIGHT + 4;
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Waterfall">
      <svg className="lanes" viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={summaryOf(lanes)}>
        <defs>
          <pattern id={fold} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <line x1="0" x2="0" y1="0" y2="6" className="fold-line" />
          </pattern>
        </defs>
        <Axis scale={scale} x={x} height={height} />
        {lanes.map(({ name, marks }, index) => (
          <g key={name} transform={`translate(0 ${TOP + index * LANE_HEIGHT})`}>
            <line x1="0" x2={WIDTH} y1={LANE_HEIGHT} y2={LANE_HEIGHT} className="lane-line" />
            <text x="0" y={LANE_HEIGHT / 2 + 4} className="lane-name">
              {name}
            </text>
            {marks.map((mark, nth) => (
              <Drawn key={nth} mark={mark} x={(ms) => x(scale.place(ms))} nameAt={NAMED.has(name) ? nameAt(mark, scale, x) : null} />
            ))}
          </g>
        ))}
        {scale.folds.map(({ from, to, ms }) => (
          <g key={from}>
            <title>{`Nothing for ${durationText(ms)}`}</title>
            <rect x={x(from) + INSET} width={x(to) - x(from) - 2 * INSET} y={TOP - 2} height={height - TOP} className="fold" />
            <rect
              x={x(from) + INSET}
              width={x(to) - x(from) - 2 * INSET}
              y={TOP - 2}
              height={height - TOP}
              fill={`url(#${CSS.escape(fold)})`}
            />
            <text x={(x(from) + x(to)) / 2} y={(height + TOP) / 2} className="fold-name">
              {durationText(ms)}
            </text>
          </g>
        ))}
      </svg>
    </div>
  );
}

function Axis({ scale, x, height }: { scale: TimeScale; x: (share: number) => number; height: number }) {
  return scale.ticks.map(({ place, ms }) => (
    <g key={ms}>
      <line x1={x(place)} x2={x(place)} y1={TOP - 6} y2={height - 4} className="tick" />
      <text x={x(place)} y={TOP - 11} className="tick-name">
        {ms === 0 ? '0' : `+${durationText(ms)}`}
      </text>
    </g>
  ));
}

/** Letters are about this wide; what does not fit its bar is left to the tooltip and the table. */
const LETTER_WIDTH = 6.4;

/** Within the bar, behind a fold that it begins with. */
function nameAt({ fromMs }: Mark, { place, folds }: TimeScale, x: (share: number) => number): number {
  const from = place(fromMs);
  const fold = folds.find((each) => each.from >= from && x(each.from) - x(from) < 8 * LETTER_WIDTH);
  return x(fold ? fold.to : from) + 6;
}

function Drawn({ mark, x, nameAt: nameX }: { mark: Mark; x: (ms: number) => number; nameAt: number | null }) {
  const { fromMs, toMs, tone, end, says } = mark;
  const from = x(fromMs);
  const to = x(toMs);
  const middle = LANE_HEIGHT / 2;
  const thin = end === 'arrival';
  return (
    <g className={tone}>
      <title>{toMs > fromMs ? `${says} (${durationText(toMs - fromMs)})` : says}</title>
      {toMs > fromMs ? (
        <rect
          x={from}
          width={Math.max(2, to - from)}
          y={thin ? middle - 1.5 : middle - BAR_HEIGHT / 2}
          height={thin ? 3 : BAR_HEIGHT}
          rx={thin ? 1.5 : 3}
          className={nameX === null ? 'bar' : 'bar washed'}
        />
      ) : null}
      {nameX !== null && nameX + says.length * LETTER_WIDTH < to ? (
        <text x={nameX} y={middle + 4} className="bar-name">
          {says}
        </text>
      ) : null}
      {end === 'arrival' ? <circle cx={from} cy={middle} r="4.5" className="bar" /> : null}
      {end === 'commit' ? <path d={`M ${from} ${middle - 6} l 6 6 l -6 6 l -6 -6 z`} className="bar" /> : null}
      {end === 'yes' || end === 'no' || end === 'open' ? <End how={end} x={to} y={middle} /> : null}
    </g>
  );
}

const SIGNS = {
  yes: 'M -3.5 0.5 L -1 3 L 3.5 -2.5',
  no: 'M -3 -3 L 3 3 M 3 -3 L -3 3',
  open: 'M -2 -2 A 2.2 2.2 0 1 1 0.6 0.4 L 0 1.2 M 0 3.4 L 0 3.5',
};

function End({ how, x, y }: { how: keyof typeof SIGNS; x: number; y: number }) {
  return (
    <g transform={`translate(${x} ${y})`}>
      <circle r="7.5" className="bar" />
      <path d={SIGNS[how]} className="sign" />
    </g>
  );
}

function summaryOf(lanes: Lane[]): string {
  const counts = lanes.map(({ name, marks }) => `${name}: ${marks.at(-1)?.says ?? ''}`);
  return `What happened, in ${countText(lanes.length, 'lane')}. ${counts.join('. ')}. The table below has every step.`;
}
