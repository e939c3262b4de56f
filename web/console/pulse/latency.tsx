import { countText, Empty } from '../../design/design.ts';
import { latencyText } from '../durations.ts';
import { Bars } from './bars.tsx';
import type { Statistics } from './pulse-screen.tsx';

/** How long the gateway takes to answer: half of the calls, nearly all, and the worst of a hundred. */
export function Latency({ statistics: { gatewayLatencyMs, gatewayLatencies } }: { statistics: Statistics }) {
  const { calls, p50, p95, p99 } = gatewayLatencyMs;
  const bars = gatewayLatencies.map(({ upToMs, count }, index) => ({
    name: upToMs === null ? `over ${latencyText(gatewayLatencies[index - 1]?.upToMs ?? 0)}` : `up to ${latencyText(upToMs)}`,
    count,
  }));
  const first = bars.findIndex(({ count }) => count > 0);
  const last = bars.findLastIndex(({ count }) => count > 0);
  return (
    <section className="card panel" aria-labelledby="latency">
      <h2 id="latency">Gateway latency{calls === 0 ? '' : ` over ${countText(calls, 'call')}`}</h2>
      {calls === 0 ? <Empty>The gateway was not called yet.</Empty> : null}
      {calls > 0 ? (
        <>
          <dl className="percentiles">
            {Object.entries({ 'half within': p50, '95 % within': p95, '99 % within': p99 }).map(([name, ms]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd className="figures">{ms === null ? '–' : latencyText(ms)}</dd>
              </div>
            ))}
          </dl>
          {/* With an empty one at either end, which says that there was nothing beyond. */}
          <Bars bars={bars.slice(Math.max(0, first - 1), last + 2)} />
        </>
      ) : null}
    </section>
  );
}
