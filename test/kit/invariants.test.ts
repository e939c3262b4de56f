import { describe, expect, test } from '@jest/globals';
import type { EntryFact } from './credit-invariants.js';
import type { EventFacts, NumbersFact, ToldFact } from './event-invariants.js';
import { brokenInvariants, type ChargeFact, type Facts, type Heard, type OperationFact } from './invariants.js';

/** One subscribe, paid for and seated: nothing is wrong with it. */
const OPERATION: OperationFact = {
  id: 'op-1',
  userId: 'ann',
  kind: 'subscribe',
  status: 'succeeded',
  reference: 'cf_1',
  amount: 900,
  currency: 'USD',
  creditApplied: 0,
  creditGranted: 0,
  refundedToCard: 0,
  refundedToCredit: 0,
  fence: 2,
  version: 3,
  seatPlanId: 'basic',
  ageMs: 1_000,
  refundsOperationId: null,
  timeline: [
    { type: 'taken_over', data: { fence: 2 } },
    { type: 'settled', data: { status: 'succeeded' } },
  ],
};
const CHARGE: ChargeFact = { id: 'pi_1', reference: 'cf_1', amount: 900, currency: 'usd', status: 'succeeded', amountRefunded: 0 };
const FACTS: Facts = {
  operations: [OPERATION],
  charges: [CHARGE],
  plans: [{ id: 'basic', capacity: 2, held: 0, taken: 1 }],
  subscriptions: [{ userId: 'ann', planId: 'basic', seated: true, live: true }],
  accounts: [{ userId: 'ann', currency: 'USD', balance: 300, reserved: 0 }],
  entries: [
    { userId: 'ann', account: 'promotion', currency: 'USD', amount: -300, kind: 'grant', operationId: null },
    { userId: 'ann', account: 'credit', currency: 'USD', amount: 300, kind: 'grant', operationId: null },
  ],
  events: {
    numbers: [{ userId: 'ann', last: 4, events: 4, lowest: 1, highest: 4 }],
    told: [{ what: 'operation', id: 'op-1', version: 3, events: 3, versions: 3, lowest: 1, highest: 3 }],
  },
  idleInTransaction: 0,
};
const EVENTS = FACTS.events as EventFacts;
const HEARD: Heard = {
  userId: 'ann',
  key: 'k',
  request: 'PUT basic',
  httpStatus: 201,
  operationId: 'op-1',
  status: 'succeeded',
};
const REFUND: OperationFact = { ...OPERATION, id: 'op-2', kind: 'refund', reference: 'rf_1', seatPlanId: null, refundsOperationId: 'op-1' };
const moved = (status: OperationFact['status']): Partial<OperationFact> => ({ status, timeline: [{ type: 'settled', data: { status } }] });
const operations = (...wrong: Partial<OperationFact>[]): Partial<Facts> => ({ operations: wrong.map((one) => ({ ...OPERATION, ...one })) });
const posted = (account: string, amount: number, kind: string): EntryFact => ({
  userId: 'ann',
  account,
  currency: 'USD',
  amount,
  kind,
  operationId: 'op-1',
});
const APPLIED = [posted('credit', -100, 'applied'), posted('reserved', 100, 'applied')];
const SPENT = [posted('reserved', -100, 'spent'), posted('revenue', 100, 'spent')];
const RELEASED = [posted('reserved', -100, 'released'), posted('credit', 100, 'released')];
const paidWith = (balance: number, reserved: number, ...entries: EntryFact[]): Partial<Facts> => ({
  ...operations({ creditApplied: 100 }),
  accounts: [{ userId: 'ann', currency: 'USD', balance, reserved }],
  entries: [...FACTS.entries, ...entries],
});
const numbered = (wrong: Partial<NumbersFact>): Partial<Facts> => ({
  events: { ...EVENTS, numbers: EVENTS.numbers.map((right) => ({ ...right, ...wrong })) },
});
const told = (wrong: Partial<ToldFact>): Partial<Facts> => ({
  events: { ...EVENTS, told: EVENTS.told.map((right) => ({ ...right, ...wrong })) },
});
const unseated: Partial<Facts> = { plans: [{ id: 'basic', capacity: 2, held: 0, taken: 0 }], subscriptions: [] };

test('a shop in order breaks nothing', () => {
  expect(brokenInvariants(FACTS, [HEARD, HEARD], { openMs: 1 })).toEqual([]);
});

test('a shop without events, such as the simulation’s, breaks nothing by that', () => {
  const { events: _, ...without } = FACTS;
  expect(brokenInvariants(without)).toEqual([]);
});

test('late money breaks nothing while a refund is giving it back, nor when it has', () => {
  const failed = { ...OPERATION, ...moved('failed'), refundedToCard: 900 };
  const open = { ...REFUND, status: 'pending' as const, timeline: [] };
  expect(brokenInvariants({ ...FACTS, ...unseated, operations: [failed, open] })).toEqual([]);
  const charges = [{ ...CHARGE, amountRefunded: 900 }];
  expect(brokenInvariants({ ...FACTS, ...unseated, operations: [failed, REFUND], charges })).toEqual([]);
});

describe('a payment that is given back in parts', () => {
  const part = (id: string, amount: number, more: Partial<OperationFact> = {}): OperationFact => ({
    ...REFUND,
    id,
    reference: `rf_${id}`,
    amount,
    ...more,
  });
  const open = { status: 'unknown' as const, timeline: [] };
  const back = (amountRefunded: number) => [{ ...CHARGE, amountRefunded }];
  const paid = (refundedToCard: number, refundedToCredit = 0) => ({ ...OPERATION, refundedToCard, refundedToCredit });
  const credited: EntryFact[] = [
    { ...posted('revenue', -200, 'refund'), operationId: 'b' },
    { ...posted('credit', 200, 'refund'), operationId: 'b' },
  ];
  const withCredit = {
    accounts: [{ userId: 'ann', currency: 'USD', balance: 500, reserved: 0 }],
    entries: [...FACTS.entries, ...credited],
  };

  test.each<[string, Partial<Facts>]>([
    ['that are settled', { operations: [paid(500), part('a', 300), part('b', 200)], charges: back(500) }],
    ['of which one is not yet', { operations: [paid(500), part('a', 300), part('b', 200, open)], charges: back(300) }],
    ['of which one is not yet in our books', { operations: [paid(500), part('a', 300), part('b', 200, open)], charges: back(500) }],
    ['of which one was given up', { operations: [paid(300), part('a', 300), part('b', 200, moved('canceled'))], charges: back(300) }],
    [
      'one of them as credit',
      { operations: [paid(300, 200), part('a', 300), part('b', 0, { creditGranted: 200 })], charges: back(300), ...withCredit },
    ],
  ])('%s breaks nothing', (_what, right) => {
    expect(brokenInvariants({ ...FACTS, ...right })).toEqual([]);
  });

  test.each<[string, RegExp, Partial<Facts>]>([
    [
      'that are not counted',
      /^I3 op-1 counts 300 given back to the card, and its refunds are 500/,
      { operations: [paid(300), part('a', 500)], charges: back(500) },
    ],
    ['that were given up and are counted', /^I3 op-1 counts 300 .* are 0/, { operations: [paid(300), part('a', 300, moved('canceled'))] }],
    [
      'as credit and is not counted',
      /^I3 op-1 counts 0 given back as credit, and its refunds are 200/,
      { operations: [paid(0), part('b', 0, { creditGranted: 200 })], ...withCredit },
    ],
    [
      'as credit that nobody got',
      /^I3 refund b gives 200 as credit, and its entries 0/,
      { operations: [paid(0, 200), part('b', 0, { creditGranted: 200 })] },
    ],
    ['beyond what was paid', /^I3 op-1 gives back more than was paid/, { operations: [paid(901), part('a', 901)], charges: back(901) }],
    [
      'to the card and as credit beyond what was paid',
      /^I3 op-1 gives back more than was paid/,
      { operations: [paid(800, 200), part('a', 800), part('b', 0, { creditGranted: 200 })], charges: back(800), ...withCredit },
    ],
    [
      'that the gateway did not give back',
      /^I3 op-1 is refunded and its charge stays: 0 of 300/,
      { operations: [paid(300), part('a', 300)] },
    ],
    [
      'of which the gateway gave back too much',
      /^I3 op-1 had 600 .* and 300 of that without a refund/,
      { operations: [paid(300), part('a', 300)], charges: back(600) },
    ],
  ])('%s is broken', (_what, says, wrong) => {
    expect(brokenInvariants({ ...FACTS, ...wrong })).toContainEqual(expect.stringMatching(says));
  });
});

test('credit that was applied and spent breaks nothing, nor credit that was released with a failure', () => {
  expect(brokenInvariants({ ...FACTS, ...paidWith(200, 0, ...APPLIED, ...SPENT) })).toEqual([]);
  const failed = { ...OPERATION, ...moved('failed'), creditApplied: 100 };
  const released = paidWith(300, 0, ...APPLIED, ...RELEASED);
  expect(brokenInvariants({ ...FACTS, ...released, ...unseated, operations: [failed], charges: [] })).toEqual([]);
});

describe('is broken by', () => {
  test.each<[string, RegExp, Partial<Facts>]>([
    ['two charges that stay', /^I1 2 charges stay under cf_1/, { charges: [CHARGE, { ...CHARGE, id: 'pi_2' }] }],
    ['a charge that no operation knows', /^I2 charge pi_1 bears cf_1/, { operations: [], ...unseated }],
    ['a success without a charge', /^I3 op-1 succeeded and has 0 charges/, { charges: [] }],
    ['a success with a charge that was declined', /^I3 op-1 succeeded and has 0 charges/, { charges: [{ ...CHARGE, status: 'canceled' }] }],
    ['a charge of another amount', /^I3 op-1 succeeded and has 1 charges, 0 of them right/, { charges: [{ ...CHARGE, amount: 901 }] }],
    ['a charge in another currency', /^I3 op-1 succeeded/, { charges: [{ ...CHARGE, currency: 'eur' }] }],
    ['a success whose charge was given back', /^I3 op-1 .* without a refund/, { charges: [{ ...CHARGE, amountRefunded: 900 }] }],
    ['a failure whose charge stays', /^I3 op-1 is failed and its charge stays/, { ...operations(moved('failed')), ...unseated }],
    ['a cancel whose charge stays', /^I3 op-1 is canceled and its charge stays/, { ...operations(moved('canceled')), ...unseated }],
    [
      'a refund that says that it is done',
      /^I3 op-1 is refunded and its charge stays/,
      { operations: [{ ...OPERATION, ...moved('failed'), refundedToCard: 900 }, REFUND], ...unseated },
    ],
    ['a fence that went back', /^I4 the fences of op-1 went 2/, operations({ fence: 1 })],
    [
      'a move out of an end',
      /^I4 op-1 moved from failed to succeeded/,
      operations({
        timeline: [
          { type: 'settled', data: { status: 'failed' } },
          { type: 'settled', data: { status: 'succeeded' } },
        ],
      }),
    ],
    [
      'a status that nobody moved to',
      /^I4 op-1 is succeeded and moved last to unknown/,
      operations({ timeline: moved('unknown').timeline! }),
    ],
    ['an operation that is open for too long', /^I7 op-1 is unknown since 1000 ms/, { ...operations(moved('unknown')), ...unseated }],
    ['a seat that nobody holds', /^I8 plan basic holds 1 seats and 0/, { plans: [{ id: 'basic', capacity: 2, held: 1, taken: 1 }] }],
    ['a seat that nobody sits on', /^I8 plan basic has 2 seats taken and 1/, { plans: [{ id: 'basic', capacity: 2, held: 0, taken: 2 }] }],
    ['an oversold plan', /^I8 plan basic is oversold/, { plans: [{ id: 'basic', capacity: 0, held: 0, taken: 1 }] }],
    ['a transaction that nobody ends', /^I8 1 connections sit idle/, { idleInTransaction: 1 }],
    ['a number that was left out', /^I9 ann has 4 events from 1 to 5, and 5 is the last/, numbered({ highest: 5, last: 5 })],
    ['numbers that begin late', /^I9 ann has 4 events from 2 to 5/, numbered({ lowest: 2, highest: 5, last: 4 })],
    ['a number beyond the cursor', /^I9 ann has 5 events from 1 to 5, and 4 is the last/, numbered({ events: 5, highest: 5 })],
    ['a version that nobody was told of', /^I9 operation op-1 is at version 4 and has 3 events/, told({ version: 4 })],
    ['a version that was told twice', /^I9 operation op-1 .* has 4 events of 3 versions/, told({ events: 4 })],
    ['an event without its version', /^I9 operation op-1 is at version 2 and has 3 events/, told({ version: 2 })],
    ['an event of something that is not there', /^I9 operation op-1 is at version 0/, told({ version: 0 })],
    ['versions that begin late', /^I9 operation op-1 .* from 2 to 4/, told({ version: 4, events: 4, versions: 4, lowest: 2, highest: 4 })],
    ['a balance that its entries do not sum to', /^I10 ann in USD has 301 and its entries sum to 300/, paidWith(301, 0)],
    ['credit that is reserved for nobody', /^I10 ann in USD reserves 100 and open operations 0/, paidWith(200, 100, ...APPLIED)],
    ['an overdrawn account', /^I10 ann in USD is overdrawn/, paidWith(-1, 0)],
    ['entries without an account', /^I10 ann in USD has entries and no account/, { accounts: [] }],
    ['a movement that does not balance', /^I10 all entries sum to 300/, { entries: FACTS.entries.slice(1) }],
    ['credit that was never applied', /^I10 op-1 is succeeded, applied 100, and has no entries/, paidWith(300, 0)],
    ['credit that was spent twice', /^I10 op-1 .*, spent -100, spent -100/, paidWith(200, -100, ...APPLIED, ...SPENT, ...SPENT)],
    [
      'a failure that spent credit',
      /^I10 op-1 is failed, applied 100, and has applied 100, spent -100/,
      { ...paidWith(200, 0, ...APPLIED, ...SPENT), ...operations({ ...moved('failed'), creditApplied: 100 }) },
    ],
    ['two live subscriptions', /^I1 ann has 2 live subscriptions/, { subscriptions: [FACTS.subscriptions[0]!, FACTS.subscriptions[0]!] }],
    [
      'two open operations',
      /^I1 ann has 2 open operations/,
      operations(moved('unknown'), { ...moved('unknown'), id: 'op-3', reference: 'cf_3' }),
    ],
  ])('%s', (_what, says, wrong) => {
    expect(brokenInvariants({ ...FACTS, ...wrong }, [], { openMs: 500 })).toContainEqual(expect.stringMatching(says));
  });

  test.each<[string, RegExp, Partial<Heard>]>([
    ['one key that was told of two operations', /^I5 ann with k was told of 2 operations/, { operationId: 'op-9' }],
    ['one key that was answered for two requests', /^I5 ann with k was answered for two requests/, { request: 'PUT pro' }],
    ['one key that was told of two ends', /^I5 ann with k was told of succeeded and failed/, { status: 'failed', httpStatus: 402 }],
    ['an answer about nothing', /^I6 op-9 was answered with 201/, { key: 'k2', operationId: 'op-9' }],
    ['an answer about another user’s operation', /^I6 op-1 was answered with 201 to bob/, { userId: 'bob' }],
    ['an end that was taken back', /^I6 op-1 was answered as failed and is succeeded/, { key: 'k2', status: 'failed' }],
  ])('%s', (_what, says, wrong) => {
    expect(brokenInvariants(FACTS, [HEARD, { ...HEARD, ...wrong }])).toContainEqual(expect.stringMatching(says));
  });
});
