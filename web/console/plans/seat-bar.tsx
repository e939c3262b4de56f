import { countText } from '../../design/design.ts';
import type { Schemas } from '../../service/client.ts';
import './seats.css';

type Seats = Schemas['AdminPlan']['seats'];

/** The seats of a plan as a bar: taken, held by somebody who is paying just now, and left. */
export function SeatBar({ seats }: { seats: Seats }) {
  if (seats === null) return <span className="soft small">no limit, not counted</span>;
  const { capacity, taken, held, left } = seats;
  const share = (count: number) => `${capacity === 0 ? 0 : (count / capacity) * 100}%`;
  return (
    <span className="seats">
      <span
        className={`seat-bar ${left === 0 ? 'bad' : ''}`}
        role="img"
        aria-label={`${taken} of ${countText(capacity, 'seat')} taken, ${held} held, ${left} left`}
      >
        <span className="seats-taken" style={{ width: share(taken) }} />
        <span className="seats-held" style={{ width: share(held) }} />
      </span>
      <span className="figures small">
        {COUNT.format(taken)} of {COUNT.format(capacity)}
        {held > 0 ? <span className="soft">, {COUNT.format(held)} held</span> : null}
      </span>
    </span>
  );
}

const COUNT = new Intl.NumberFormat('en');
