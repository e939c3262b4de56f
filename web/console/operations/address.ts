import { useCallback, useEffect, useMemo } from 'react';
import { useSearchParams } from 'wouter';

/** What the list can be filtered and sorted by, by the names of the API; the page's address says the same. */
const NAMES = [
  'q',
  'status',
  'kind',
  'userId',
  'planId',
  'gateway',
  'minAgeSeconds',
  'maxAgeSeconds',
  'createdAfter',
  'createdBefore',
] as const;
type FilterName = (typeof NAMES)[number] | 'stuck' | 'sort';
export type Filter = Partial<Record<(typeof NAMES)[number], string>> & { stuck?: 'true'; sort?: 'createdAt' };

export interface Address {
  filter: Filter;
  /** Behind which operation the page begins; null for the first one. */
  cursor: string | null;
  /** A step that the back button takes back. An empty text takes a filter off; whatever is changed, the list begins anew. */
  change: (next: Partial<Record<FilterName, string>>) => void;
  turnTo: (cursor: string) => void;
  clear: () => void;
}

export function useAddress(): Address {
  const [search, setSearch] = useSearchParams();
  useEffect(() => {
    lastSearch = search.toString();
  }, [search]);
  const filter = useMemo(() => filterIn(search), [search]);
  const change = useCallback(
    (next: Partial<Record<FilterName, string>>) => {
      setSearch((before) => {
        const after = new URLSearchParams(before);
        after.delete('cursor');
        for (const [name, value] of Object.entries(next)) {
          if (value === '') after.delete(name);
          else after.set(name, value);
        }
        return after;
      });
    },
    [setSearch],
  );
  const turnTo = (cursor: string) =>
    setSearch((before) => new URLSearchParams([...new URLSearchParams(before).entries(), ['cursor', cursor]]));
  return { filter, cursor: search.get('cursor'), change, turnTo, clear: () => setSearch(new URLSearchParams()) };
}

function filterIn(search: URLSearchParams): Filter {
  const filter: Filter = {};
  for (const name of NAMES) {
    const value = search.get(name);
    if (value) filter[name] = value;
  }
  if (search.get('stuck') === 'true') filter.stuck = 'true';
  if (search.get('sort') === 'createdAt') filter.sort = 'createdAt';
  return filter;
}

let lastSearch = '';

/** The list as it was last looked at, for the way back from an operation. */
export function lastList(): string {
  return lastSearch === '' ? '/' : `/?${lastSearch}`;
}
