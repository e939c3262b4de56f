import { useQueryClient, type QueryKey } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useSyncExternalStore } from 'react';
import type { SignedIn } from '../session.ts';
import { readHints, type Hint } from './hint-stream.ts';
import { looksOf } from './looks.ts';

/** While there are hints: one may have been lost, and some things are not rung for. */
const LOOK_RARELY_MS = 15_000;
/** Between two looks at the same: so that hints without a pause do not use up what a person may ask in a minute. */
const REST_MS = 1_000;

interface Watched {
  isAbout?: (hint: Hint) => boolean;
  restMs?: number;
  isPaused?: boolean;
}

let isHeard = false;
const hearers = new Set<(hint: Hint) => void>();
const watchers = new Set<() => void>();

/**
 * Reads the service's hints for as long as somebody is signed in; one stream for all that is on screen. A tab that nobody sees has none: a browser keeps six
 * connections to one origin, and whoever comes back to it is told to look anyway.
 */
export function useHintStream(who: SignedIn | null): void {
  useEffect(() => {
    if (who === null || !who.may('viewer')) return;
    let over: AbortController | null = null;
    const leave = () => {
      over?.abort();
      heard(false);
    };
    const turn = () => {
      leave();
      if (document.hidden) return;
      over = new AbortController();
      void readHints(who.service, { hint: tell, heard }, over.signal);
    };
    turn();
    document.addEventListener('visibilitychange', turn);
    return () => {
      document.removeEventListener('visibilitychange', turn);
      leave();
    };
  }, [who]);
}

/** How often something is looked at without a hint. */
export function useLookEvery(): (everyMs: number) => number {
  const rarely = useSyncExternalStore(watch, () => isHeard);
  return (everyMs) => (rarely ? Math.max(everyMs, LOOK_RARELY_MS) : everyMs);
}

/** Reads what has this key again whenever the service hints that it may have changed. */
export function useHints(queryKey: QueryKey, { isAbout = () => true, restMs = REST_MS, isPaused = false }: Watched = {}): void {
  const queries = useQueryClient();
  const look = useEffectEvent(async () => {
    const about = { queryKey, exact: true };
    // What is being read now may have been read before.
    if (queries.isFetching(about) > 0) await queries.refetchQueries(about, { cancelRefetch: false });
    await queries.refetchQueries(about);
  });
  const concerns = useEffectEvent((hint: Hint) => hint.more || isAbout(hint));
  useEffect(() => {
    if (isPaused) return;
    const looks = looksOf(() => look(), restMs);
    const hear = (hint: Hint) => {
      if (concerns(hint)) looks.ask();
    };
    hearers.add(hear);
    return () => {
      hearers.delete(hear);
      looks.end();
    };
  }, [isPaused, restMs]);
}

function tell(hint: Hint): void {
  for (const hear of hearers) hear(hint);
}

function heard(is: boolean): void {
  isHeard = is;
  for (const watcher of watchers) watcher();
}

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}
