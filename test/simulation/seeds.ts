import { expect, test } from '@jest/globals';
import { replay, runSeeds, type Ran } from './batch.js';

/** What they take on two busy cores, ten times over. */
const WITHIN_MS = 1_200_000;

/** What seeds must come across, or they would prove little. Each is met in every few hundred of them. */
const COME_ACROSS = [
  'subscribe succeeded',
  'subscribe failed',
  'subscribe canceled',
  'change_plan succeeded',
  'cancel succeeded',
  'pause succeeded',
  'resume succeeded',
  'renew succeeded',
  'renew failed',
  'renew canceled',
  'refund succeeded',
  'late_money',
  'lease.unavailable',
  'request.joined',
  'resolved',
  'settled needs_review',
  'settled requires_action',
  'settled unknown',
  'look of several',
  'record of several',
  'record of several lost',
  'record of several undone',
  'claim of several',
  'settle of several',
  'taken_over former owner',
  'taken_over recovery',
  'taken_over request',
  'taken_over webhook',
  'heard 402',
  'heard 409',
  'heard 422',
  'heard 500',
];

/** Every second seed up to 1,400, from `first`; with SEED=n that one alone, where it is among them, and with TRACE=1 all that happens in it. */
export function everySecondSeed(first: 1 | 2): void {
  const wanted = process.env['SEED'];
  if (wanted === undefined) {
    test(
      `nothing breaks in any of 700 seeds: ${first}, ${first + 2}, ${first + 4} …`,
      async () => {
        const ran = await runSeeds(Array.from({ length: 700 }, (_, n) => first + 2 * n));
        expect(told(ran)).toEqual([]);
        expect([...ran.seen.keys()]).toEqual(expect.arrayContaining(COME_ACROSS));
      },
      WITHIN_MS,
    );
    return;
  }
  test(`nothing breaks in seed ${wanted}`, async () => {
    const seed = Number(wanted);
    if (seed % 2 !== first % 2) return;
    const { broken, trace } = await replay(seed);
    if (process.env['TRACE']) process.stdout.write(`${trace.join('\n')}\n`);
    expect(broken).toEqual([]);
  });
}

/** What broke, each with the command that shows it again. */
export function told({ failures }: Ran): string[] {
  return failures.map(
    ({ seed, broken }) => `${broken.join('; ')}. To see it again: SEED=${seed} TRACE=1 npm test -- test/simulation/seeds`,
  );
}
