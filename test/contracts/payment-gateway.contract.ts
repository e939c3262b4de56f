import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { Charge, ChargeOutcome, FindOutcome, PaymentGateway } from '../../src/gateways/payment-gateway.js';
import { refundsContract } from './refunds.contract.js';
import { savedCardsContract } from './saved-cards.contract.js';

/** What can go wrong with the next charge or refund, said without the words of any gateway. */
export type GatewayFault =
  | 'answer_lost'
  | 'request_lost'
  | 'reset_after_charging'
  | 'half_an_answer'
  | 'error_after_charging'
  | 'error_instead_of_charging'
  | 'asks_to_slow_down'
  | 'refuses_our_key';

/** A gateway and what a test may do to it. */
export interface GatewayUnderTest {
  gateway: PaymentGateway;
  methods: {
    pays: string;
    declines: string;
    lacksFunds: string;
    /** Can be kept and never be charged. */
    declinesOnceKept: string;
    asksCustomer: string;
    takesItsTime: string;
    unknown: string;
  };
  /** Of the requests that move such money the next one, or one that comes `after` so many others. */
  failNext(fault: GatewayFault, of?: 'charge' | 'refund', after?: number): Promise<void>;
  /** The customer decides at the bank's page. */
  decide(url: string, decision: 'approve' | 'deny'): Promise<void>;
  /** By the gateway's own books, not through the adapter: the amounts of money that moved under a reference. */
  moneyUnder(reference: string): Promise<number[]>;
  /** By the same books: the amounts that were given back of a charge, whoever did it. */
  givenBackOf(gatewayReference: string): Promise<number[]>;
  /** By the same books: the customers who were made under a reference, and the cards that are kept for one. */
  customersUnder(reference: string): Promise<string[]>;
  cardsOf(customer: string): Promise<string[]>;
  /** Somebody deletes a customer at the gateway, past us. */
  deleteCustomer(customer: string): Promise<void>;
  /** Somebody gives a whole charge back at the gateway, past us. */
  refundByHand(gatewayReference: string): Promise<void>;
  /** The gateway takes the money after all, for the one charge under this reference. */
  payLate(reference: string): Promise<void>;
  /** The next signed event about a reference, as it came over the wire. */
  eventAbout(reference: string): Promise<{ rawBody: Buffer; headers: Record<string, string | string[] | undefined> }>;
  /** Nobody listens any more. */
  goDown(): Promise<void>;
  destroy(): Promise<void>;
}

/** What every adapter of the port `PaymentGateway` keeps, whose gateway knows idempotency keys. */
export function paymentGatewayContract(name: string, start: () => Promise<GatewayUnderTest>): void {
  describe(`the payment gateway ${name}`, () => {
    let under: GatewayUnderTest;
    const patience = () => new AbortController().signal;
    const order = (paymentMethod: string, changes: Partial<Charge> = {}): Charge => ({
      reference: `cf_${randomBytes(12).toString('hex')}`,
      amount: { amount: 1900, currency: 'USD' },
      paymentMethod,
      userId: 'user_42',
      description: 'Pro, monthly',
      returnUrl: 'https://shop.example/back',
      ...changes,
    });
    const charge = (what: Charge): Promise<ChargeOutcome> => under.gateway.charge(what, patience());
    const find = (what: Charge, gatewayReference: string | null = null): Promise<FindOutcome> =>
      under.gateway.find({ reference: what.reference, amount: what.amount, gatewayReference }, patience());
    const askCustomer = async () => {
      const what = order(under.methods.asksCustomer);
      const outcome = await charge(what);
      if (outcome.kind !== 'requires_action') throw new Error(`The customer was not asked: ${JSON.stringify(outcome)}`);
      return { what, ...outcome };
    };

    beforeAll(async () => {
      under = await start();
    });
    afterAll(() => under.destroy());

    describe('charges once', () => {
      test('a charge made again under its reference is the same charge', async () => {
        const what = order(under.methods.pays);
        const first = await charge(what);
        expect(first).toMatchObject({ kind: 'charged', gatewayReference: expect.any(String) });
        expect(await charge(what)).toMatchObject({
          kind: 'charged',
          gatewayReference: 'gatewayReference' in first && first.gatewayReference,
        });
        expect(await under.moneyUnder(what.reference)).toEqual([1900]);
      });

      test('twenty charges at once under one reference are one charge, and none of them is taken for a refusal', async () => {
        const what = order(under.methods.pays);
        const outcomes = await Promise.all(Array.from({ length: 20 }, () => charge(what)));
        for (const { kind } of outcomes) expect(['charged', 'unknown']).toContain(kind);
        expect(await charge(what)).toMatchObject({ kind: 'charged' });
        expect(await under.moneyUnder(what.reference)).toEqual([1900]);
      });

      test('two references are two charges', async () => {
        const [one, other] = [order(under.methods.pays), order(under.methods.pays)];
        const outcomes = await Promise.all([charge(one), charge(other)]);
        expect(outcomes.map(({ kind }) => kind)).toEqual(['charged', 'charged']);
        expect([await under.moneyUnder(one.reference), await under.moneyUnder(other.reference)]).toEqual([[1900], [1900]]);
      });

      test('another amount under the same reference is unknown and moves nothing', async () => {
        const what = order(under.methods.pays);
        await charge(what);
        expect(await charge({ ...what, amount: { amount: 2900, currency: 'USD' } })).toMatchObject({ kind: 'unknown' });
        expect(await under.moneyUnder(what.reference)).toEqual([1900]);
      });
    });

    describe('says no only when it is no', () => {
      test('a declined card is declined with its code, again under the same reference, and when it is looked up', async () => {
        const what = order(under.methods.lacksFunds);
        const no = { kind: 'declined', problem: 'payment-declined', declineCode: 'insufficient_funds' };
        expect(await charge(what)).toMatchObject(no);
        expect(await charge(what)).toMatchObject(no);
        expect(await find(what)).toMatchObject(no);
        expect(await under.moneyUnder(what.reference)).toEqual([]);
      });

      test('a decline without a reason of its own has a code all the same', async () => {
        expect(await charge(order(under.methods.declines))).toMatchObject({
          kind: 'declined',
          declineCode: expect.stringMatching(/^\w+$/),
        });
      });

      test('a payment method that does not exist is invalid', async () => {
        const what = order(under.methods.unknown);
        expect(await charge(what)).toMatchObject({ kind: 'declined', problem: 'payment-method-invalid' });
        expect(await under.moneyUnder(what.reference)).toEqual([]);
      });

      test.each([
        { fault: 'asks_to_slow_down', why: 'rate_limited' },
        { fault: 'refuses_our_key', why: 'credentials' },
      ] as const)('a gateway that $fault has not charged, and may be asked again', async ({ fault, why }) => {
        const what = order(under.methods.pays);
        await under.failNext(fault);
        expect(await charge(what)).toMatchObject({ kind: 'not_charged', why });
        expect(await under.moneyUnder(what.reference)).toEqual([]);
        expect(await charge(what)).toMatchObject({ kind: 'charged' });
        expect(await under.moneyUnder(what.reference)).toEqual([1900]);
      });
    });

    describe('does not guess', () => {
      test.each(['answer_lost', 'reset_after_charging', 'half_an_answer', 'error_after_charging'] as const)(
        'after %s the charge is unknown, is found by our reference, and is not made twice by asking again',
        async (fault) => {
          const what = order(under.methods.pays);
          await under.failNext(fault);
          expect(await charge(what)).toMatchObject({ kind: 'unknown' });
          const found = await find(what);
          expect(found).toMatchObject({ kind: 'charged', gatewayReference: expect.any(String) });
          expect(['charged', 'unknown']).toContain((await charge(what)).kind);
          expect(await under.moneyUnder(what.reference)).toEqual([1900]);
        },
      );

      test('after request_lost the charge is unknown, is not found, and is made once by asking again', async () => {
        const what = order(under.methods.pays);
        await under.failNext('request_lost');
        expect(await charge(what)).toMatchObject({ kind: 'unknown' });
        expect(await find(what)).toMatchObject({ kind: 'not_found' });
        expect(await charge(what)).toMatchObject({ kind: 'charged' });
        expect(await under.moneyUnder(what.reference)).toEqual([1900]);
      });

      test('after error_instead_of_charging the charge is unknown and is never found as charged', async () => {
        const what = order(under.methods.pays);
        await under.failNext('error_instead_of_charging');
        expect(await charge(what)).toMatchObject({ kind: 'unknown' });
        expect((await find(what)).kind).not.toBe('charged');
        expect(await under.moneyUnder(what.reference)).toEqual([]);
      });

      test('a charge that the caller gave up is unknown', async () => {
        const what = order(under.methods.pays);
        expect(await under.gateway.charge(what, AbortSignal.abort())).toMatchObject({ kind: 'unknown' });
      });
    });

    describe('finds', () => {
      test('a charge by our reference and by the id of the gateway', async () => {
        const what = order(under.methods.pays);
        const outcome = await charge(what);
        const id = 'gatewayReference' in outcome ? outcome.gatewayReference : '';
        const there = { kind: 'charged', gatewayReference: id };
        expect([await find(what), await find(what, id)]).toMatchObject([there, there]);
      });

      test('nothing where nothing was charged', async () => {
        expect(await find(order(under.methods.pays))).toMatchObject({ kind: 'not_found' });
      });

      test('no charge of ours in one of another amount', async () => {
        const what = order(under.methods.pays);
        await charge(what);
        expect(await find({ ...what, amount: { amount: 1, currency: 'USD' } })).toMatchObject({ kind: 'unknown' });
      });
    });

    describe('finds money that comes late', () => {
      test('after a decline, under the same reference', async () => {
        const what = order(under.methods.declines);
        expect(await charge(what)).toMatchObject({ kind: 'declined' });
        await under.payLate(what.reference);
        expect(await find(what)).toMatchObject({ kind: 'charged', gatewayReference: expect.any(String) });
        expect(await under.moneyUnder(what.reference)).toEqual([1900]);
      });

      test('after it was canceled', async () => {
        const { what, gatewayReference } = await askCustomer();
        expect(await under.gateway.cancel(gatewayReference, patience())).toMatchObject({ kind: 'canceled' });
        await under.payLate(what.reference);
        expect(await find(what, gatewayReference)).toMatchObject({ kind: 'charged', gatewayReference });
      });

      test('for a charge that nobody had decided, which is unknown until then', async () => {
        const what = order(under.methods.takesItsTime);
        expect([await charge(what), await find(what), await charge(what)]).toMatchObject(Array(3).fill({ kind: 'unknown' }));
        expect(await under.moneyUnder(what.reference)).toEqual([]);
        await under.payLate(what.reference);
        expect(await find(what)).toMatchObject({ kind: 'charged' });
      });
    });

    describe('asks the customer', () => {
      test('and the charge is found waiting, and charged after the approval', async () => {
        const { what, url, gatewayReference } = await askCustomer();
        expect(await find(what)).toMatchObject({ kind: 'requires_action', gatewayReference, url });
        expect(await under.moneyUnder(what.reference)).toEqual([]);
        await under.decide(url, 'approve');
        expect(await find(what, gatewayReference)).toMatchObject({ kind: 'charged', gatewayReference });
        expect(await under.moneyUnder(what.reference)).toEqual([1900]);
      });

      test('and a refusal is found as a decline', async () => {
        const { what, url, gatewayReference } = await askCustomer();
        await under.decide(url, 'deny');
        expect(await find(what, gatewayReference)).toMatchObject({ kind: 'declined' });
      });

      test('and a canceled charge is canceled however often it is asked for, and an approval that comes late moves nothing', async () => {
        const { what, url, gatewayReference } = await askCustomer();
        expect(await under.gateway.cancel(gatewayReference, patience())).toMatchObject({ kind: 'canceled' });
        expect(await under.gateway.cancel(gatewayReference, patience())).toMatchObject({ kind: 'canceled' });
        await under.decide(url, 'approve');
        expect(await find(what, gatewayReference)).toMatchObject({ kind: 'canceled' });
        expect(await under.moneyUnder(what.reference)).toEqual([]);
      });

      test('and canceling after the approval says that the money came', async () => {
        const { what, url, gatewayReference } = await askCustomer();
        await under.decide(url, 'approve');
        expect(await under.gateway.cancel(gatewayReference, patience())).toMatchObject({ kind: 'charged', gatewayReference });
        expect(await under.moneyUnder(what.reference)).toEqual([1900]);
      });
    });

    test('an event about a charge names our reference and the id of the gateway', async () => {
      const what = order(under.methods.pays);
      const outcome = await charge(what);
      const { rawBody, headers } = await under.eventAbout(what.reference);
      const id = 'gatewayReference' in outcome ? outcome.gatewayReference : '';
      expect(under.gateway.readEvent(rawBody, headers)).toMatchObject({ reference: what.reference, gatewayReference: id });
      rawBody[rawBody.length - 2] = 0x20;
      expect(() => under.gateway.readEvent(rawBody, headers)).toThrow(expect.objectContaining({ code: 'webhook-signature' }));
    });
  });

  describe(`the payment gateway ${name}, gone`, () => {
    let under: GatewayUnderTest;
    beforeAll(async () => {
      under = await start();
      await under.goDown();
    });
    afterEach(() => under.destroy());

    test('has not charged, and what became of a charge is unknown', async () => {
      const signal = new AbortController().signal;
      const amount = { amount: 1900, currency: 'USD' };
      const reference = 'cf_to_nobody';
      const charge = {
        reference,
        amount,
        paymentMethod: under.methods.pays,
        userId: 'u',
        description: 'd',
        returnUrl: 'https://shop.example',
      };
      expect(await under.gateway.charge(charge, signal)).toMatchObject({ kind: 'not_charged', why: 'unreachable' });
      expect(await under.gateway.find({ reference, amount, gatewayReference: null }, signal)).toMatchObject({ kind: 'unknown' });
      expect(await under.gateway.cancel('pi_1', signal)).toMatchObject({ kind: 'unknown' });
      expect(await under.gateway.createCustomer({ reference, userId: 'u' }, signal)).toMatchObject({ kind: 'unknown' });
      expect(await under.gateway.keepCard({ customer: 'cus_1', paymentMethod: 'pm_1' }, signal)).toMatchObject({ kind: 'unknown' });
    });
  });

  refundsContract(name, start);
  savedCardsContract(name, start);
}
