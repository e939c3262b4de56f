export interface Looks {
  /** Has a look taken, at once or as soon as it may be. */
  ask: () => void;
  end: () => void;
}

/** Takes one look at a time and rests after each. What is asked for meanwhile is one look afterwards, because the one under way may be too early for it. */
export function looksOf(look: () => Promise<unknown>, restMs: number): Looks {
  let isAsked = false;
  let isBusy = false;
  let isOver = false;
  let rest: ReturnType<typeof setTimeout> | undefined;
  const begin = async () => {
    [isAsked, isBusy] = [false, true];
    await look().catch(() => undefined);
    if (isOver) return;
    rest = setTimeout(() => {
      isBusy = false;
      if (isAsked) void begin();
    }, restMs);
  };
  return {
    ask: () => {
      if (isOver) return;
      isAsked = true;
      if (!isBusy) void begin();
    },
    end: () => {
      isOver = true;
      clearTimeout(rest);
    },
  };
}
