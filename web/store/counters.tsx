import type { StageCharge } from './gateway-charges.tsx';
import type { Press } from './presses.ts';
import type { Told } from './standing.ts';

interface CountersProps {
  presses: Press[];
  operations: Told[][];
  charges: StageCharge[];
  naive: boolean;
}

/** Three numbers that tell the story: pressed, recorded, charged. */
export function Counters({ presses, operations, charges, naive }: CountersProps) {
  const since = presses[0]?.startedMs ?? Infinity;
  const made = charges.filter(
    ({ status, createdAt }) => status === 'succeeded' && Date.parse(createdAt) >= since - CLOCKS_DIFFER_MS,
  ).length;
  const tone = made > 1 ? 'bad' : made === 1 ? 'good' : 'calm';
  return (
    <dl className="counters figures" aria-live="polite">
      <div>
        <dt>presses</dt>
        <dd data-testid="presses">{presses.length}</dd>
      </div>
      <div>
        <dt>operations</dt>
        <dd>{naive ? '–' : operations.length}</dd>
      </div>
      <div className={`charged ${tone}`}>
        <dt>{made === 1 ? 'charge at the gateway' : 'charges at the gateway'}</dt>
        <dd data-testid="charges">{made}</dd>
      </div>
    </dl>
  );
}

/** The gateway notes whole moments of its own clock. */
const CLOCKS_DIFFER_MS = 1_000;
