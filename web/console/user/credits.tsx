import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Empty, Failure, Identifier, Loading, Money, moneyText, Table, Time, type Column } from '../../design/design.ts';
import { answerOf, type Schemas } from '../../service/client.ts';
import { OperationLink, UserLink } from '../links.tsx';
import type { SignedIn } from '../session.ts';
import { inWords } from '../words.ts';

type User = Schemas['UserDetail'];
type Entry = Schemas['CreditEntry'];

/** What the user has in credit, and the entries that sum to it. */
export function Credits({ user: { id, credits }, who }: { user: User; who: SignedIn }) {
  return (
    <section className="card panel" aria-labelledby="credits">
      <div className="panel-head">
        <h2 id="credits">Credit</h2>
        <ul className="balances">
          {credits.data.map(({ currency, balance, reserved }) => (
            <li key={currency}>
              <strong className="figures">{moneyText({ amount: balance, currency })}</strong>
              {reserved > 0 ? <span className="soft"> and {moneyText({ amount: reserved, currency })} set aside</span> : null}
            </li>
          ))}
        </ul>
      </div>
      {credits.version === 0 ? (
        <Empty>Never had any.</Empty>
      ) : (
        // Another version is another list: it is read anew as soon as credit has moved.
        <Entries key={credits.version} userId={id} version={credits.version} who={who} />
      )}
    </section>
  );
}

function Entries({ userId, version, who }: { userId: string; version: number; who: SignedIn }) {
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['credit-entries', userId, version],
    queryFn: ({ pageParam }) => {
      const params = { path: { userId }, query: pageParam === null ? {} : { cursor: pageParam } };
      return answerOf(who.service.GET('/v1/admin/users/{userId}/credits/entries', { params }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
  if (isPending) return <Loading what="Reading the entries" />;
  if (error) return <Failure error={error} retry={() => void refetch()} />;
  const entries = data.pages.flatMap((page) => page.data);
  return (
    <>
      <Table caption="Entries of credit, the newest first" columns={COLUMNS} rows={entries} keyOf={({ id }) => id} />
      {hasNextPage ? (
        <nav className="pages" aria-label="Entries of credit">
          <Button compact disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Older entries
          </Button>
        </nav>
      ) : null}
    </>
  );
}

const COLUMNS: Column<Entry>[] = [
  { header: 'When', cell: ({ row }) => <Time at={row.original.createdAt} as="both" /> },
  { header: 'What', cell: ({ row }) => inWords(row.original.kind) },
  {
    header: 'Amount',
    cell: ({ row: { original } }) => (
      <span className={`word ${original.amount.amount < 0 ? 'calm' : 'good'}`}>
        {original.amount.amount > 0 ? '+' : ''}
        <Money of={original.amount} />
      </span>
    ),
  },
  { header: 'Why', cell: ({ row }) => <Cause entry={row.original} /> },
  { header: 'Movement', cell: ({ row }) => <Identifier id={row.original.id} of="the movement" /> },
];

function Cause({ entry: { operationId, counterpartUserId, amount } }: { entry: Entry }) {
  if (operationId !== null) return <OperationLink id={operationId} />;
  if (counterpartUserId === null) return <span className="soft">by an admin; the audit has the reason</span>;
  return (
    <span className="cause">
      {amount.amount < 0 ? 'to' : 'from'} <UserLink id={counterpartUserId} />
    </span>
  );
}
