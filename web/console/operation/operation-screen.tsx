import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { Identifier, Money, StatusBadge, Time } from '../../design/design.ts';
import { answerOf, Refusal, type Schemas } from '../../service/client.ts';
import { Ago, useNow } from '../ago.tsx';
import { useHints, useLookEvery } from '../hints/use-hints.ts';
import { UserLink } from '../links.tsx';
import { lastList } from '../operations/address.ts';
import type { SignedIn } from '../session.ts';
import { Shown } from '../shown.tsx';
import { CHARGED, CHARGED_TONES, inWords, plansText } from '../words.ts';
import { Actions } from './actions.tsx';
import { AuditTrail } from './audit-trail.tsx';
import { Exchanges } from './exchanges.tsx';
import { storyOf } from './story.ts';
import { TimelineTable } from './timeline-table.tsx';
import { Waterfall } from './waterfall.tsx';
import './operation.css';

type Detail = Schemas['OperationDetail'];

/** What is over still moves when money is given back. */
const LOOK_EVERY_MS = { open: 2_000, over: 10_000 };

export function OperationScreen({ id, who }: { id: string; who: SignedIn }) {
  const queryKey = ['operation', id];
  const lookEvery = useLookEvery();
  const reading = useQuery({
    queryKey,
    queryFn: () => answerOf(who.service.GET('/v1/admin/operations/{id}', { params: { path: { id } } })),
    refetchInterval: ({ state }) => lookEvery(state.data?.settledAt === null ? LOOK_EVERY_MS.open : LOOK_EVERY_MS.over),
  });
  const { data, error, refetch } = reading;
  useHints(queryKey, { isAbout: ({ userIds }) => data === undefined || userIds.includes(data.userId) });
  const missing = error instanceof Refusal && error.problem.code === 'not-found';
  return (
    <>
      <nav aria-label="Way back">
        <Link href={lastList()} className="back">
          ← Operations
        </Link>
      </nav>
      {missing ? (
        <>
          <h1>No such operation</h1>
          <p className="soft">
            There is none with the id <code>{id}</code>.
          </p>
        </>
      ) : (
        <Shown reading={reading} waiting="Reading the operation">
          {(data) => <Everything operation={data} who={who} look={async () => (await refetch()).data ?? data} />}
        </Shown>
      )}
    </>
  );
}

function Everything({ operation, who, look }: { operation: Detail; who: SignedIn; look: () => Promise<Detail> }) {
  return (
    <>
      <Head operation={operation} />
      <div className="operation-top">
        <Telling operation={operation} />
        <Actions operation={operation} who={who} look={look} />
      </div>
      <section className="card panel" aria-labelledby="waterfall">
        <h2 id="waterfall">What happened</h2>
        <Waterfall operation={operation} />
        <TimelineTable operation={operation} />
      </section>
      <Exchanges operation={operation} />
      <AuditTrail operation={operation} who={who} look={look} />
    </>
  );
}

function Head({ operation }: { operation: Detail }) {
  const { id, kind, status, amount, charged, userId, gateway, reference, subscription, refundOf } = operation;
  const facts: [string, React.ReactNode][] = [
    ['Operation', <Identifier key="id" id={id} of="the operation" />],
    ['User', <UserLink key="user" id={userId} />],
    ...(subscription
      ? [['Subscription', <Identifier key="sub" id={subscription.id} of="the subscription" />] as [string, React.ReactNode]]
      : []),
    ['Plan', plansText(operation)],
    ['Our reference', <Identifier key="ours" id={reference} of="the charge, ours" />],
    [
      `At ${gateway.name}`,
      gateway.reference ? <Identifier key="theirs" id={gateway.reference} of="the charge at the gateway" /> : 'no id known',
    ],
    ['Card', operation.paymentMethod ? <Identifier key="card" id={operation.paymentMethod} of="the card" /> : '–'],
    ...(refundOf
      ? [
          [
            'Refund of',
            <Link key="of" href={`/operations/${refundOf}`}>
              {refundOf}
            </Link>,
          ] as [string, React.ReactNode],
        ]
      : []),
    [
      'Started',
      <span key="at">
        <Time at={operation.createdAt} as="both" /> (<Ago at={operation.createdAt} />)
      </span>,
    ],
    ...(operation.settledAt ? [['Ended', <Time key="end" at={operation.settledAt} as="both" />] as [string, React.ReactNode]] : []),
  ];
  return (
    <header className="operation-head">
      <div className="operation-title">
        <h1>{`${inWords(kind).replace(/^./, (letter) => letter.toUpperCase())} of ${userId}`}</h1>
        <StatusBadge status={status} />
        {amount ? (
          <span className={`operation-money ${CHARGED_TONES[charged]}`}>
            <Money of={amount} /> <span className="word">{CHARGED[charged]}</span>
          </span>
        ) : null}
      </div>
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </header>
  );
}

function Telling({ operation }: { operation: Detail }) {
  const now = useNow();
  const { known, unknown, next } = storyOf(operation, now);
  return (
    <section className="card panel story" aria-label="In plain words">
      <Said title="What we know" says={known} />
      <Said
        title="What we do not know"
        says={unknown.length > 0 ? unknown : ['Nothing is in doubt.']}
        tone={unknown.length > 0 ? 'doubt' : undefined}
      />
      <Said title="What happens next" says={next} />
    </section>
  );
}

function Said({ title, says, tone }: { title: string; says: string[]; tone?: string | undefined }) {
  return (
    <div className={tone}>
      <h2>{title}</h2>
      <ul>
        {says.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </div>
  );
}
