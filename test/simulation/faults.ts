import type { Random } from './random.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Some periods of a month. */
const MONTHS_MS = 100 * 24 * HOUR_MS;

/** Every fault that happens to a message, with the probability that it happens to one. */
const FAULTS = {
  // A statement of the database: never executed, undone, executed with its answer lost, executed after its caller was told of an error, slow.
  statementLost: 0.3,
  statementUndone: 0.3,
  statementAnswerLost: 0.3,
  statementLate: 0.15,
  statementSlow: 0.2,
  // The process dies as it is about to send, or when what it sent is done and it does not know.
  crashBefore: 0.06,
  crashAfter: 0.06,
  // A call of the gateway: refused connection, request lost, answer lost, request that arrives when its caller has long given up.
  refusedConnection: 0.4,
  requestLost: 0.4,
  answerLost: 0.4,
  answerLate: 0.3,
  requestLate: 0.4,
  // The gateway turns away without looking, or fails before or after it charged and says the same again for a day.
  throttled: 0.3,
  failsBefore: 0.3,
  failsAfter: 0.3,
  // It charges, falls silent in the middle of its answer, and is away for up to a day and more.
  fallsSilent: 0.3,
  // The adapter keeps no deadline, or throws.
  adapterHangs: 0.1,
  adapterThrows: 0.1,
  // A charge or refund that was just made is not found by its reference yet.
  notYetFound: 0.5,
  refundRefused: 0.3,
  // A charge that was refused or canceled comes through all the same, later.
  succeedsLate: 0.7,
  // The process stands still just when an answer of the gateway arrives: a zombie that knows something.
  pauseOnAnswer: 0.2,
  leaseLost: 0.3,
  leaseUnavailable: 0.5,
  webhookLost: 0.5,
  webhookTwice: 0.3,
  webhookLate: 0.3,
  replyLost: 0.2,
} as const;

type FaultName = keyof typeof FAULTS;

/** What goes wrong in one seed, and how often. */
export class Faults {
  readonly rates: Record<FaultName, number>;
  /** For how long. Customers come during this time. */
  readonly spanMs: number;
  /** For how long a server is away at most. */
  readonly outageMs: number;
  readonly lateMs: number;
  readonly pauseMs: number;
  private off = false;

  constructor(random: Random) {
    this.rates = random.chance(0.5) ? someOfAll(random) : fewAtTheirWorst(random);
    const length = random.next();
    this.spanMs =
      length < 0.66 ? random.between(10_000, 3 * MINUTE_MS) : length < 0.8 ? 3 * HOUR_MS : length < 0.93 ? 30 * HOUR_MS : MONTHS_MS;
    this.outageMs = Math.min(this.spanMs, 30 * HOUR_MS);
    // With the longest pause it stays below the hour that is left before the gateway forgets a key.
    this.lateMs = random.pick([5_000, MINUTE_MS, 30 * MINUTE_MS]);
    this.pauseMs = random.pick([5_000, 40_000, 10 * MINUTE_MS]);
  }

  of(name: FaultName): number {
    return this.off ? 0 : this.rates[name];
  }

  get lastMonths(): boolean {
    return this.spanMs === MONTHS_MS;
  }

  get are(): boolean {
    return !this.off;
  }

  stop(): void {
    this.off = true;
  }
}

/** A share of all faults, each at a rate of its own. */
function someOfAll(random: Random): Record<FaultName, number> {
  const share = random.pick([0, 0.15, 0.35, 0.7]);
  return ratesBy((_name, worst) => (random.chance(share) ? random.magnitude(worst / 20, worst) : 0));
}

/** What needs three faults at once is met only where those three are frequent and no other is in their way. */
function fewAtTheirWorst(random: Random): Record<FaultName, number> {
  const names = Object.keys(FAULTS);
  const chosen = new Set(Array.from({ length: random.whole(2, 7) }, () => random.pick(names)));
  return ratesBy((name, worst) => (chosen.has(name) ? worst : 0));
}

function ratesBy(rate: (name: string, worst: number) => number): Record<FaultName, number> {
  const rates: Partial<Record<string, number>> = {};
  for (const [name, worst] of Object.entries(FAULTS)) rates[name] = rate(name, worst);
  return rates as Record<FaultName, number>;
}
