import { useSyncExternalStore } from 'react';
import { agoText } from './durations.ts';

const TICK_MS = 1_000;
/** An answer is under way for a moment: below this, two clocks count as one. */
const SAME_CLOCK_MS = 1_500;

/** How long ago a moment was, or in how long it will be; the exact one is in the tooltip. */
export function Ago({ at }: { at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={at} className="figures">
      {agoText(now - Date.parse(at), 'short')}
    </time>
  );
}

/** What time it is for the service, in milliseconds, moving by the second: one clock for all who look at it. */
export function useNow(): number {
  return useSyncExternalStore(watch, () => now);
}

/** Whatever answer says what time it is for the service sets the clock. A browser's own may be wrong, and the service's may have been moved. */
export function hearClock(answer: unknown): void {
  if (typeof answer !== 'object' || answer === null || !('now' in answer) || typeof answer.now !== 'string') return;
  const heardMs = Date.parse(answer.now) - Date.now();
  if (Math.abs(heardMs - aheadMs) < SAME_CLOCK_MS) return;
  aheadMs = heardMs;
  tick();
}

/** A moment of the browser's clock, in milliseconds, as the service would have it. */
export function byServiceClock(ms: number): string {
  return new Date(ms + aheadMs).toISOString();
}

/** How far the service's clock is ahead of the browser's. */
let aheadMs = 0;
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const watchers = new Set<() => void>();

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  now = Date.now() + aheadMs;
  timer ??= setInterval(tick, TICK_MS);
  return () => {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function tick(): void {
  now = Date.now() + aheadMs;
  for (const each of watchers) each();
}
