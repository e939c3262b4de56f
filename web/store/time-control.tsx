import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Button, Switch, Time } from '../design/design.ts';
import { answerOf } from '../service/client.ts';
import type { Shopper } from './shopper.ts';
import type { Subscription } from './standing.ts';

const BAD_CARD = 'pm_card_chargeDeclinedInsufficientFunds';

/** A month in a moment: renewals happen, and where the card went bad, so does dunning. */
export function TimeControl({ shopper, subscription }: { shopper: Shopper | null; subscription: Subscription | null }) {
  const [isBad, setBad] = useState(false);
  const month = useMutation({ mutationFn: () => answerOf((shopper as Shopper).service.POST('/v1/test/stage/month')) });
  const cards = useMutation({
    mutationFn: (bad: boolean) =>
      answerOf((shopper as Shopper).service.POST('/v1/test/stage/cards', { body: { behaves: bad ? BAD_CARD : null } })),
    onSuccess: ({ changed }, bad) => setBad(changed && bad),
  });
  return (
    <div className="control">
      <h2>Time</h2>
      <div className="row">
        <Button disabled={shopper === null || month.isPending} onClick={() => month.mutate()}>
          {month.isPending ? 'A month passes …' : 'Let a month pass'}
        </Button>
      </div>
      <Switch label="The saved card has no money" on={isBad} onChange={(bad) => shopper && subscription && cards.mutate(bad)} />
      <p className="soft small" role="status">
        {month.error ? month.error.message : month.data ? <Passed now={month.data.now} renewals={month.data.renewals} /> : CALM}
      </p>
    </div>
  );
}

const CALM = 'Whoever has a plan is charged again at the end of its period, once.';

function Passed({ now, renewals }: { now: string; renewals: number }) {
  return (
    <>
      It is <Time at={now} as="date" /> in the shop; {renewals === 1 ? 'one renewal was' : `${renewals} renewals were`} made.
    </>
  );
}
