import { Link } from 'wouter';

interface Bar {
  name: string;
  count: number;
  /** Where the things are that it counts, if anywhere. */
  to?: string;
}

/** A histogram that lies on its side, so that its names can be read; whoever does not see it reads a list. */
export function Bars({ bars }: { bars: Bar[] }) {
  const most = Math.max(1, ...bars.map(({ count }) => count));
  return (
    <ul className="bars">
      {bars.map(({ name, count, to }) => (
        <li key={name}>
          {to === undefined || count === 0 ? <span>{name}</span> : <Link href={to}>{name}</Link>}
          <span className="bar-track">
            <span className="bar-length" style={{ width: `${(count / most) * 100}%` }} />
          </span>
          <span className="figures">{COUNT.format(count)}</span>
        </li>
      ))}
    </ul>
  );
}

const COUNT = new Intl.NumberFormat('en');
