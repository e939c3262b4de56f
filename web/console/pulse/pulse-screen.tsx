import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Time } from '../../design/design.ts';
import { answerOf } from '../../service/client.ts';
import { Ago } from '../ago.tsx';
import { useHints, useLookEvery } from '../hints/use-hints.ts';
import type { SignedIn } from '../session.ts';
import { Shown } from '../shown.tsx';
import { Ages } from './ages.tsx';
import { Latency } from './latency.tsx';
import { Outcomes } from './outcomes.tsx';
import { Seats } from './seats.tsx';
import '../operation/operation.css';
import './pulse.css';

const LOOK_EVERY_MS = 5_000;

export type Statistics = Awaited<ReturnType<typeof askForStatistics>>;

function askForStatistics({ service }: SignedIn) {
  return answerOf(service.GET('/v1/admin/stats'));
}

/** How the service is doing, as the service itself counts it. */
export function PulseScreen({ who }: { who: SignedIn }) {
  const lookEvery = useLookEvery();
  const reading = useQuery({
    queryKey: ['statistics'],
    queryFn: () => askForStatistics(who),
    refetchInterval: lookEvery(LOOK_EVERY_MS),
  });
  // Counting costs more than a list does.
  useHints(['statistics'], { restMs: LOOK_EVERY_MS });
  return (
    <>
      <h1>Pulse</h1>
      <Shown reading={reading} waiting="Counting">
        {(data) => <Figures statistics={data} who={who} />}
      </Shown>
    </>
  );
}

function Figures({ statistics, who }: { statistics: Statistics; who: SignedIn }) {
  const { byStatus, oldestOpenAt, duplicatesAbsorbed, chargedTwice, lastHourAt, lastDayAt } = statistics;
  return (
    <>
      <dl className="figures-of-pulse">
        <Figure name="Charged twice, last day" tone={chargedTwice > 0 ? 'bad' : 'good'}>
          {COUNT.format(chargedTwice)}
        </Figure>
        <Figure name="In flight" to="/?status=pending">
          {COUNT.format(byStatus['pending'] ?? 0)}
        </Figure>
        <Figure name="Waiting for customers" to="/?status=requires_action">
          {COUNT.format(byStatus['requires_action'] ?? 0)}
        </Figure>
        <Figure name="Money in doubt" to="/?status=unknown" tone={byStatus['unknown'] ? 'doubt' : undefined}>
          {COUNT.format(byStatus['unknown'] ?? 0)}
        </Figure>
        <Figure name="Need a person" to="/?status=needs_review" tone={byStatus['needs_review'] ? 'bad' : undefined}>
          {COUNT.format(byStatus['needs_review'] ?? 0)}
        </Figure>
        <Figure name="Oldest open" to="/?sort=createdAt&status=pending,requires_action,unknown,needs_review">
          {oldestOpenAt === null ? 'none' : <Ago at={oldestOpenAt} />}
        </Figure>
        <Figure name="Succeeded, last hour">{successRate(statistics)}</Figure>
        <Figure name="Duplicates absorbed, last day">{COUNT.format(duplicatesAbsorbed)}</Figure>
      </dl>
      <p className="soft small">
        What is of the last day is as of <Time at={lastDayAt} />, what is of the last hour as of <Time at={lastHourAt} />.
      </p>
      <div className="charts">
        <Outcomes statistics={statistics} />
        <Ages statistics={statistics} />
        <Latency statistics={statistics} />
        <Seats who={who} />
      </div>
    </>
  );
}

function Figure({ name, to, tone, children }: { name: string; to?: string; tone?: string | undefined; children: ReactNode }) {
  return (
    <div className={`card figure ${tone ?? ''}`}>
      <dt>{to === undefined ? name : <Link href={to}>{name}</Link>}</dt>
      <dd className="figures">{children}</dd>
    </div>
  );
}

const COUNT = new Intl.NumberFormat('en');

/** Of what ended with an answer; what was canceled was nobody's success or failure. */
function successRate({ outcomesPerMinute }: Statistics): string {
  const succeeded = outcomesPerMinute.reduce((sum, minute) => sum + minute.succeeded, 0);
  const ended = outcomesPerMinute.reduce((sum, minute) => sum + minute.succeeded + minute.failed, 0);
  if (ended === 0) return 'nothing ended';
  return new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 }).format(succeeded / ended);
}
