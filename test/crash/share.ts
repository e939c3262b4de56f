/** How the places of a second crash are divided, so that one run takes a few minutes less. Every place is in one of the shares. */
const SHARES = 6;

/**
 * The share of this run: `CRASHES=2/3` is the second of three, `CRASHES=all` is every place, and without it the first of six. Throws for anything else. Which
 * places there are is found by running, so that a place is in the same share each time only where the same ones are found.
 */
export function inShare<T>(places: readonly T[], wanted = process.env['CRASHES'] ?? `1/${SHARES}`): T[] {
  if (wanted === 'all') return [...places];
  const [, share = 0, of = 0] = (/^([1-9]\d*)\/([1-9]\d*)$/.exec(wanted) ?? []).map(Number);
  if (share < 1 || share > of) throw new Error(`CRASHES is all, or a share such as 1/${SHARES}, and not ${wanted}`);
  return places.filter((_, n) => n % of === share - 1);
}
