import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { useSearchParams } from 'wouter';
import { Button, Empty, Identifier, Table, Time, type Column } from '../../design/design.ts';
import { answerOf, type Schemas } from '../../service/client.ts';
import { OperationLink, UserLink } from '../links.tsx';
import type { SignedIn } from '../session.ts';
import { Shown } from '../shown.tsx';
import '../operations/operations.css';

type Entry = Schemas['AuditEntry'];

const FILTERS = { actor: 'Who', action: 'What', object: 'To what' } as const;
type FilterName = keyof typeof FILTERS;
const NAMES = Object.keys(FILTERS) as FilterName[];

/** Who did what, to what, and why; nobody can change it. */
export function AuditScreen({ who }: { who: SignedIn }) {
  const [search, setSearch] = useSearchParams();
  const query = Object.fromEntries([...NAMES, 'cursor'].flatMap((name) => (search.get(name) ? [[name, search.get(name) as string]] : [])));
  const reading = useQuery({
    queryKey: ['audit', query],
    queryFn: () => answerOf(who.service.GET('/v1/admin/audit', { params: { query } })),
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <h1>Audit</h1>
      <AuditFilter key={search.toString()} filter={query} onChange={(filter) => setSearch(new URLSearchParams(filter))} />
      <Shown reading={reading} waiting="Reading the audit">
        {({ data, nextCursor }) => (
          <>
            {data.length === 0 ? (
              <Empty>Nobody has done anything of the sort.</Empty>
            ) : (
              <div className="card">
                <Table caption="Audit, the newest first" columns={COLUMNS} rows={data} keyOf={({ id }) => id} />
              </div>
            )}
            {nextCursor === null ? null : (
              <nav className="pages" aria-label="Pages">
                <Button compact onClick={() => setSearch(new URLSearchParams({ ...query, cursor: nextCursor }))}>
                  Older entries
                </Button>
              </nav>
            )}
          </>
        )}
      </Shown>
    </>
  );
}

/** In the page's address, so that it can be sent to somebody else. */
function AuditFilter({ filter, onChange }: { filter: Record<string, string>; onChange: (filter: Record<string, string>) => void }) {
  const field = useId();
  return (
    <form
      role="search"
      className="filters card"
      onSubmit={(event) => {
        event.preventDefault();
        const fields = new FormData(event.currentTarget);
        const wanted: Record<string, string> = {};
        for (const name of NAMES) {
          const text = (fields.get(name) as string).trim();
          if (text !== '') wanted[name] = text;
        }
        onChange(wanted);
      }}
    >
      {NAMES.map((name) => (
        <div key={name} className="field filter-search">
          <label htmlFor={`${field}-${name}`}>{FILTERS[name]}</label>
          <input
            id={`${field}-${name}`}
            name={name}
            className="input mono"
            defaultValue={filter[name] ?? ''}
            autoComplete="off"
            placeholder="anything"
          />
        </div>
      ))}
      <Button type="submit" compact>
        Look
      </Button>
    </form>
  );
}

const COLUMNS: Column<Entry>[] = [
  { header: 'When', cell: ({ row }) => <Time at={row.original.at} as="both" /> },
  { header: 'Who', accessorKey: 'actor' },
  { header: 'What', accessorKey: 'action' },
  { header: 'To what', cell: ({ row }) => <AuditObject entry={row.original} /> },
  { header: 'Why', accessorKey: 'reason' },
  { header: 'Change', cell: ({ row }) => <Change entry={row.original} /> },
];

function AuditObject({ entry: { object, action } }: { entry: Entry }) {
  if (action.startsWith('operation.')) return <OperationLink id={object} />;
  if (action.startsWith('credit.')) return <UserLink id={object} />;
  return <Identifier id={object} of="what it was done to" />;
}

function Change({ entry: { before, after, requestId } }: { entry: Entry }) {
  return (
    <details>
      <summary>Before and after</summary>
      <pre tabIndex={0} aria-label="Before and after">
        {JSON.stringify({ before, after, requestId }, null, 2)}
      </pre>
    </details>
  );
}
