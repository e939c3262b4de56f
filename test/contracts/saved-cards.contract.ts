import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { Charge, ChargeOutcome, CustomerOutcome, FindOutcome, KeepCardOutcome } from '../../src/gateways/payment-gateway.js';
import type { GatewayUnderTest } from './payment-gateway.contract.js';

/** What every adapter of the port `PaymentGateway` keeps about customers, and about cards that are charged while nobody is there; a part of that port's contract. */
export function savedCardsContract(name: string, start: () => Promise<GatewayUnderTest>): void {
  describe(`the payment gateway ${name} keeps`, () => {
    let under: GatewayUnderTest;
    const patience = () => new AbortController().signal;
    const mark = (prefix: string) => `${prefix}_${randomBytes(12).toString('hex')}`;
    const charge = (what: Charge): Promise<ChargeOutcome> => under.gateway.charge(what, patience());
    const find = ({ reference, amount }: Charge, gatewayReference: string | null = null): Promise<FindOutcome> =>
      under.gateway.find({ reference, amount, gatewayReference }, patience());
    const create = (reference: string): Promise<CustomerOutcome> =>
      under.gateway.createCustomer({ reference, userId: 'user_42' }, patience());
    const keep = (customer: string, paymentMethod: string): Promise<KeepCardOutcome> =>
      under.gateway.keepCard({ customer, paymentMethod }, patience());

    function order(paymentMethod: string, changes: Partial<Charge> = {}): Charge {
      const money = { amount: { amount: 1900, currency: 'USD' } };
      const rest = { userId: 'user_42', description: 'Pro, monthly', returnUrl: 'https://shop.example/back' };
      return { ...money, ...rest, reference: mark('cf'), paymentMethod, ...changes };
    }

    async function aCustomer(): Promise<string> {
      const outcome = await create(mark('cu'));
      if (outcome.kind !== 'created') throw new Error(`No customer was made: ${JSON.stringify(outcome)}`);
      return outcome.customer;
    }

    /** The card of a charge that was made, by its own id. */
    async function chargedCard(changes: Partial<Charge> = {}): Promise<string> {
      const outcome = await charge(order(under.methods.pays, changes));
      if (outcome.kind !== 'charged' || !outcome.paymentMethod) throw new Error(`No card was charged: ${JSON.stringify(outcome)}`);
      return outcome.paymentMethod;
    }

    /** A card that is kept, behaving like the one that is named; and what is charged to it while nobody is there. */
    async function renewal(method = under.methods.pays): Promise<Charge> {
      const customer = await aCustomer();
      const outcome = await keep(customer, method);
      if (outcome.kind !== 'kept') throw new Error(`It was not kept: ${JSON.stringify(outcome)}`);
      return order(outcome.paymentMethod, { customer, offSession: true });
    }

    async function awaited(): Promise<{ what: Charge; gatewayReference: string; url: string }> {
      const what = await renewal(under.methods.asksCustomer);
      const outcome = await charge(what);
      if (outcome.kind !== 'requires_action') throw new Error(`The customer was not asked: ${JSON.stringify(outcome)}`);
      return { what, ...outcome };
    }

    beforeAll(async () => {
      under = await start();
    });
    afterAll(() => under.destroy());

    describe('a customer', () => {
      test('who is made again under one reference is the same customer', async () => {
        const reference = mark('cu');
        const first = await create(reference);
        const customer = first.kind === 'created' ? first.customer : '';
        expect(await create(reference)).toMatchObject({ kind: 'created', customer });
        expect(await under.customersUnder(reference)).toEqual([customer]);
      });

      test('who is asked for twenty times at once is made once', async () => {
        const reference = mark('cu');
        const outcomes = await Promise.all(Array.from({ length: 20 }, () => create(reference)));
        for (const { kind } of outcomes) expect(['created', 'unknown']).toContain(kind);
        expect(await under.customersUnder(reference)).toHaveLength(1);
      });

      test('of another reference is another one', async () => {
        expect(await aCustomer()).not.toBe(await aCustomer());
      });
    });

    describe('a card', () => {
      test('that was charged is named by the charge, again when it is sent again, and when it is looked up', async () => {
        const what = order(under.methods.pays);
        const outcome = await charge(what);
        const [id, paymentMethod] = outcome.kind === 'charged' ? [outcome.gatewayReference, outcome.paymentMethod] : [];
        expect(paymentMethod).toEqual(expect.any(String));
        const named = { kind: 'charged', paymentMethod };
        expect([await charge(what), await find(what), await find(what, id)]).toMatchObject([named, named, named]);
      });

      test('that was charged is kept afterwards, and is charged while nobody is there, more than once', async () => {
        const [card, customer] = [await chargedCard(), await aCustomer()];
        expect(await keep(customer, card)).toMatchObject({ kind: 'kept', paymentMethod: card });
        for (const what of [order(card, { customer, offSession: true }), order(card, { customer, offSession: true })]) {
          expect(await charge(what)).toMatchObject({ kind: 'charged', paymentMethod: card });
          expect(await under.moneyUnder(what.reference)).toEqual([1900]);
        }
      });

      test('that was charged for a customer can be kept for that customer', async () => {
        const customer = await aCustomer();
        const card = await chargedCard({ customer });
        expect(await keep(customer, card)).toMatchObject({ kind: 'kept', paymentMethod: card });
        expect(await charge(order(card, { customer, offSession: true }))).toMatchObject({ kind: 'charged' });
      });

      test('that was charged after the customer authenticated can be kept', async () => {
        const what = order(under.methods.asksCustomer);
        const asked = await charge(what);
        await under.decide(asked.kind === 'requires_action' ? asked.url : '', 'approve');
        const found = await find(what);
        const card = found.kind === 'charged' ? (found.paymentMethod ?? '') : '';
        expect(await keep(await aCustomer(), card)).toMatchObject({ kind: 'kept', paymentMethod: card });
      });

      test('that is kept twice, or twenty times at once, is kept once', async () => {
        const [card, customer] = [await chargedCard(), await aCustomer()];
        const kept = { kind: 'kept', paymentMethod: card };
        expect([await keep(customer, card), await keep(customer, card)]).toMatchObject([kept, kept]);
        const outcomes = await Promise.all(Array.from({ length: 20 }, () => keep(customer, card)));
        expect(outcomes).toMatchObject(Array(20).fill(kept));
        expect(await under.cardsOf(customer)).toEqual([card]);
      });

      test('that is kept for one customer is refused to another', async () => {
        const [card, customer, other] = [await chargedCard(), await aCustomer(), await aCustomer()];
        await keep(customer, card);
        expect(await keep(other, card)).toMatchObject({ kind: 'refused', problem: 'payment-method-invalid' });
        expect(await under.cardsOf(other)).toEqual([]);
      });

      test('that the bank refuses, or that does not exist, is refused', async () => {
        const customer = await aCustomer();
        expect(await keep(customer, under.methods.declines)).toMatchObject({
          kind: 'refused',
          problem: 'payment-declined',
          declineCode: expect.stringMatching(/^\w+$/),
        });
        expect(await keep(customer, under.methods.unknown)).toMatchObject({ kind: 'refused', problem: 'payment-method-invalid' });
        expect(await under.cardsOf(customer)).toEqual([]);
      });

      test('of a customer who does not exist, or no longer, is neither kept nor refused, and can be kept for another', async () => {
        const [card, deleted] = [await chargedCard(), await aCustomer()];
        await under.deleteCustomer(deleted);
        for (const customer of ['cus_of_nobody', deleted]) expect(await keep(customer, card)).toMatchObject({ kind: 'no_customer' });
        expect(await keep(await aCustomer(), card)).toMatchObject({ kind: 'kept', paymentMethod: card });
      });

      test('that was charged and not kept is invalid when it is charged again', async () => {
        const [card, customer] = [await chargedCard(), await aCustomer()];
        const what = order(card, { customer, offSession: true });
        expect(await charge(what)).toMatchObject({ kind: 'declined', problem: 'payment-method-invalid' });
        expect(await under.moneyUnder(what.reference)).toEqual([]);
      });
    });

    describe('a charge while nobody is there', () => {
      test('that is sent again, or twenty times at once, is made once', async () => {
        const what = await renewal();
        expect([await charge(what), await charge(what)]).toMatchObject([{ kind: 'charged' }, { kind: 'charged' }]);
        const outcomes = await Promise.all(Array.from({ length: 20 }, () => charge(what)));
        for (const { kind } of outcomes) expect(['charged', 'unknown']).toContain(kind);
        expect(await under.moneyUnder(what.reference)).toEqual([1900]);
      });

      test('whose answer was lost is made once by sending it again', async () => {
        const what = await renewal();
        await under.failNext('answer_lost');
        expect([await charge(what), await charge(what)]).toMatchObject([{ kind: 'unknown' }, { kind: 'charged' }]);
        expect(await under.moneyUnder(what.reference)).toEqual([1900]);
      });

      test('whose customer was deleted is declined, and says so; the card went with the customer', async () => {
        const { customer = '', ...what } = await renewal();
        await under.deleteCustomer(customer);
        const gone = { kind: 'declined', problem: 'payment-method-invalid', customerIsGone: true };
        expect([await charge({ ...what, customer }), await charge({ ...what, customer })]).toMatchObject([gone, gone]);
        expect(await keep(await aCustomer(), what.paymentMethod)).toMatchObject({ kind: 'refused', problem: 'payment-method-invalid' });
        expect(await under.moneyUnder(what.reference)).toEqual([]);
      });

      test('that the bank declines is declined, however often it is sent', async () => {
        const what = await renewal(under.methods.declinesOnceKept);
        const no = { kind: 'declined', problem: 'payment-declined' };
        expect([await charge(what), await charge(what), await find(what)]).toMatchObject([no, no, no]);
        expect(await under.moneyUnder(what.reference)).toEqual([]);
      });
    });

    describe('a charge whose bank wants the customer, who is not there', () => {
      test('waits for the customer, when it is sent again and when it is looked up as well, and is charged once after the approval', async () => {
        const { what, gatewayReference, url } = await awaited();
        const waiting = { kind: 'requires_action', gatewayReference, url };
        expect([await charge(what), await find(what), await find(what, gatewayReference)]).toMatchObject([waiting, waiting, waiting]);
        expect(await under.moneyUnder(what.reference)).toEqual([]);
        await under.decide(url, 'approve');
        const charged = { kind: 'charged', gatewayReference, paymentMethod: what.paymentMethod };
        expect([await find(what), await charge(what)]).toMatchObject([charged, charged]);
        expect(await under.moneyUnder(what.reference)).toEqual([1900]);
      });

      test('that is sent twenty times at once waits for the customer once', async () => {
        const what = await renewal(under.methods.asksCustomer);
        const outcomes = await Promise.all(Array.from({ length: 20 }, () => charge(what)));
        for (const { kind } of outcomes) expect(['requires_action', 'unknown']).toContain(kind);
        const outcome = await charge(what);
        await under.decide(outcome.kind === 'requires_action' ? outcome.url : '', 'approve');
        expect(await under.moneyUnder(what.reference)).toEqual([1900]);
      });

      test('is declined where the customer denies it, and does not ask the customer again', async () => {
        const { what, url, gatewayReference } = await awaited();
        await under.decide(url, 'deny');
        const no = { kind: 'declined', problem: 'payment-declined' };
        expect([await charge(what), await find(what, gatewayReference)]).toMatchObject([no, no]);
        await under.decide(url, 'approve');
        expect(await under.moneyUnder(what.reference)).toEqual([]);
      });

      test('can be called off, and is not asked for again after that', async () => {
        const { what, url, gatewayReference } = await awaited();
        expect(await under.gateway.cancel(gatewayReference, patience())).toMatchObject({ kind: 'canceled' });
        expect(await charge(what)).toMatchObject({ kind: 'declined' });
        await under.decide(url, 'approve');
        expect(await under.moneyUnder(what.reference)).toEqual([]);
      });

      // The first request of such a charge is refused; the next one asks the customer.
      test.each(['answer_lost', 'request_lost', 'error_after_charging'] as const)(
        'is unknown after %s of the request that asks the customer, and waits for the customer when it is sent again',
        async (fault) => {
          const what = await renewal(under.methods.asksCustomer);
          await under.failNext(fault, 'charge', 1);
          expect(await charge(what)).toMatchObject({ kind: 'unknown' });
          const outcome = await charge(what);
          expect(outcome).toMatchObject({ kind: 'requires_action' });
          await under.decide(outcome.kind === 'requires_action' ? outcome.url : '', 'approve');
          expect(await charge(what)).toMatchObject({ kind: 'charged' });
          expect(await under.moneyUnder(what.reference)).toEqual([1900]);
        },
      );
    });
  });
}
