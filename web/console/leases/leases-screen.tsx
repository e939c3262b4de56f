import { useQuery } from '@tanstack/react-query';
import { Empty, StatusBadge, Table, type Column } from '../../design/design.ts';
import { answerOf, type Schemas } from '../../service/client.ts';
import { Ago, useNow } from '../ago.tsx';
import { durationText } from '../durations.ts';
import { useHints } from '../hints/use-hints.ts';
import { OperationLink, UserLink } from '../links.tsx';
import type { SignedIn } from '../session.ts';
import { Shown } from '../shown.tsx';
import { inWords } from '../words.ts';
import '../operation/operation.css';
import '../operations/operations.css';
import './leases.css';

type Lease = Schemas['Lease'];
type Open = Schemas['OpenOperation'];

/** Leases come and go in seconds, and nobody rings for them: a hint only tells sooner that one may have. */
const LOOK_EVERY_MS = 2_000;

/** Who is at work for whom, and which open operations nobody is at work on. */
export function LeasesScreen({ who }: { who: SignedIn }) {
  const reading = useQuery({
    queryKey: ['leases'],
    queryFn: () => answerOf(who.service.GET('/v1/admin/leases')),
    refetchInterval: LOOK_EVERY_MS,
  });
  useHints(['leases']);
  return (
    <>
      <h1>Leases</h1>
      <Shown reading={reading} waiting="Asking who is at work">
        {({ data, more, withoutLease }) => (
          <>
            <AtWork leases={data} more={more} />
            <NobodyAtWork operations={withoutLease.data} more={withoutLease.more} />
          </>
        )}
      </Shown>
    </>
  );
}

function AtWork({ leases, more }: { leases: Lease[]; more: boolean }) {
  return (
    <section className="card panel" aria-labelledby="at-work">
      <h2 id="at-work">At work now</h2>
      <p className="soft small">
        A lease tells others that somebody is at work for this user. It calms the crowd; that nobody is charged twice rests on the database
        alone.
      </p>
      {leases.length === 0 ? <Empty>Nobody holds a lease: nobody is at work just now.</Empty> : null}
      {leases.length > 0 ? <Table caption="Leases that are held" columns={LEASES} rows={leases} keyOf={({ key }) => key} /> : null}
      {more ? <p className="soft small">There are more than these; the first {leases.length} are shown.</p> : null}
    </section>
  );
}

const LEASES: Column<Lease>[] = [
  { header: 'User', cell: ({ row }) => <UserLink id={row.original.key} /> },
  { header: 'Held by', cell: ({ row }) => <code>{row.original.holder}</code> },
  { header: 'For', cell: ({ row }) => <Span ms={row.original.heldForMs} /> },
  { header: 'Runs out in', cell: ({ row }) => <Span ms={row.original.ttlMs} /> },
  {
    header: 'Operation',
    cell: ({ row: { original } }) =>
      original.operation ? (
        <span className="about">
          <OperationLink id={original.operation.id} /> {inWords(original.operation.kind)} <StatusBadge status={original.operation.status} />
        </span>
      ) : (
        <span className="soft">none is open: about to be recorded, or just over</span>
      ),
  },
];

function Span({ ms }: { ms: number | null }) {
  return <span className="figures">{ms === null ? 'it does not say' : durationText(ms)}</span>;
}

function NobodyAtWork({ operations, more }: { operations: Open[]; more: boolean }) {
  return (
    <section className="card panel" aria-labelledby="nobody">
      <h2 id="nobody">Open, and nobody is at work</h2>
      <p className="soft small">
        Most of them wait for a customer or for the next look at the gateway. What is overdue is looked after by nobody: is recovery
        running?
      </p>
      {operations.length === 0 ? <Empty>Every open operation has somebody at work on it, or none is open.</Empty> : null}
      {operations.length > 0 ? (
        <Table caption="Open operations without a lease" columns={OPEN} rows={operations} keyOf={({ id }) => id} />
      ) : null}
      {more ? <p className="soft small">There are more than these; the oldest are shown.</p> : null}
    </section>
  );
}

const OPEN: Column<Open>[] = [
  { header: 'Operation', cell: ({ row }) => <OperationLink id={row.original.id} /> },
  { header: 'User', cell: ({ row }) => <UserLink id={row.original.userId} /> },
  { header: 'Kind', cell: ({ row }) => inWords(row.original.kind) },
  { header: 'Status', cell: ({ row }) => <StatusBadge status={row.original.status} /> },
  { header: 'Open since', cell: ({ row }) => <Ago at={row.original.createdAt} /> },
  { header: 'Waits for', cell: ({ row }) => WAITS_FOR[row.original.status] ?? 'recovery' },
  { header: 'Looked at next', cell: ({ row }) => <NextLook at={row.original.nextCheckAt} /> },
];

const WAITS_FOR: Record<string, string> = { requires_action: 'the customer', needs_review: 'a person' };
/** Recovery looks every second or so. */
const OVERDUE_MS = 60_000;

function NextLook({ at }: { at: string | null }) {
  const now = useNow();
  if (at === null) return <span className="soft">by a person</span>;
  const late = now - Date.parse(at) > OVERDUE_MS;
  return (
    <span className={late ? 'word bad' : undefined}>
      {late ? 'overdue, was due ' : ''}
      <Ago at={at} />
    </span>
  );
}
