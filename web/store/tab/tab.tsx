import { useEffect, useEffectEvent, useState } from 'react';
import { Loading, StatusBadge, Time } from '../../design/design.ts';
import { answerOf, type Schemas } from '../../service/client.ts';
import { useStanding } from '../live.ts';
import { usePersisted } from '../persisted.ts';
import { usePlans } from '../plans.ts';
import { onPressNow, press, type Refused, type Wish } from '../presses.ts';
import { settings } from '../settings.ts';
import { useShopper, type Shopper } from '../shopper.ts';
import { mayNotBegin, type Standing } from '../standing.ts';
import { News } from './news.tsx';
import { PlanList } from './plan-list.tsx';
import { QuoteDialog } from './quote-dialog.tsx';

/** The shop as one tab of a customer sees it. */
export function Tab({ name }: { name: string }) {
  const shopper = useShopper();
  const standing = useStanding(shopper);
  if (shopper === null) return <Loading what="A customer walks in" />;
  // Another customer is another page: nothing of the one before stays on it.
  return <Shop key={shopper.userId} name={name} shopper={shopper} standing={standing} />;
}

function Shop({ name, shopper, standing }: { name: string; shopper: Shopper; standing: Standing }) {
  const plans = usePlans();
  const { planId, naive } = usePersisted(settings);
  const [underWay, setUnderWay] = useState(0);
  const [refused, setRefused] = useState<Refused>(null);
  const [quote, setQuote] = useState<Schemas['Quote'] | null>(null);
  const [pressedHere, setPressedHere] = useState<string | null>(null);

  const pressed = async (wish: Wish) => {
    setQuote(null);
    setRefused(null);
    setUnderWay((count) => count + 1);
    const { refused: refusal, operationId } = await press(shopper, name, wish);
    setUnderWay((count) => count - 1);
    setPressedHere((before) => operationId ?? before);
    setRefused((before) => refusal ?? before);
  };
  const onStage = useEffectEvent((times: number) => {
    for (let time = 0; time < times; time += 1) void pressed({ planId });
  });
  useEffect(() => onPressNow((times) => onStage(times)), []);

  const choose = async (wanted: string) => {
    if (naive || standing.subscription === null) return pressed({ planId: wanted });
    setRefused(null);
    const asked = await shopper.service.POST('/v1/me/subscription/preview', { body: { planId: wanted } });
    if (asked.data) setQuote(asked.data);
    else setRefused(asked.error);
  };
  const giveUp = (id: string) => {
    const params = { path: { id }, header: { 'Idempotency-Key': crypto.randomUUID() } };
    void answerOf(shopper.service.POST('/v1/operations/{id}/cancel', { params, body: {} })).catch(() => undefined);
  };
  const isBusy = mayNotBegin(standing, { underWay, naive });

  return (
    <main className="tab" aria-label={`The shop in ${name}`} aria-busy={isBusy}>
      <Holding name={name} standing={standing} />
      <News standing={standing} plans={plans} refused={refused} isBusy={isBusy} naive={naive} pressedHere={pressedHere} onGiveUp={giveUp} />
      <PlanList
        plans={plans}
        held={standing.subscription?.planId ?? null}
        chosen={planId}
        isBusy={isBusy}
        naive={naive}
        refused={refused}
        onChoose={(wanted) => void choose(wanted)}
      />
      <QuoteDialog
        quote={quote}
        plans={plans}
        isBusy={isBusy}
        onClose={() => setQuote(null)}
        onConfirm={({ planId: wanted, id, subscriptionVersion }) =>
          void pressed({ planId: wanted, quoteId: id, ...(subscriptionVersion === null ? {} : { ifMatch: subscriptionVersion }) })
        }
      />
    </main>
  );
}

/** What the customer has, as far as this tab knows. */
function Holding({ name, standing: { subscription, heard } }: { name: string; standing: Standing }) {
  const plans = usePlans();
  const plan = plans.find(({ id }) => id === subscription?.planId)?.name ?? subscription?.planId;
  return (
    <header className="holding">
      <div>
        <h1>{subscription ? plan : 'No plan yet'}</h1>
        <p className="soft small">
          {subscription ? (
            <>
              until <Time at={subscription.currentPeriodEndAt} as="date" />
              {subscription.pendingChange ? `, then ${subscription.pendingChange.planId}` : ''}
            </>
          ) : (
            'Choose one below.'
          )}
        </p>
      </div>
      {subscription ? <StatusBadge status={subscription.status} /> : null}
      <span className={`wire small ${heard ? '' : 'cut'}`}>
        {name}, {heard ? 'live' : 'waiting for the shop'}
      </span>
    </header>
  );
}
