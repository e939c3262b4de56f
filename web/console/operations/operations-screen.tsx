import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button, Empty, Failure, Loading, Switch } from '../../design/design.ts';
import { byServiceClock } from '../ago.tsx';
import { useHints, useLookEvery } from '../hints/use-hints.ts';
import type { SignedIn } from '../session.ts';
import { useAddress, type Filter } from './address.ts';
import { askForPage } from './ask.ts';
import { Export } from './export.tsx';
import { FilterBar } from './filter-bar.tsx';
import { OperationsTable } from './operations-table.tsx';
import { RecoverMany } from './recover-many.tsx';
import { StatusFilter } from './status-filter.tsx';
import { useSteadyRows } from './steady-rows.ts';
import './operations.css';

const LOOK_EVERY_MS = 3_000;

/** Every operation, the open ones as they move. */
export function OperationsScreen({ who }: { who: SignedIn }) {
  const address = useAddress();
  const { filter, cursor, turnTo, clear } = address;
  const [live, setLive] = useState(true);
  const [held, setHeld] = useState(false);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const page = JSON.stringify([filter, cursor]);
  const queryKey = ['operations', page];
  const lookEvery = useLookEvery();
  const { data, error, isPending, isPlaceholderData, refetch, dataUpdatedAt } = useQuery({
    queryKey,
    queryFn: () => askForPage(who, filter, cursor),
    refetchInterval: live ? lookEvery(LOOK_EVERY_MS) : false,
    placeholderData: keepPreviousData,
  });
  useHints(queryKey, { isPaused: !live });
  const { rows, waiting, show } = useSteadyRows(isPlaceholderData ? undefined : data?.data, held || chosen.size > 0, page);
  const open = rows.filter(({ operation }) => chosen.has(operation.id)).map(({ operation }) => operation);
  const nextCursor = isPlaceholderData ? null : (data?.nextCursor ?? null);
  const turnLive = (on: boolean) => {
    setLive(on);
    // What was hinted at meanwhile was not looked at.
    if (on) void refetch();
  };

  return (
    <>
      <div className="screen-head">
        <h1>Operations</h1>
        <Switch label="Live" on={live} onChange={turnLive} />
        <Export who={who} filter={filter} />
      </div>
      <FilterBar address={address} />
      <div className="list-head">
        <StatusFilter address={address} facets={data?.facets} />
        <span className="waiting" role="status">
          {waiting > 0 ? (
            <Button compact look="primary" onClick={show}>
              Show {waiting} new
            </Button>
          ) : null}
        </span>
      </div>
      <div className="shown">
        {error ? (
          <Failure error={error} readAt={rows.length > 0 ? byServiceClock(dataUpdatedAt) : null} retry={() => void refetch()} />
        ) : null}
        {isPending ? <Loading what="Reading operations" /> : null}
        {data && !error && rows.length === 0 && !isPlaceholderData ? <NothingFound filter={filter} cursor={cursor} clear={clear} /> : null}
        {rows.length > 0 ? (
          <div className={error ? 'shown-data stale' : 'shown-data'}>
            <RecoverMany who={who} operations={open} onDone={() => setChosen(new Set())} onChange={() => void refetch()} />
            <OperationsTable address={address} rows={rows} chosen={chosen} onChoose={setChosen} onHold={setHeld} />
            <nav className="pages" aria-label="Pages">
              {cursor === null ? null : (
                <Button compact onClick={() => address.change({})}>
                  First page
                </Button>
              )}
              {nextCursor === null ? null : (
                <Button compact onClick={() => turnTo(nextCursor)}>
                  {filter.sort === 'createdAt' ? 'Newer' : 'Older'} operations
                </Button>
              )}
            </nav>
          </div>
        ) : null}
      </div>
    </>
  );
}

function NothingFound({ filter, cursor, clear }: { filter: Filter; cursor: string | null; clear: () => void }) {
  if (cursor === null && Object.keys(filter).length === 0)
    return <Empty>Nobody has pressed a button yet. Operations appear here by themselves.</Empty>;
  return (
    <div className="card empty">
      {filter.q?.startsWith('req_') ? (
        <p>
          Not found. A request is known by what it left behind: it recorded an operation, joined one, or was an admin’s act on one. What
          only read, was refused, or came again under its key left nothing; the log of the service has it.
        </p>
      ) : (
        <p>
          No operation is like that. Ids are looked for as a whole: of an operation, a subscription, a user, or a charge at the gateway.
        </p>
      )}
      <Button compact onClick={clear}>
        Clear filters
      </Button>
    </div>
  );
}
