import { countText } from '../../design/design.ts';
import type { Schemas } from '../../service/client.ts';
import { useNow } from '../ago.tsx';
import { durationText } from '../durations.ts';

type Operation = Schemas['Operation'];

/** From a tenth of a second, the least that a charge takes, to an hour, after which nobody waits any more; each step to the right is ten times as long. */
const LEAST_MS = 100;
const MOST_MS = 3_600_000;
const WIDTH = 96;
const HEIGHT = 16;
const TONES: Record<string, string> = { succeeded: 'good', failed: 'bad', canceled: 'calm', unknown: 'doubt', needs_review: 'bad' };

/** The life of an operation in a line: the requests that share it, how long it is or was open, how often the gateway was asked. */
export function Took({ operation }: { operation: Operation }) {
  const now = useNow();
  const { createdAt, settledAt, status, requests, gateway } = operation;
  const ms = Math.max(0, (settledAt === null ? now : Date.parse(settledAt)) - Date.parse(createdAt));
  const end = 10 + placeOf(ms) * (WIDTH - 22);
  const tone = TONES[status] ?? 'wait';
  const asked = gateway.attempts === 1 ? 'once' : `${gateway.attempts} times`;
  const says = [settledAt === null ? `open ${durationText(ms)}` : durationText(ms), requests > 1 ? `${requests} requests` : ''].filter(
    Boolean,
  );
  return (
    <span className="took" title={`${countText(requests, 'request')}, the gateway asked ${asked}`}>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} aria-hidden="true" className={tone}>
        <line x1="10" x2={WIDTH - 10} y1="8" y2="8" className="took-scale" />
        {Array.from({ length: Math.min(requests, 4) }, (_, index) => (
          <circle key={index} cx={3} cy={8 + (index - (Math.min(requests, 4) - 1) / 2) * 4} r="1.5" className="took-request" />
        ))}
        <rect x="10" y="5" width={Math.max(2, end - 10)} height="6" rx="2" className={settledAt === null ? 'took-open' : 'took-over'} />
        {Array.from({ length: Math.min(gateway.attempts, 8) }, (_, index) => (
          <line key={index} x1={12.5 + index * 4} x2={12.5 + index * 4} y1="2" y2="14" className="took-attempt" />
        ))}
        {settledAt === null ? null : <circle cx={end} cy="8" r="3.5" className="took-end" />}
      </svg>
      <span className="figures">
        {says.join(' · ')}
        <span className="unseen">, the gateway asked {asked}</span>
      </span>
    </span>
  );
}

function placeOf(ms: number): number {
  return Math.min(1, Math.max(0, Math.log(Math.max(ms, LEAST_MS) / LEAST_MS) / Math.log(MOST_MS / LEAST_MS)));
}
