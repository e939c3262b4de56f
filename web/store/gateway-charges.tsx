import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Empty, Identifier, Money, Time } from '../design/design.ts';
import { answerOf, type Schemas } from '../service/client.ts';
import type { Press } from './presses.ts';
import type { Shopper } from './shopper.ts';
import type { Told } from './standing.ts';

export type StageCharge = Schemas['StageCharge'];

/** Nobody tells of charges as they are made at the gateway: while something happens they are looked at often. */
const BUSY_LOOK_MS = 600;
const IDLE_LOOK_MS = 2_500;

export function useCharges(shopper: Shopper | null, presses: Press[], told: Told[]): StageCharge[] {
  const isBusy = presses.some(({ endedMs }) => endedMs === null);
  const { data, refetch } = useQuery({
    queryKey: ['charges', shopper?.userId],
    queryFn: () => answerOf((shopper as Shopper).service.GET('/v1/test/stage/charges')),
    enabled: shopper !== null,
    refetchInterval: isBusy ? BUSY_LOOK_MS : IDLE_LOOK_MS,
    retry: false,
  });
  // Whatever was answered or told may have been paid for.
  useEffect(() => {
    if (shopper !== null) void refetch();
  }, [shopper, presses, told, refetch]);
  return data?.data ?? [];
}

const WORDS: Record<string, string> = {
  succeeded: 'charged',
  requires_action: 'waits for the customer',
  requires_payment_method: 'declined',
  canceled: 'canceled',
};

/** What the gateway says it did. It is asked itself: what is shown here is no belief of the service. */
export function GatewayCharges({ charges }: { charges: StageCharge[] }) {
  return (
    <section className="card panel" aria-labelledby="charges">
      <h2 id="charges">What the gateway says</h2>
      {charges.length === 0 ? <Empty>Nothing was asked of it yet.</Empty> : null}
      <ol className="charges figures">
        {charges.toReversed().map(({ id, amount, status, isProtected, createdAt }) => (
          <li key={id}>
            <Time at={createdAt} />
            <strong>
              <Money of={amount} />
            </strong>
            <span className={`badge ${toneOf(status, isProtected)}`}>{WORDS[status] ?? status}</span>
            <span className="soft small">{isProtected ? 'under a key' : 'naive'}</span>
            <Identifier id={id} of="the charge" />
          </li>
        ))}
      </ol>
    </section>
  );
}

function toneOf(status: string, isProtected: boolean): string {
  if (status !== 'succeeded') return 'calm';
  return isProtected ? 'good' : 'bad';
}
