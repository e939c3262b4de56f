/** Starts all at the same moment, from connections that are open already. */
export async function atOnce<T>(count: number, press: (index: number) => Promise<T>): Promise<T[]> {
  let open!: () => void;
  const barrier = new Promise<void>((resolve) => (open = resolve));
  const pressed = Array.from({ length: count }, async (_, index) => {
    await barrier;
    return press(index);
  });
  open();
  return Promise.all(pressed);
}

/**
 * Looks until it holds; fails with what it saw last. Not a barrier: only for what happens by itself. However busy the machine is: what never
 * happens fails just before the time of a test is over.
 */
export async function eventually<T>(look: () => Promise<T>, holds: (seen: T) => boolean, withinMs = 25_000): Promise<T> {
  const until = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (performance.now() > until) throw new Error(`not within ${withinMs} ms; last seen: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
