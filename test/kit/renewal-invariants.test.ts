import { expect, test } from '@jest/globals';
import { anOperation, aSubscription, JANUARY } from './samples.js';
import { renewalsAgree, type RenewalFacts } from './renewal-invariants.js';

const SUBSCRIPTION = 'sub';
const MARCH = '2027-03-01T00:00:00.000Z';
const FEBRUARY = { start: JANUARY.end.toISOString(), end: MARCH };
const RENEWAL = anOperation({
  kind: 'renew',
  status: 'succeeded',
  result: 'renewed',
  subscriptionId: SUBSCRIPTION,
  periodStart: JANUARY.end,
  terms: { period: FEBRUARY },
  refundsOperationId: null,
  createdAt: JANUARY.end,
  settledAt: JANUARY.end,
});
const CHARGE = { id: 'pi_1', reference: RENEWAL.reference, amount: 900, currency: 'usd', status: 'succeeded', amountRefunded: 0 };
const RENEWED = aSubscription({ id: SUBSCRIPTION, periodStart: JANUARY.end, periodEnd: new Date(MARCH), nextAt: new Date(MARCH) });
const FACTS: RenewalFacts = { operations: [RENEWAL], charges: [CHARGE], subscriptions: [RENEWED], schedule: 2 };
const also = (...members: Parameters<typeof anOperation>[0][]) => ({
  operations: [RENEWAL, ...members.map((one, n) => Object.assign(anOperation(), RENEWAL, { id: `op-${n}`, turn: n + 2 }, one))],
});
const standing = (members: Parameters<typeof aSubscription>[0]) => ({ subscriptions: [Object.assign(aSubscription(), RENEWED, members)] });

test('where all is well nothing is said', () => {
  expect(renewalsAgree(FACTS)).toEqual([]);
});

test.each<[string, Partial<RenewalFacts>, RegExp]>([
  [
    'two charges for one period',
    { ...also({ reference: 'cf_2', status: 'failed' }), charges: [CHARGE, { ...CHARGE, id: 'pi_2', reference: 'cf_2' }] },
    /^R1 .* 2 times/,
  ],
  ['a gap', also({ terms: { period: { start: '2027-03-02T00:00:00.000Z', end: '2027-04-01T00:00:00.000Z' } } }), /^R2 .* was renewed from/],
  ['a period that is not the last that was paid for', standing({ periodEnd: JANUARY.end }), /^R2 .* and was renewed until/],
  [
    'a renewal of who paused',
    { operations: [Object.assign(anOperation(), RENEWAL, { kind: 'pause', terms: {}, turn: 0 }), RENEWAL] },
    /^R3 .* not to go on/,
  ],
  ['a renewal before its time', also({ createdAt: JANUARY.start, status: 'failed' }), /^R3 .* before/],
  ['a debt beyond the schedule', standing({ status: 'past_due', pastDue: { since: MARCH, declines: 4 } }), /^R4 .* after 4 declines/],
  ['a debt of who owes nothing', standing({ pastDue: { since: MARCH, declines: 1 } }), /^R4 .* and past due/],
  ['something due of who rests', standing({ status: 'paused' }), /^R4 .* and due$/],
  ['nothing due of who goes on', standing({ nextAt: null }), /^R4 .* due for nothing/],
])('%s is told', (_what, wrong, says) => {
  expect(renewalsAgree({ ...FACTS, ...wrong })).toEqual(expect.arrayContaining([expect.stringMatching(says)]));
});

test('a charge that is given back is no second one', () => {
  const twice = also({ reference: 'cf_2', status: 'failed' });
  const charges = [CHARGE, { ...CHARGE, id: 'pi_2', reference: 'cf_2', amountRefunded: 900 }];
  expect(renewalsAgree({ ...FACTS, ...twice, charges })).toEqual([]);
});
