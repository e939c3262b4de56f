import { Empty, Table, Time, type Column } from '../../design/design.ts';
import type { Statistics } from './pulse-screen.tsx';

type Minute = Statistics['outcomesPerMinute'][number];

const WIDTH = 480;
const HEIGHT = 120;
const MINUTES = 60;
const MINUTE_MS = 60_000;
const KINDS = [
  ['succeeded', 'good'],
  ['failed', 'bad'],
  ['canceled', 'calm'],
] as const;

/** What ended in each minute of the last hour. */
export function Outcomes({ statistics: { outcomesPerMinute, now } }: { statistics: Statistics }) {
  const last = outcomesPerMinute.at(-1);
  const most = Math.max(1, ...outcomesPerMinute.map(({ succeeded, failed, canceled }) => succeeded + failed + canceled));
  const x = ({ at }: Minute) => WIDTH - (Math.floor((Date.parse(now) - Date.parse(at)) / MINUTE_MS) + 1) * (WIDTH / MINUTES);
  return (
    <section className="card panel" aria-labelledby="outcomes">
      <h2 id="outcomes">Ended per minute, last hour</h2>
      {last === undefined ? <Empty>Nothing ended in the last hour.</Empty> : null}
      {last === undefined ? null : (
        <>
          <svg
            viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
            className="chart"
            role="img"
            aria-label={`At most ${most} ended in a minute; the table has each`}
          >
            <line x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} className="chart-line" />
            {outcomesPerMinute.map((minute) => (
              <g key={minute.at}>
                {KINDS.map(([kind, tone], index) => {
                  const below = KINDS.slice(0, index).reduce((sum, [each]) => sum + minute[each], 0);
                  const y = HEIGHT - ((below + minute[kind]) / most) * (HEIGHT - 8);
                  const height = (minute[kind] / most) * (HEIGHT - 8);
                  return (
                    <rect key={kind} className={`chart-bar ${tone}`} x={x(minute)} width={WIDTH / MINUTES - 2} y={y} height={height} />
                  );
                })}
              </g>
            ))}
          </svg>
          <p className="axis-ends soft">
            <span>an hour ago</span>
            <span>now</span>
          </p>
          <p className="legend">
            {KINDS.map(([kind, tone]) => (
              <span key={kind} className={tone}>
                {kind}
              </span>
            ))}
          </p>
          <details>
            <summary>The same as a table</summary>
            <Table caption="Ended per minute" columns={COLUMNS} rows={outcomesPerMinute} keyOf={({ at }) => at} />
          </details>
        </>
      )}
    </section>
  );
}

const COLUMNS: Column<Minute>[] = [
  { header: 'Minute', cell: ({ row }) => <Time at={row.original.at} /> },
  { header: 'Succeeded', accessorKey: 'succeeded' },
  { header: 'Failed', accessorKey: 'failed' },
  { header: 'Canceled', accessorKey: 'canceled' },
];
