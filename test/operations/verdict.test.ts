import { describe, expect, test } from '@jest/globals';
import type { CancelOutcome, ChargeOutcome, FindOutcome } from '../../src/gateways/payment-gateway.js';
import type { Operation } from '../../src/operations/operation.entity.js';
import { MOVES, OPEN, STATUSES } from '../../src/operations/states.js';
import { ACTION_TTL_MS, nextStep, settlementOf, verdictOf, type Held } from '../../src/operations/verdict.js';
import { anOperation, MID_JANUARY } from '../kit/samples.js';

const HOUR_MS = 3_600_000;
const WITH_KEYS = { idempotency: { ttlMs: 24 * HOUR_MS } };
const WITHOUT_KEYS = { idempotency: null };
const SOON = { type: 'redirect' as const, url: 'https://bank.example', expiresAt: new Date(MID_JANUARY.getTime() + 1).toISOString() };
const OVER = { ...SOON, expiresAt: MID_JANUARY.toISOString() };

function held(operation: Partial<Operation> = {}, members: Partial<Held> = {}): Held {
  return { operation: anOperation(operation), now: MID_JANUARY, last: false, first: false, cancel: false, ...members };
}

function bornAgo(ms: number): Partial<Operation> {
  return { createdAt: new Date(MID_JANUARY.getTime() - ms) };
}

describe('the next step', () => {
  test('of what costs nothing is to settle', () => {
    expect(nextStep(held({ amount: 0 }), WITH_KEYS)).toBe('settle');
    expect(nextStep(held({ amount: 0 }, { first: true }), WITHOUT_KEYS)).toBe('settle');
  });

  test('of what was just recorded is to charge', () => {
    expect(nextStep(held({}, { first: true }), WITH_KEYS)).toBe('charge');
    expect(nextStep(held({}, { first: true }), WITHOUT_KEYS)).toBe('charge');
  });

  test.each<[string, number, 'charge' | 'find']>([
    ['a second', 1_000, 'charge'],
    ['less than 23 hours', 23 * HOUR_MS - 1, 'charge'],
    ['23 hours', 23 * HOUR_MS, 'find'],
    ['two days', 48 * HOUR_MS, 'find'],
  ])('of what is in doubt for %s is to %3$s: the same key is sent again only while it surely lives', (_age, ms, step) => {
    expect(nextStep(held({ status: 'unknown', ...bornAgo(ms) }), WITH_KEYS)).toBe(step);
    expect(nextStep(held({ status: 'pending', ...bornAgo(ms) }), WITH_KEYS)).toBe(step);
  });

  test('of what is in doubt at a gateway without keys is to look, never to send again', () => {
    expect(nextStep(held({ status: 'unknown' }), WITHOUT_KEYS)).toBe('find');
  });

  test('of what waits for the customer is to look, and to cancel when the time is over or it is asked for', () => {
    const waiting = { status: 'requires_action' as const, gatewayReference: 'pi_1' };
    expect(nextStep(held({ ...waiting, nextAction: SOON }), WITH_KEYS)).toBe('find');
    expect(nextStep(held({ ...waiting, nextAction: OVER }), WITH_KEYS)).toBe('cancel');
    expect(nextStep(held({ ...waiting, nextAction: SOON }, { cancel: true }), WITH_KEYS)).toBe('cancel');
  });
});

const CHARGED = { kind: 'charged', gatewayReference: 'pi_1' } as const;
const DECLINED = { kind: 'declined', problem: 'payment-declined', declineCode: 'generic_decline' } as const;
const WAITING = { kind: 'requires_action', gatewayReference: 'pi_1', url: 'https://bank.example' } as const;
const REFUSED = { kind: 'not_charged', why: 'unreachable', detail: 'nobody there' } as const;
const LOST = { kind: 'unknown', why: 'the call was given up' } as const;
const ABSENT = { kind: 'not_found' } as const;
const CANCELED = { kind: 'canceled' } as const;
const OUTCOMES: (ChargeOutcome | FindOutcome | CancelOutcome)[] = [CHARGED, DECLINED, WAITING, REFUSED, LOST, ABSENT, CANCELED];

describe('the verdict', () => {
  test('of an explicit success is succeeded, with the reference of the gateway', () => {
    expect(verdictOf(CHARGED, held())).toEqual({ status: 'succeeded', gatewayReference: 'pi_1' });
  });

  test.each(['payment-declined', 'payment-method-invalid'] as const)('of an explicit refusal is failed with the problem %s', (problem) => {
    const verdict = verdictOf({ ...DECLINED, problem }, held());
    expect(verdict).toMatchObject({ status: 'failed', problem: { code: problem, declineCode: 'generic_decline' } });
  });

  test('of a charge that the gateway canceled is canceled', () => {
    expect(verdictOf(CANCELED, held({ status: 'requires_action', nextAction: OVER }))).toEqual({ status: 'canceled' });
  });

  test.each<[(typeof REFUSED)['why'] | 'credentials' | 'rate_limited' | 'refused', number | undefined, number]>([
    ['unreachable', undefined, 5],
    ['credentials', undefined, 5],
    ['rate_limited', 17, 17],
    ['refused', undefined, 5],
  ])('of a first attempt that never was (%s) is failed with gateway-unavailable', (why, retryAfterSeconds, retry) => {
    const outcome = { ...REFUSED, why, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
    expect(verdictOf(outcome, held({}, { first: true }))).toMatchObject({
      status: 'failed',
      problem: { code: 'gateway-unavailable', retryAfterSeconds: retry },
    });
  });

  test('of a later attempt that never was is unknown: the first may have come through', () => {
    expect(verdictOf(REFUSED, held({ status: 'unknown' }))).toEqual({ status: 'unknown' });
    expect(verdictOf(REFUSED, held({ status: 'pending' }))).toEqual({ status: 'unknown' });
  });

  test.each([LOST, ABSENT, REFUSED])('of no definite answer (%j) is doubt: unknown, and on the last check needs_review', (outcome) => {
    expect(verdictOf(outcome, held({ status: 'unknown' }))).toEqual({ status: 'unknown' });
    expect(verdictOf(outcome, held({ status: 'unknown' }, { last: true }))).toEqual({ status: 'needs_review' });
    expect(verdictOf(outcome, held({ status: 'needs_review' }))).toEqual({ status: 'needs_review' });
  });

  test('of no definite answer about what waits for the customer is to go on waiting with the same page', () => {
    const verdict = verdictOf(LOST, held({ status: 'requires_action', nextAction: SOON }));
    expect(verdict).toEqual({ status: 'requires_action', nextAction: SOON });
  });

  test('of no definite answer on the last check goes on waiting while the customer has time, and is needs_review after it', () => {
    const waiting = { status: 'requires_action' as const, nextAction: SOON };
    expect(verdictOf(LOST, held(waiting, { last: true }))).toEqual(waiting);
    const afterwards = new Date(Date.parse(SOON.expiresAt) + 1);
    expect(verdictOf(LOST, held(waiting, { last: true, now: afterwards }))).toEqual({ status: 'needs_review' });
  });

  test('of a customer who must authenticate is requires_action with an hour to do so, counted once', () => {
    const first = verdictOf(WAITING, held({}, { first: true }));
    const expiresAt = new Date(MID_JANUARY.getTime() + ACTION_TTL_MS).toISOString();
    expect(first).toEqual({
      status: 'requires_action',
      gatewayReference: 'pi_1',
      nextAction: { type: 'redirect', url: 'https://bank.example', expiresAt },
    });
    expect(verdictOf(WAITING, held({ status: 'requires_action', nextAction: SOON })).nextAction).toEqual(SOON);
  });

  const situations = OPEN.flatMap((status) => [true, false].flatMap((first) => [true, false].map((last) => ({ status, first, last }))))
    // Only what was just recorded has no earlier attempt.
    .filter(({ status, first }) => !first || status === 'pending');
  test.each(situations)('is a move of the table of states, whatever the gateway says, in %j', ({ status, first, last }) => {
    const nextAction = status === 'requires_action' ? SOON : null;
    for (const outcome of OUTCOMES) {
      const verdict = verdictOf(outcome, held({ status, nextAction }, { first, last }));
      expect(MOVES).toContainEqual([status, verdict.status]);
    }
  });

  test('ends an operation on nothing but an explicit answer', () => {
    for (const status of OPEN) {
      for (const outcome of [LOST, ABSENT, REFUSED]) {
        const verdict = verdictOf(outcome, held({ status, nextAction: status === 'requires_action' ? SOON : null }));
        expect(OPEN).toContain(verdict.status);
      }
    }
  });
});

describe('what is settled', () => {
  const dunning = { scheduleMs: [HOUR_MS], end: 'cancel' as const, pastDue: null };
  const renewal = anOperation({ kind: 'renew', subscriptionId: 'sub', terms: { dunning, renewalAttempt: 0 } });

  test.each(OPEN.filter((status) => status !== 'pending'))('of a renewal that is %s changes nothing of its subscription', (status) => {
    expect(settlementOf(renewal, { status }, MID_JANUARY, [])).not.toHaveProperty('change');
  });

  test.each(['failed', 'canceled'] as const)('of a renewal that is %s bears what becomes of its subscription', (status) => {
    const settled = settlementOf(renewal, { status }, MID_JANUARY, []);
    expect(settled).toMatchObject({ status, change: { status: 'past_due', renewalAttempts: 1 } });
    expect(settled).not.toHaveProperty('refundId');
  });

  test('remembers a card that the customer named and that was charged, and that it is to be kept', () => {
    const change = (members: Partial<Operation>, paymentMethod?: string) =>
      settlementOf(
        anOperation({ subscriptionId: 'sub', ...members }),
        { status: 'succeeded', ...(paymentMethod ? { paymentMethod } : {}) },
        MID_JANUARY,
        [],
      ).change;
    const { terms } = anOperation();
    expect(change({}, 'pm_charged')).toMatchObject({ paymentMethod: 'pm_charged', customer: null });
    expect(change({})).toMatchObject({ paymentMethod: 'pm_card_visa', customer: null });
    // The charge named the customer: the gateway keeps it with the charge.
    const known = change({ terms: { ...terms, customer: 'cus_1' } }, 'pm_charged');
    expect(known).toMatchObject({ paymentMethod: 'pm_charged' });
    expect(known).not.toHaveProperty('customer');
    expect(change({ terms: { ...terms, savedCard: true, customer: 'cus_1' } }, 'pm_charged')).not.toHaveProperty('paymentMethod');
    expect(change({ amount: 0 })).toMatchObject({ paymentMethod: 'pm_card_visa', customer: null });
    expect(change({ kind: 'change_plan', amount: 0 })).not.toHaveProperty('paymentMethod');
  });

  test('bears the change of the subscription only with success, the fence, and what happened', () => {
    const operation = anOperation({ fence: 7 });
    const asked = { type: 'gateway.answered' as const, data: {} };
    const settled = settlementOf(operation, { status: 'succeeded', gatewayReference: 'pi_1' }, MID_JANUARY, [asked]);
    expect(settled).toMatchObject({ id: operation.id, fence: 7, status: 'succeeded', change: { planId: 'pro' } });
    expect(settled.happened).toEqual([asked, { type: 'settled', data: { status: 'succeeded' } }]);
    for (const status of STATUSES.filter((name) => name !== 'succeeded' && name !== 'pending')) {
      expect(settlementOf(operation, { status }, MID_JANUARY, [])).not.toHaveProperty('change');
    }
  });
});
