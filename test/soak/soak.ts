import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromPublicId } from '../../src/platform/ids.js';
import { brokenInvariants, factsOf, settled } from '../kit/invariants.js';
import { brokenRenewals } from '../kit/renewal-facts.js';
import { eventually } from '../kit/waiting.js';
import { Random } from '../simulation/random.js';
import { Calendar } from './calendar.js';
import { Clerk } from './clerk.js';
import { clicksChargedTwice } from './clicks.js';
import { Customer } from './customer.js';
import { giftsLost } from './gifts.js';
import { History } from './history.js';
import { DUNNING, House } from './house.js';
import { kindsIn } from './kinds.js';
import { Memory } from './memory.js';
import { reportOf, type Report } from './report.js';
import { Troublemaker } from './troublemaker.js';

export interface SoakOptions {
  minutes: number;
  seed: number;
  customers?: number;
  /** Told once in a while how it goes. */
  say?: (sentence: string) => void;
  /** Told how to leave nothing behind, for a process that is to end before its time. */
  onOpen?: (abandon: () => Promise<void>) => void;
}

export interface SoakResult {
  /** Sentences about what did not hold; empty where all did. */
  broken: string[];
  report: Report;
  /** The folder with the history and what the processes printed. */
  folder: string;
}

const CUSTOMERS = 24;
/** Far beyond the longest pause between two looks of recovery, and a person's decision. */
const SETTLE_WITHIN_MS = 90_000;
const SAYS_EVERY_MS = 30_000;
/** Of what broke; the rest is in the history. */
const MOST_CHARACTERS = 300;

/** Lets customers press while everything around the service fails, then makes all well again and looks whether anything is wrong. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const history = new History();
  const house = await House.open(history);
  options.onOpen?.(() => house.abandon());
  const broken: string[] = [];
  try {
    const { memory, healedAt } = await suffer(house, history, options, broken);
    const facts = await factsOf(house);
    broken.push(
      ...brokenInvariants(facts, history.heard, { openMs: SETTLE_WITHIN_MS, rowId: (id) => fromPublicId('op', id) ?? id }),
      ...(await giftsLost(house, history.gifts)),
      ...(await brokenRenewals(house, DUNNING.length)),
      ...clicksChargedTwice(history.clicks, facts.charges, facts.operations),
      ...memory.grown(),
      ...(history.answers.has('500 internal-error') ? [`${history.answers.get('500 internal-error')} answers were a defect's`] : []),
    );
    const report = await reportOf({ house, history, facts, memory, healedAt, options });
    return { broken, report, folder: history.folder };
  } finally {
    broken.push(...(await house.close()));
    history.flush();
  }
}

async function suffer(house: House, history: History, { minutes, seed, customers = CUSTOMERS, say }: SoakOptions, broken: string[]) {
  const [calm, over] = [new AbortController(), new AbortController()];
  // Every customer listens, and every fault that lasts.
  setMaxListeners(0, calm.signal, over.signal);
  const troublemaker = new Troublemaker(kindsIn(house), new Random(seed), history);
  const memory = new Memory(house.members);
  const clerk = new Clerk(house, history);
  const calendar = new Calendar(house, new Random(seed + 1), history);
  const nameOf = (n: number) => `user_${seed}_${n}`;
  const crowd = Array.from(
    { length: customers },
    (_, n) => new Customer(nameOf(n), nameOf((n + 1) % customers), house, new Random(seed * 1_000 + n + 1), history),
  );
  const watching = Promise.all([memory.until(over.signal), clerk.until(over.signal), saying(history, say, over.signal)]);
  const shopping = Promise.allSettled(crowd.map((customer) => customer.until(calm.signal, SETTLE_WITHIN_MS)));
  const trouble = Promise.all([troublemaker.until(calm.signal), calendar.until(calm.signal)]);

  await sleep(minutes * 60_000);
  calm.abort();
  await trouble;
  const healedAt = Date.now();
  history.write('all is well again', {});
  say?.('all is well again; waiting for what is still under way');
  const rest = Promise.allSettled([settled(house, SETTLE_WITHIN_MS), givenBack(house), calendar.untilNothingIsDue(SETTLE_WITHIN_MS)]);
  broken.push(...troublemaker.failures, ...rejectionsOf(await shopping), ...rejectionsOf(await rest));
  const last = await Promise.allSettled(crowd.map(async (customer) => ({ customer, said: await customer.acts() })));
  for (const one of last) {
    if (one.status === 'fulfilled' && ![200, 201].includes(one.value.said?.status ?? 0))
      broken.push(short(`${one.value.customer.userId} cannot act: ${JSON.stringify(one.value.said)}`));
  }
  const afterwards = await Promise.allSettled([settled(house, SETTLE_WITHIN_MS)]);
  broken.push(...rejectionsOf(last), ...rejectionsOf(afterwards));
  over.abort();
  await watching;
  return { memory, healedAt };
}

/** What came late is known by its webhook, which comes when it comes. */
async function givenBack(house: House): Promise<void> {
  const refunds = () => house.sql(`select reference from operations where kind = 'refund' and status = 'succeeded'`);
  const left = async () => {
    const given = new Set((await refunds()).map(({ reference }: { reference: string }) => reference.replace(/^rf_/, 'cf_')));
    const kept = await house.sql(
      `select reference from operations where status = 'succeeded' and kind <> 'refund' and reference = any($1)`,
      [[...house.paidLate]],
    );
    const used = new Set(kept.map(({ reference }: { reference: string }) => reference));
    return [...house.paidLate].filter((reference) => !given.has(reference) && !used.has(reference));
  };
  await eventually(left, (references) => references.length === 0, SETTLE_WITHIN_MS);
}

function rejectionsOf(outcomes: PromiseSettledResult<unknown>[]): string[] {
  return outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [short(String(outcome.reason))] : []));
}

function short(sentence: string): string {
  return sentence.length > MOST_CHARACTERS ? `${sentence.slice(0, MOST_CHARACTERS)}…` : sentence;
}

async function saying({ clicks, troubles }: History, say: SoakOptions['say'], end: AbortSignal): Promise<void> {
  while (say && !end.aborted) {
    await sleep(SAYS_EVERY_MS, undefined, { signal: end }).catch(() => undefined);
    say(`${clicks.length} clicks, ${troubles.length} faults`);
  }
}
