import type { ReactNode } from 'react';
import { Failure, Loading } from '../design/design.ts';
import { byServiceClock } from './ago.tsx';

/** As `useQuery` answers. */
interface Reading<Data> {
  data: Data | undefined;
  error: unknown;
  isPending: boolean;
  /** By the browser's clock, in milliseconds. */
  dataUpdatedAt: number;
  refetch: () => Promise<unknown>;
}

/** What is read again and again. When it cannot be, what was read last stays, and says of when it is. */
export function Shown<Data>({
  reading: { data, error, isPending, dataUpdatedAt, refetch },
  waiting,
  children,
}: {
  reading: Reading<Data>;
  /** What the reader waits for, at first. */
  waiting: string;
  children: (data: Data) => ReactNode;
}) {
  const readAt = data === undefined ? null : byServiceClock(dataUpdatedAt);
  return (
    <div className="shown">
      {isPending ? <Loading what={waiting} /> : null}
      {error ? <Failure error={error} readAt={readAt} retry={() => void refetch()} /> : null}
      {data === undefined ? null : <div className={error ? 'shown-data stale' : 'shown-data'}>{children(data)}</div>}
    </div>
  );
}
