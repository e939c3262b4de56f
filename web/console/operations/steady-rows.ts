import { useState } from 'react';
import type { Schemas } from '../../service/client.ts';

type Operation = Schemas['Operation'];

export interface Row {
  operation: Operation;
  /** It is not in the list any more, but stays where it is while somebody is there. */
  gone: boolean;
}

interface Steady {
  rows: Row[];
  /** How many there are that are not shown yet. */
  waiting: number;
  /** Shows the list as it is now. */
  show: () => void;
}

/**
 * The rows of a list that moves. While it is `held`, because somebody points at it or works in it, no row comes, goes or changes its place: what a row
 * says is still brought up to date. `page` is what is asked for: another page is shown at once.
 */
export function useSteadyRows(fresh: Operation[] | undefined, held: boolean, page: string): Steady {
  const [shown, setShown] = useState<{ page: string; operations: Operation[] }>({ page: '', operations: [] });
  const moves = fresh !== undefined && (!held || shown.page !== page);
  if (moves && (shown.operations !== fresh || shown.page !== page)) setShown({ page, operations: fresh });
  const operations = moves ? fresh : shown.operations;
  const known = new Map(fresh?.map((operation) => [operation.id, operation]));
  const places = new Set(operations.map(({ id }) => id));
  return {
    rows: operations.map((operation) => ({
      operation: known.get(operation.id) ?? operation,
      gone: fresh !== undefined && !known.has(operation.id),
    })),
    waiting: fresh?.filter(({ id }) => !places.has(id)).length ?? 0,
    show: () => fresh && setShown({ page, operations: fresh }),
  };
}
