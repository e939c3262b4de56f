import { describe, expect, test } from '@jest/globals';
import type { PaymentGateway } from '../../src/gateways/payment-gateway.js';
import type { Draft } from '../../src/operations/draft.js';
import type { Agreed, Decision, Ended, Standing, Wish, WishKind } from '../../src/operations/kinds/kind.js';
import { renew } from '../../src/operations/kinds/renew.js';
import { Operation } from '../../src/operations/operation.entity.js';
import type { OperationStore, Recorded } from '../../src/operations/store/operation-store.js';
import { newId } from '../../src/platform/ids.js';
import { Subscription, type SubscriptionChange } from '../../src/subscriptions/subscription.entity.js';
import { NoLeases } from '../kit/no-leases.js';
import { runSeeds } from './batch.js';
import type { Broken } from './seed.js';
import { NEW } from './store-refunds.js';

/** About ten times what was needed when this was written; the seeds are always the same. */
const ENOUGH = 4_000;
const WITHIN_MS = 600_000;
const HOUR_MS = 3_600_000;

const WHOLE = { ...renew };

/** A part that is broken, and what the simulation says of it. */
const BROKEN: { what: string; broken: Broken; says: RegExp }[] = [
  {
    what: 'a store whose settle asks neither for the fence nor for the state',
    broken: { guards: { fenceInSettle: false, tableOfStates: false } },
    says: /^I[34] /,
  },
  {
    what: 'a store that takes a second open operation of a user, where no lease keeps its requests apart',
    broken: { guards: { oneOpenPerUser: false }, around: { leases: () => new NoLeases() } },
    says: /open operations|live subscriptions|^I[17] /,
  },
  { what: 'a store that records no refund of late money', broken: { guards: { lateMoney: false } }, says: /^I3 .* its charge stays/ },
  {
    what: 'a store that does not count what others give back',
    broken: { guards: { countsRefunds: false } },
    says: /^I3 .* gives back more than was paid/,
  },
  { what: 'a store that goes on counting what was given up', broken: { guards: { countsGivenUp: false } }, says: /^I3 .* counts / },
  {
    what: 'a store that takes a second renewal of a period, once it takes a second open operation of a user',
    broken: { guards: { oneOpenPerUser: false, oneRenewalPerPeriod: false } },
    says: /^R[12] /,
  },
  {
    what: 'a gateway whose answer “not found” is taken for “not charged”',
    broken: { around: { gateway: (gateway) => absenceAsProof(gateway) } },
    says: /^I3 .* (its charge stays|charged by us)|^I1 /,
  },
  {
    what: 'a gateway that is told another reference at every attempt',
    broken: { around: { gateway: (gateway) => anotherReference(gateway) } },
    says: /^I[12] /,
  },
  {
    what: 'a set of records each of which is answered as its neighbour is',
    broken: { around: { store: (store) => neighbours(store, 'record') } },
    says: /^I[1235] /,
  },
  {
    what: 'a set of settles each of which is answered as its neighbour is',
    broken: { around: { store: (store) => neighbours(store, 'settle') } },
    says: /^I[56] /,
  },
  {
    what: 'a set that was undone and counts as recorded',
    broken: { around: { store: (store) => recordedAnyway(store) } },
    says: /^I[26] /,
  },
];

describe('the simulation can fail: it notices', () => {
  test.each(BROKEN)(
    '$what',
    async ({ broken, says }) => {
      const ran = await runSeeds(numbers(ENOUGH), { broken, maxFailures: 1 });
      expect(ran.failures.flatMap((failure) => failure.broken)).toEqual(expect.arrayContaining([expect.stringMatching(says)]));
    },
    WITHIN_MS,
  );

  test.each<{ what: string; without: Partial<WishKind>; says: RegExp }>([
    { what: 'a renewal that asks not whether it is due', without: { decide: dueOrNot }, says: /^R[123] / },
    { what: 'a renewal that is tried for ever', without: { failing: tryAgain }, says: /^R4 .* is past due after/ },
  ])(
    '$what',
    async ({ without, says }) => {
      const ran = await withRenewal(without, () => runSeeds(numbers(ENOUGH), { maxFailures: 1 }));
      expect(ran.failures.flatMap((failure) => failure.broken)).toEqual(expect.arrayContaining([expect.stringMatching(says)]));
    },
    WITHIN_MS,
  );

  test('nothing in the same seeds when nothing is broken', async () => {
    expect((await runSeeds(numbers(100))).failures).toEqual([]);
  });
});

function* numbers(count: number): Generator<number> {
  for (let seed = 1; seed <= count; seed += 1) yield seed;
}

/** The decision as it would be, did nobody ask whether the period is over. */
function dueOrNot(wish: Wish, standing: Standing): Decision {
  const { subscription, now } = standing;
  if (!wish.due || !subscription) return WHOLE.decide(wish, standing);
  const due = { periodEnd: subscription.periodEnd.toISOString(), attempts: subscription.renewalAttempts };
  return WHOLE.decide({ ...wish, due }, { ...standing, subscription: Object.assign(new Subscription(), subscription, { nextAt: now }) });
}

/** A decline that never is the last one. */
function tryAgain({ terms: { dunning, renewalAttempt } }: Agreed, { at }: Ended): SubscriptionChange | null {
  if (!dunning) return null;
  const pastDue = { since: dunning.pastDue?.since ?? at.toISOString(), declines: (dunning.pastDue?.declines ?? 0) + 1 };
  return { status: 'past_due', nextAt: new Date(at.getTime() + HOUR_MS), pastDue, renewalAttempts: (renewalAttempt ?? 0) + 1 };
}

/** Runs with some members of the kind replaced. */
async function withRenewal<T>(members: Partial<WishKind>, run: () => Promise<T>): Promise<T> {
  try {
    Object.assign(renew, members);
    return await run();
  } finally {
    Object.assign(renew, WHOLE);
  }
}

function absenceAsProof(gateway: PaymentGateway): PaymentGateway {
  return replacing(gateway, {
    async find(...asked) {
      const outcome = await gateway.find(...asked);
      return outcome.kind === 'not_found' ? { kind: 'declined', problem: 'payment-declined', declineCode: 'not_found' } : outcome;
    },
  });
}

function anotherReference(gateway: PaymentGateway): PaymentGateway {
  let attempts = 0;
  return replacing(gateway, {
    charge: (charge, signal) => gateway.charge({ ...charge, reference: `${charge.reference}_${(attempts += 1)}` }, signal),
  });
}

/** Each of a set is told what is true of the next one. */
function neighbours(store: OperationStore, sort: 'record' | 'settle'): OperationStore {
  const confused = async (set: never[]): Promise<never[]> => {
    const [first, ...others] = (await store[sort](set)) as never[];
    return first === undefined ? [] : [...others, first];
  };
  return replacing<OperationStore>(store, { [sort]: confused });
}

/** Nobody looks whether the set was committed. */
function recordedAnyway(store: OperationStore): OperationStore {
  const now = new Date();
  const recorded = (draft: Draft): Recorded => {
    const operation = Object.assign(new Operation(), NEW, draft, { id: newId(), timeline: [], createdAt: now });
    return { kind: 'recorded', operation, now };
  };
  return replacing(store, {
    record: (set) => store.record(set).catch((error: unknown) => (set.length > 1 ? set.map(recorded) : Promise.reject(error as Error))),
  });
}

/** The port with some of its methods replaced. */
function replacing<Port extends object>(port: Port, methods: Partial<Port>): Port {
  return Object.assign(Object.create(port) as Port, methods);
}
