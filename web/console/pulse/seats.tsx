import { Link } from 'wouter';
import { Empty, Failure } from '../../design/design.ts';
import { byServiceClock } from '../ago.tsx';
import { SeatBar } from '../plans/seat-bar.tsx';
import { usePlans } from '../plans/use-plans.ts';
import type { SignedIn } from '../session.ts';

/** How full each plan is whose seats are counted. */
export function Seats({ who }: { who: SignedIn }) {
  const { data, error, refetch, dataUpdatedAt } = usePlans(who);
  const counted = data?.data.filter(({ seats }) => seats !== null) ?? [];
  return (
    <section className="card panel" aria-labelledby="seats">
      <div className="panel-head">
        <h2 id="seats">Seats</h2>
        <Link href="/plans">All plans</Link>
      </div>
      {error ? <Failure error={error} readAt={data ? byServiceClock(dataUpdatedAt) : null} retry={() => void refetch()} /> : null}
      {data && counted.length === 0 ? <Empty>No plan has a limit.</Empty> : null}
      <ul className={error ? 'plan-seats stale' : 'plan-seats'}>
        {counted.map(({ id, name, seats }) => (
          <li key={id}>
            <span>
              {name} {seats?.left === 0 ? <span className="badge bad">full</span> : null}
            </span>
            <SeatBar seats={seats} />
          </li>
        ))}
      </ul>
    </section>
  );
}
