import { StatusBadge, Table, type Column } from '../../design/design.ts';
import type { Schemas } from '../../service/client.ts';
import { Ago } from '../ago.tsx';

type Chore = Schemas['System']['chores'][number];

/** What has to be done by somebody in the background. Nobody is asked whether they do it: what is left undone tells. */
export function Chores({ chores }: { chores: Chore[] }) {
  return (
    <section className="card panel" aria-labelledby="chores">
      <h2 id="chores">Background work</h2>
      <p className="soft small">
        Of all processes together. What has waited for longer than a minute is late: nobody has the role, or those who have it cannot keep
        up.
      </p>
      <Table caption="Work that processes do by themselves" columns={COLUMNS} rows={chores} keyOf={({ name }) => name} />
    </section>
  );
}

const WHAT: Record<Chore['name'], string> = {
  recovery: 'Open operations looked at',
  gateway_events: 'Events of the gateway acted on',
  invoices: 'Invoices numbered',
  renewals: 'Subscriptions renewed',
};

const COLUMNS: Column<Chore>[] = [
  { header: 'Work', cell: ({ row }) => WHAT[row.original.name] },
  { header: 'State', cell: ({ row }) => <StatusBadge status={row.original.state} /> },
  { header: 'Late', cell: ({ row }) => <span className="figures">{lateText(row.original.overdue)}</span> },
  { header: 'Since', cell: ({ row }) => (row.original.oldestAt ? <Ago at={row.original.oldestAt} /> : <span className="soft">–</span>) },
  {
    header: 'Role',
    cell: ({ row: { original } }) => (
      <>
        <code>{original.role}</code> <span className="soft">{original.doneHere ? 'runs here' : 'not here'}</span>
      </>
    ),
  },
];

/** As far as the service counts. */
const MAX_COUNTED = 1_000;

function lateText(overdue: number): string {
  if (overdue === 0) return 'nothing';
  const count = new Intl.NumberFormat('en').format(overdue);
  return overdue >= MAX_COUNTED ? `${count} or more` : count;
}
