import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { FindRefundOutcome, Refund, RefundOutcome } from '../../src/gateways/payment-gateway.js';
import type { GatewayUnderTest } from './payment-gateway.contract.js';

/** What every adapter of the port `PaymentGateway` keeps when money is given back; a part of that port's contract. */
export function refundsContract(name: string, start: () => Promise<GatewayUnderTest>): void {
  describe(`the payment gateway ${name} gives back`, () => {
    let under: GatewayUnderTest;
    const patience = () => new AbortController().signal;
    const refund = (what: Refund): Promise<RefundOutcome> => under.gateway.refund(what, patience());
    const find = (what: Refund): Promise<FindRefundOutcome> => under.gateway.findRefund(what, patience());
    const givenBack = (what: Refund): Promise<number[]> => under.givenBackOf(what.chargeReference);

    /** A charge that was made, and the refund of all of it. */
    async function charged(amount = 1900): Promise<Refund> {
      const mark = randomBytes(12).toString('hex');
      const money = { amount, currency: 'USD' };
      const order = { userId: 'user_42', description: 'Pro, monthly', returnUrl: 'https://shop.example/back' };
      const outcome = await under.gateway.charge(
        { ...order, reference: `cf_${mark}`, amount: money, paymentMethod: under.methods.pays },
        patience(),
      );
      if (outcome.kind !== 'charged') throw new Error(`It was not charged: ${JSON.stringify(outcome)}`);
      return { reference: `rf_${mark}`, chargeReference: outcome.gatewayReference, amount: money };
    }

    beforeAll(async () => {
      under = await start();
    });
    afterAll(() => under.destroy());

    describe('once', () => {
      test('a refund made again under its reference is the same refund, and is found by it', async () => {
        const what = await charged();
        const first = await refund(what);
        expect(first).toMatchObject({ kind: 'refunded', gatewayReference: expect.any(String) });
        const same = { kind: 'refunded', gatewayReference: 'gatewayReference' in first && first.gatewayReference };
        expect([await refund(what), await find(what)]).toMatchObject([same, same]);
        expect(await givenBack(what)).toEqual([1900]);
      });

      test('a part that is given back again under its reference is given back once', async () => {
        const what = { ...(await charged()), amount: { amount: 400, currency: 'USD' } };
        expect([await refund(what), await refund(what)]).toMatchObject([{ kind: 'refunded' }, { kind: 'refunded' }]);
        expect(await givenBack(what)).toEqual([400]);
      });

      test('twenty refunds at once under one reference are one refund, and none of them is taken for a refusal', async () => {
        const what = { ...(await charged()), amount: { amount: 400, currency: 'USD' } };
        const outcomes = await Promise.all(Array.from({ length: 20 }, () => refund(what)));
        for (const { kind } of outcomes) expect(['refunded', 'unknown']).toContain(kind);
        expect(await refund(what)).toMatchObject({ kind: 'refunded' });
        expect(await givenBack(what)).toEqual([400]);
      });

      test('another amount under the same reference is unknown and gives nothing back', async () => {
        const what = { ...(await charged()), amount: { amount: 400, currency: 'USD' } };
        await refund(what);
        const other = { ...what, amount: { amount: 500, currency: 'USD' } };
        expect([await refund(other), await find(other)]).toMatchObject([{ kind: 'unknown' }, { kind: 'unknown' }]);
        expect(await givenBack(what)).toEqual([400]);
      });
    });

    describe('and says no only when it is no', () => {
      test('more than the charge is refused', async () => {
        const what = { ...(await charged()), amount: { amount: 1901, currency: 'USD' } };
        expect(await refund(what)).toMatchObject({ kind: 'refused', why: expect.stringMatching(/./) });
        expect(await find(what)).toMatchObject({ kind: 'not_found' });
        expect(await givenBack(what)).toEqual([]);
      });

      test('more than is left after another refund is refused, and so is what another one has used up', async () => {
        const what = await charged();
        const part = (amount: number) => ({
          ...what,
          reference: `rf_${randomBytes(12).toString('hex')}`,
          amount: { amount, currency: 'USD' },
        });
        expect(await refund(part(1_500))).toMatchObject({ kind: 'refunded' });
        expect(await refund(part(401))).toMatchObject({ kind: 'refused' });
        expect(await refund(part(400))).toMatchObject({ kind: 'refunded' });
        expect(await refund(part(100))).toMatchObject({ kind: 'refused' });
        expect((await givenBack(what)).toSorted((a, b) => a - b)).toEqual([400, 1_500]);
      });

      test('a part of a charge that somebody else gave back as a whole is given back, by no refund of ours', async () => {
        const what = { ...(await charged()), amount: { amount: 400, currency: 'USD' } };
        await under.refundByHand(what.chargeReference);
        expect(await refund(what)).toMatchObject({ kind: 'refunded', gatewayReference: null });
        expect(await givenBack(what)).toEqual([1_900]);
      });

      test('a charge that does not exist is refused', async () => {
        expect(await refund({ ...(await charged()), chargeReference: 'pi_of_nobody' })).toMatchObject({ kind: 'refused' });
      });

      test('a charge that somebody else gave back is given back, by no refund of ours', async () => {
        const what = await charged();
        await under.refundByHand(what.chargeReference);
        expect(await find(what)).toMatchObject({ kind: 'not_found' });
        expect(await refund(what)).toMatchObject({ kind: 'refunded', gatewayReference: null });
        expect(await givenBack(what)).toEqual([1900]);
      });

      test.each([
        { fault: 'asks_to_slow_down', why: 'rate_limited' },
        { fault: 'refuses_our_key', why: 'credentials' },
      ] as const)('a gateway that $fault has not given back, and may be asked again', async ({ fault, why }) => {
        const what = await charged();
        await under.failNext(fault, 'refund');
        expect(await refund(what)).toMatchObject({ kind: 'not_refunded', why });
        expect(await givenBack(what)).toEqual([]);
        expect(await refund(what)).toMatchObject({ kind: 'refunded' });
        expect(await givenBack(what)).toEqual([1900]);
      });
    });

    describe('and does not guess', () => {
      test.each(['answer_lost', 'reset_after_charging', 'half_an_answer', 'error_after_charging'] as const)(
        'after %s the refund is unknown, is found by our reference, and is not made twice by asking again',
        async (fault) => {
          const what = { ...(await charged()), amount: { amount: 400, currency: 'USD' } };
          await under.failNext(fault, 'refund');
          expect(await refund(what)).toMatchObject({ kind: 'unknown' });
          expect(await find(what)).toMatchObject({ kind: 'refunded', gatewayReference: expect.any(String) });
          expect(['refunded', 'unknown']).toContain((await refund(what)).kind);
          expect(await givenBack(what)).toEqual([400]);
        },
      );

      test('after request_lost the refund is unknown, is not found, and is made once by asking again', async () => {
        const what = await charged();
        await under.failNext('request_lost', 'refund');
        expect(await refund(what)).toMatchObject({ kind: 'unknown' });
        expect(await find(what)).toMatchObject({ kind: 'not_found' });
        expect(await refund(what)).toMatchObject({ kind: 'refunded' });
        expect(await givenBack(what)).toEqual([1900]);
      });

      test('after error_instead_of_charging the refund is unknown and is never found as given back', async () => {
        const what = await charged();
        await under.failNext('error_instead_of_charging', 'refund');
        expect(await refund(what)).toMatchObject({ kind: 'unknown' });
        expect((await find(what)).kind).not.toBe('refunded');
        expect(await givenBack(what)).toEqual([]);
      });

      test('a refund that the caller gave up is unknown', async () => {
        const what = await charged();
        expect(await under.gateway.refund(what, AbortSignal.abort())).toMatchObject({ kind: 'unknown' });
        expect(await under.gateway.findRefund(what, AbortSignal.abort())).toMatchObject({ kind: 'unknown' });
        expect(await givenBack(what)).toEqual([]);
      });
    });

    test('an event about a refund names its reference and the id of the refund', async () => {
      const what = await charged();
      const outcome = await refund(what);
      const { rawBody, headers } = await under.eventAbout(what.reference);
      const id = 'gatewayReference' in outcome ? outcome.gatewayReference : '';
      expect(under.gateway.readEvent(rawBody, headers)).toMatchObject({ reference: what.reference, gatewayReference: id });
    });
  });

  describe(`the payment gateway ${name}, gone,`, () => {
    test('has not given back, and what became of a refund is unknown', async () => {
      const under = await start();
      await under.goDown();
      const { signal } = new AbortController();
      const what = { reference: 'rf_to_nobody', chargeReference: 'pi_1', amount: { amount: 1900, currency: 'USD' } };
      expect(await under.gateway.refund(what, signal)).toMatchObject({ kind: 'not_refunded', why: 'unreachable' });
      expect(await under.gateway.findRefund(what, signal)).toMatchObject({ kind: 'unknown' });
      await under.destroy();
    });
  });
}
