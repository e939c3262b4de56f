import type { ReactNode } from 'react';
import { Empty, Identifier, Money, moneyText, Notice, StatusBadge, Time } from '../../design/design.ts';
import type { Schemas } from '../../service/client.ts';
import { Ago, useNow } from '../ago.tsx';
import { agoText } from '../durations.ts';

type Subscription = Schemas['Subscription'];

/** What the user has, how much of its period has gone, and what comes next. */
export function SubscriptionCard({ subscription }: { subscription: Subscription | null }) {
  return (
    <section className="card panel" aria-labelledby="subscription">
      <h2 id="subscription">Subscription</h2>
      {subscription ? <Having subscription={subscription} /> : <Empty>Not subscribed. What was before is in the history below.</Empty>}
    </section>
  );
}

function Having({ subscription }: { subscription: Subscription }) {
  const { id, planId, status, price, paymentMethod, pastDue, createdAt } = subscription;
  const facts: [string, ReactNode][] = [
    ['Plan', <strong key="plan">{planId}</strong>],
    ['Status', <StatusBadge key="status" status={status} />],
    ['Price', <Money key="price" of={price} free />],
    ['Next payment', <NextPayment key="next" subscription={subscription} />],
    ['Card', paymentMethod ? <Identifier key="card" id={paymentMethod} of="the card" /> : 'none is saved'],
    ['Subscription', <Identifier key="id" id={id} of="the subscription" />],
    ['Since', <Time key="since" at={createdAt} as="date" />],
  ];
  return (
    <>
      {pastDue ? (
        <Notice tone="bad" title="The period that has begun is not paid for">
          Declined {pastDue.declines === 1 ? 'once' : `${pastDue.declines} times`}, first <Ago at={pastDue.sinceAt} />.
        </Notice>
      ) : null}
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Period subscription={subscription} />
    </>
  );
}

function NextPayment({ subscription }: { subscription: Subscription }) {
  const { status, cancelAtPeriodEnd, nextPaymentAttemptAt, pendingChange, price } = subscription;
  if (cancelAtPeriodEnd) return 'none: it ends with its period';
  if (nextPaymentAttemptAt === null) return status === 'paused' ? 'none while it is paused' : 'none is to come';
  return (
    <>
      {moneyText(pendingChange?.price ?? price)} on <Time at={nextPaymentAttemptAt} as="date" /> (<Ago at={nextPaymentAttemptAt} />)
    </>
  );
}

/** The period as a line that fills, by the service's clock, with what happens at its end. */
function Period({ subscription }: { subscription: Subscription }) {
  const now = useNow();
  const { currentPeriodStartAt: start, currentPeriodEndAt: end } = subscription;
  const [from, to] = [Date.parse(start), Date.parse(end)];
  const gone = Math.min(1, Math.max(0, (now - from) / (to - from)));
  const left = `it ${now < to ? 'ends' : 'ended'} ${agoText(now - to)}`;
  return (
    <div className="period">
      <div className="period-line" role="img" aria-label={`${PERCENT.format(gone)} of the period has gone, ${left}`}>
        <span style={{ width: `${gone * 100}%` }} />
      </div>
      <p className="period-ends small">
        <Time at={start} as="date" />
        <span className="soft">{left}</span>
        <Time at={end} as="date" />
      </p>
      <p className="small">{endOf(subscription)}</p>
    </div>
  );
}

const PERCENT = new Intl.NumberFormat('en', { style: 'percent' });

function endOf({ status, cancelAtPeriodEnd, pendingChange, planId }: Subscription): string {
  if (status === 'paused') return 'It is paused: it holds no seat, and nothing is charged until somebody resumes it.';
  if (cancelAtPeriodEnd) return 'At the end of the period it is canceled, as was asked for.';
  if (pendingChange) return `At the end of the period it becomes ${pendingChange.planId}, for ${moneyText(pendingChange.price)}.`;
  if (status === 'trialing') return `At the end of the trial ${planId} is charged for the first time.`;
  return 'At the end of the period it is renewed by itself.';
}
