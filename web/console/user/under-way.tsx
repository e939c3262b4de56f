import { Empty, Money, StatusBadge } from '../../design/design.ts';
import type { Schemas } from '../../service/client.ts';
import { Ago } from '../ago.tsx';
import { durationText } from '../durations.ts';
import { OperationLink } from '../links.tsx';
import { CHARGED, CHARGED_TONES, inWords } from '../words.ts';

type User = Schemas['UserDetail'];
type Operation = Schemas['Operation'];

/** The one operation that is open for this user, and whether somebody is at work on it. */
export function UnderWay({ user: { openOperation, lease } }: { user: User }) {
  return (
    <section className="card panel" aria-labelledby="under-way">
      <h2 id="under-way">Under way</h2>
      {openOperation ? <Open operation={openOperation} /> : <Empty>No operation is open.</Empty>}
      <div className={`lease ${TONES[lease.state]}`}>
        <h3>Lease</h3>
        <p>{leaseText(lease, openOperation)}</p>
      </div>
    </section>
  );
}

function Open({ operation }: { operation: Operation }) {
  const { id, kind, status, amount, charged, createdAt, toPlanId, recovery } = operation;
  return (
    <dl className="facts">
      <div>
        <dt>Open operation</dt>
        <dd>
          <OperationLink id={id} />
        </dd>
      </div>
      <div>
        <dt>What</dt>
        <dd>
          {inWords(kind)}
          {toPlanId ? ` to ${toPlanId}` : ''} <StatusBadge status={status} />
        </dd>
      </div>
      <div>
        <dt>Money</dt>
        <dd>
          {amount ? <Money of={amount} /> : 'none'} <span className={`word ${CHARGED_TONES[charged]}`}>{CHARGED[charged]}</span>
        </dd>
      </div>
      <div>
        <dt>Open since</dt>
        <dd>
          <Ago at={createdAt} />
        </dd>
      </div>
      <div>
        <dt>Looked at next</dt>
        <dd>{recovery.nextCheckAt ? <Ago at={recovery.nextCheckAt} /> : 'when a person does'}</dd>
      </div>
    </dl>
  );
}

const TONES = { held: 'good', free: 'calm', unknown: 'doubt' } as const;

function leaseText({ state, holder, heldForMs, ttlMs }: User['lease'], open: Operation | null): string {
  if (state === 'unknown')
    return 'The store of leases cannot be reached, so whether somebody is at work is not known. The database alone keeps order.';
  if (state === 'held') {
    const since = heldForMs === null ? '' : ` for ${durationText(heldForMs)}`;
    return `${holder} has had it${since}. It runs out in ${durationText(ttlMs ?? 0)} unless it is extended.`;
  }
  if (open?.status === 'pending') return 'Nobody holds one although an operation is pending: recovery takes it up when it is due.';
  return 'Nobody holds one: nobody is at work for this user now.';
}
