import { Link } from 'wouter';
import { Empty, Money, StatusBadge, Table, Time, type Column } from '../../design/design.ts';
import type { Schemas } from '../../service/client.ts';
import { OperationLink } from '../links.tsx';
import { Took } from '../operations/took.tsx';
import { CHARGED, CHARGED_TONES, inWords, plansText } from '../words.ts';

type Operation = Schemas['Operation'];

/** What happened to this user, the newest first. */
export function History({ user: { id, operations } }: { user: Schemas['UserDetail'] }) {
  return (
    <section className="card panel" aria-labelledby="history">
      <div className="panel-head">
        <h2 id="history">History</h2>
        <Link href={`/?q=${encodeURIComponent(id)}`}>All of it in the list</Link>
      </div>
      {operations.length === 0 ? (
        <Empty>No operations.</Empty>
      ) : (
        <Table
          caption="Operations of this user, the newest first"
          columns={COLUMNS}
          rows={operations}
          keyOf={(operation) => operation.id}
        />
      )}
    </section>
  );
}

const COLUMNS: Column<Operation>[] = [
  { header: 'Operation', cell: ({ row }) => <OperationLink id={row.original.id} /> },
  { header: 'Status', cell: ({ row }) => <StatusBadge status={row.original.status} /> },
  { header: 'Started', cell: ({ row }) => <Time at={row.original.createdAt} as="both" /> },
  { header: 'Kind', cell: ({ row }) => inWords(row.original.kind) },
  { header: 'Plan', cell: ({ row }) => plansText(row.original) },
  { header: 'Amount', cell: ({ row }) => (row.original.amount ? <Money of={row.original.amount} /> : '–') },
  {
    header: 'Charged',
    cell: ({ row }) => <span className={`word ${CHARGED_TONES[row.original.charged]}`}>{CHARGED[row.original.charged]}</span>,
  },
  { header: 'Took', cell: ({ row }) => <Took operation={row.original} /> },
];
