import { Button, Money, Notice } from '../../design/design.ts';
import type { Plan } from '../plans.ts';
import type { Refused } from '../presses.ts';
import type { Operation, Standing } from '../standing.ts';

interface NewsProps {
  standing: Standing;
  plans: Plan[];
  refused: Refused;
  isBusy: boolean;
  naive: boolean;
  /** The operation that this tab asked for last; any other is news from elsewhere. */
  pressedHere: string | null;
  onGiveUp: (operationId: string) => void;
}

/** The one thing that the customer has to know now. Whether money moved is always part of it. */
export function News(props: NewsProps) {
  return (
    <div className="news" aria-live="polite">
      {newsOf(props)}
    </div>
  );
}

function newsOf({ standing, plans, refused, isBusy, naive, pressedHere, onGiveUp }: NewsProps) {
  const { open, last, heard } = standing;
  if (naive) return naiveNews(isBusy);
  if (open) return <UnderWay operation={open} onGiveUp={onGiveUp} />;
  if (isBusy) return <Notice tone="wait" title={heard ? 'Paying …' : 'The shop does not answer. The same press is sent again.'} />;
  if (refused) return <RefusedNews refused={refused} />;
  if (last === null) return null;
  if (last.status === 'succeeded') return <Done operation={last} here={last.id === pressedHere} plans={plans} />;
  if (last.status === 'canceled') return <Notice tone="calm" title="Given up. Nothing was charged." />;
  return (
    <Notice tone="bad" title={last.problem?.title ?? 'That did not work'}>
      Nothing was charged.
    </Notice>
  );
}

function UnderWay({ operation, onGiveUp }: { operation: Operation; onGiveUp: (id: string) => void }) {
  const { id, status, nextAction } = operation;
  if (status === 'unknown') {
    return (
      <Notice tone="doubt" title="We are checking. Do not pay again.">
        The payment service did not say what became of it. We ask until it does; this page tells you, and you can close it meanwhile.
      </Notice>
    );
  }
  if (status === 'needs_review') {
    return (
      <Notice tone="bad" title="Somebody is looking at it. Do not pay again.">
        It could not be found out by itself whether you have paid.
      </Notice>
    );
  }
  if (status === 'requires_action' && nextAction) {
    return (
      <div className="notice wait" role="status">
        <strong>Your bank wants to hear from you.</strong>
        <p>Nothing is charged before you have answered.</p>
        <p className="answers">
          <a className="button primary compact" href={nextAction.url} target="_blank" rel="noopener noreferrer">
            Answer the bank
          </a>
          <Button compact onClick={() => onGiveUp(id)}>
            Give up
          </Button>
        </p>
      </div>
    );
  }
  return <Notice tone="wait" title="Paying …" />;
}

function Done({ operation, here, plans }: { operation: Operation; here: boolean; plans: Plan[] }) {
  const { amount, requests, result, toPlanId } = operation;
  const plan = plans.find(({ id }) => id === toPlanId)?.name ?? toPlanId ?? 'your plan';
  if (!here && result !== 'renewed') {
    return (
      <Notice tone="calm" title={`Changed in another tab: ${plan}`}>
        This page was told and shows what you have now.
      </Notice>
    );
  }
  return (
    <Notice tone="good" title={result === 'renewed' ? `Renewed: ${plan}` : `Done: ${plan}`}>
      {amount && amount.amount > 0 ? (
        <>
          <Money of={amount} /> charged once{requests > 1 ? `, for ${requests} presses` : ''}.
        </>
      ) : (
        'Nothing was charged.'
      )}
    </Notice>
  );
}

function RefusedNews({ refused }: { refused: NonNullable<Refused> }) {
  const { code, title, charged } = refused;
  if (code === 'subscription-changed' || code === 'quote-stale') {
    return (
      <Notice tone="calm" title="Something changed in another tab.">
        Nothing was charged. This page shows what you have now; look again before you change it.
      </Notice>
    );
  }
  if (code === 'plan-full') {
    return (
      <Notice tone="wait" title="The last seat has just gone.">
        Nothing was charged.{(refused.alternatives?.length ?? 0) > 0 ? ' There is another one below.' : ''}
      </Notice>
    );
  }
  return (
    <Notice tone={charged === 'unknown' ? 'doubt' : 'bad'} title={title}>
      {charged === 'unknown' ? 'We do not know yet whether you were charged. Do not pay again.' : 'Nothing was charged.'}
    </Notice>
  );
}

function naiveNews(isBusy: boolean) {
  return (
    <Notice tone={isBusy ? 'wait' : 'bad'} title={isBusy ? 'Paying …' : 'Without protection'}>
      Every press asks the gateway on its own.
    </Notice>
  );
}
