import { StatusBadge } from '../../design/design.ts';
import type { Address } from './address.ts';
import type { askForPage } from './ask.ts';

type Facets = Awaited<ReturnType<typeof askForPage>>['facets'];

/** What needs somebody comes first. */
const STATUSES = ['needs_review', 'unknown', 'requires_action', 'pending', 'succeeded', 'failed', 'canceled'];

/** How many there are of each status, each a filter that is on or off. */
export function StatusFilter({ address: { filter, change }, facets }: { address: Address; facets: Facets | undefined }) {
  const counts = facets?.status ?? {};
  const among = facets?.among ?? null;
  const chosen = filter.status?.split(',') ?? [];
  const toggle = (status: string) => {
    const next = chosen.includes(status) ? chosen.filter((each) => each !== status) : [...chosen, status];
    change({ status: next.join(',') });
  };
  return (
    <div className="statuses" role="group" aria-label="Status">
      {STATUSES.map((status) => (
        <button key={status} type="button" className="status-toggle" aria-pressed={chosen.includes(status)} onClick={() => toggle(status)}>
          <StatusBadge status={status} />
          <span className="figures">{COUNT.format(counts[status] ?? 0)}</span>
        </button>
      ))}
      {among === null ? null : <span className="soft small">What is over is counted among the newest {COUNT.format(among)}.</span>}
    </div>
  );
}

const COUNT = new Intl.NumberFormat('en');
