import { describe, expect, test } from '@jest/globals';
import type { PaymentGateway } from '../../src/gateways/payment-gateway.js';
import { runSeeds } from './batch.js';
import type { Broken } from './seed.js';

/** About ten times what was needed when this was written; the seeds are always the same. */
const ENOUGH = 4_000;
const WITHIN_MS = 600_000;

/** A part that is broken, and what the simulation says of it. */
const BROKEN: { what: string; broken: Broken; says: RegExp }[] = [
  {
    what: 'a store whose settle asks neither for the fence nor for the state',
    broken: { guards: { fenceInSettle: false, tableOfStates: false } },
    says: /^I[34] /,
  },
  {
    what: 'a store that takes a second open operation of a user',
    broken: { guards: { oneOpenPerUser: false } },
    says: /open operations|live subscriptions|^I[17] /,
  },
  { what: 'a store that records no refund of late money', broken: { guards: { lateMoney: false } }, says: /^I3 .* its charge stays/ },
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

  test('nothing in the same seeds when nothing is broken', async () => {
    expect((await runSeeds(numbers(300))).failures).toEqual([]);
  });
});

function* numbers(count: number): Generator<number> {
  for (let seed = 1; seed <= count; seed += 1) yield seed;
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

/** The gateway with some of its methods replaced. */
function replacing(gateway: PaymentGateway, methods: Partial<PaymentGateway>): PaymentGateway {
  return Object.assign(Object.create(gateway) as PaymentGateway, methods);
}
