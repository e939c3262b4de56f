import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSandbox } from '../../../src/sandbox/sandbox.js';
import { type GatewayFault, type GatewayUnderTest, paymentGatewayContract } from '../../contracts/payment-gateway.contract.js';
import { gatewayTo, SECRET } from './charges.js';

const KEY = { Authorization: 'Bearer sk_test_1' };

/** Long enough for the sandbox on a busy machine, short enough to wait for its lost answers. */
const TIMEOUT_MS = 2_000;

const FAULTS: Record<GatewayFault, string> = {
  answer_lost: 'timeout_charged',
  request_lost: 'timeout_uncharged',
  reset_after_charging: 'reset_charged',
  half_an_answer: 'malformed',
  error_after_charging: '500_charged',
  error_instead_of_charging: '500_uncharged',
  asks_to_slow_down: 'rate_limited',
  refuses_our_key: 'refused_credentials',
};

paymentGatewayContract('stripe, played by the sandbox', startSandbox);

async function startSandbox(): Promise<GatewayUnderTest> {
  const inbox = await openInbox();
  const sandbox = createSandbox({ webhook: { url: inbox.url, secret: SECRET } });
  const base = await sandbox.listen(0);
  const gateway = gatewayTo(base, { timeoutMs: TIMEOUT_MS });
  return {
    gateway,
    methods: {
      pays: 'pm_card_visa',
      declines: 'pm_card_chargeDeclined',
      lacksFunds: 'pm_card_chargeDeclinedInsufficientFunds',
      declinesOnceKept: 'pm_card_chargeCustomerFail',
      asksCustomer: 'pm_card_authenticationRequired',
      takesItsTime: 'pm_sandbox_processing',
      unknown: 'pm_card_of_nobody',
    },
    async failNext(fault, of = 'charge', after = 0) {
      const next = [...Array<string>(after).fill('none'), FAULTS[fault]];
      await done(fetch(`${base}/sandbox/faults`, { method: 'POST', body: JSON.stringify({ of, next }) }));
    },
    async decide(url, decision) {
      await done(fetch(url, { method: 'POST', body: new URLSearchParams({ decision }), redirect: 'manual' }));
    },
    async moneyUnder(reference) {
      return (await chargesUnder(base, reference)).filter(({ status }) => status === 'succeeded').map(({ amount }) => amount);
    },
    async givenBackOf(id) {
      const response = await done(fetch(`${base}/v1/refunds?limit=100&payment_intent=${id}`, { headers: KEY }));
      return ((await response.json()) as { data: { amount: number }[] }).data.map(({ amount }) => amount);
    },
    async customersUnder(wanted) {
      return (await customersOf(base)).filter(({ reference }) => reference === wanted).map(({ id }) => id);
    },
    async cardsOf(customer) {
      return (await customersOf(base)).find(({ id }) => id === customer)?.cards.map(({ id }) => id) ?? [];
    },
    async deleteCustomer(customer) {
      await done(fetch(`${base}/sandbox/customers/${customer}`, { method: 'DELETE' }));
    },
    async refundByHand(payment_intent) {
      await done(fetch(`${base}/v1/refunds`, { method: 'POST', headers: KEY, body: new URLSearchParams({ payment_intent }) }));
    },
    async payLate(reference) {
      const [charge] = await chargesUnder(base, reference);
      await done(fetch(`${base}/sandbox/charges/${charge?.id}/succeed`, { method: 'POST' }));
    },
    eventAbout: (reference) => inbox.take(reference),
    goDown: () => sandbox.close(),
    async destroy() {
      gateway.close();
      await sandbox.close();
      await inbox.close();
    },
  };
}

async function chargesUnder(base: string, reference: string): Promise<{ id: string; status: string; amount: number }[]> {
  const response = await done(fetch(`${base}/sandbox/charges?reference=${reference}`));
  return ((await response.json()) as { data: { id: string; status: string; amount: number }[] }).data;
}

async function customersOf(base: string): Promise<{ id: string; reference: string | null; cards: { id: string }[] }[]> {
  const response = await done(fetch(`${base}/sandbox/customers`));
  return ((await response.json()) as { data: Awaited<ReturnType<typeof customersOf>> }).data;
}

async function done(request: Promise<Response>): Promise<Response> {
  const response = await request;
  if (response.status >= 400) throw new Error(`The sandbox answered ${response.status}: ${await response.text()}`);
  return response;
}

type Letter = Awaited<ReturnType<GatewayUnderTest['eventAbout']>>;

/** Takes webhooks and hands each out by the reference in it. */
async function openInbox() {
  const letters: Letter[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      letters.push({ rawBody: Buffer.concat(chunks), headers: request.headers });
      response.end();
      server.emit('letter');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async take(reference: string): Promise<Letter> {
      for (;;) {
        const letter = letters.find(({ rawBody }) => rawBody.includes(reference));
        if (letter) return letter;
        await once(server, 'letter');
      }
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
