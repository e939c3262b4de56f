import { durationText } from '../durations.ts';
import { Bars } from './bars.tsx';
import type { Statistics } from './pulse-screen.tsx';

const OPEN = 'pending,requires_action,unknown,needs_review';

/** How old what is open is: a service that is well has all of it at the top. Each bar leads to the operations that it counts. */
export function Ages({ statistics: { openAges } }: { statistics: Statistics }) {
  const bars = openAges.map(({ upToSeconds, count }, index) => {
    const from = openAges[index - 1]?.upToSeconds ?? null;
    return {
      name: upToSeconds === null ? `older than ${spanText(from)}` : `up to ${spanText(upToSeconds)}`,
      count,
      to: `/?${new URLSearchParams({
        status: OPEN,
        ...(from === null ? {} : { minAgeSeconds: String(from) }),
        ...(upToSeconds === null ? {} : { maxAgeSeconds: String(upToSeconds) }),
        sort: 'createdAt',
      }).toString()}`,
    };
  });
  return (
    <section className="card panel" aria-labelledby="ages">
      <h2 id="ages">Open, by age</h2>
      <Bars bars={bars} />
    </section>
  );
}

function spanText(seconds: number | null): string {
  return durationText((seconds ?? 0) * 1_000);
}
