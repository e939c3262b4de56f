import Stripe from 'stripe';
import type {
  CancelOutcome,
  CardToKeep,
  Charge,
  ChargeOutcome,
  CustomerOutcome,
  FindOutcome,
  FindRefundOutcome,
  GatewayAbilities,
  GatewayEvent,
  KeepCardOutcome,
  KnownCharge,
  NewCustomer,
  Refund,
  RefundOutcome,
} from '../payment-gateway.js';
import { PaymentGateway } from '../payment-gateway.js';
import { type Answer, ask, type Call } from './ask.js';
import { outcomeOfCancel } from './cancel.js';
import { creationOf, intentToAuthenticate, outcomeOfAuthentication, outcomeOfCharge, standingBeforeAuthentication } from './charge.js';
import { mayBeKeptAlready, outcomeOfAttach, outcomeOfCustomer } from './customers.js';
import { type Deadline, withinDeadline } from './deadline.js';
import { destinationOf } from './destination.js';
import { harmless } from './evidence.js';
import { PAGE_ROWS, searchQuery, standingAmong, standingById } from './lookup.js';
import { afterAllWasRefunded, outcomeOfRefund, refundAmong } from './refund.js';
import { StripeTransport, type WithinExchange } from './transport.js';
import { checkWebhookSecrets, readStripeEvent, type WebhookTrust } from './webhook.js';

export interface StripeOptions {
  apiKey: string;
  /** Scheme, host and port of a server to talk to instead of https://api.stripe.com; never with a live key. */
  apiBase: string | null;
  webhookSecrets: string[];
  /** For one call of the port, whatever the number of requests in it. Milliseconds. */
  timeoutMs: number;
  name?: string;
}

/** Pinned: what is read here was read in this version, and an account's default may be any other. */
const API_VERSION = '2026-10-28.endive';

/** "You can remove keys from the system automatically after they're at least 24 hours old" (Stripe docs, "Idempotent requests"). */
const KEY_TTL_MS = 24 * 3_600_000;

/** Charges by payment intents that are created and confirmed in one request. Throws in the constructor for options that cannot be meant. */
export class StripeGateway extends PaymentGateway {
  readonly name: string;
  readonly abilities: GatewayAbilities = { idempotency: { ttlMs: KEY_TTL_MS } };
  readonly #stripe: Stripe;
  readonly #transport: StripeTransport;
  readonly #timeoutMs: number;
  readonly #trust: WebhookTrust;

  constructor(options: StripeOptions) {
    super();
    const { live, ...destination } = destinationOf(options.apiKey, options.apiBase);
    checkWebhookSecrets(options.webhookSecrets);
    this.name = options.name ?? 'stripe';
    this.#timeoutMs = options.timeoutMs;
    this.#trust = { secrets: [...options.webhookSecrets], live };
    this.#transport = new StripeTransport(options.apiKey);
    this.#stripe = new Stripe('', {
      ...destination,
      apiVersion: API_VERSION,
      // The library is given no key: what is asked of it outside of an exchange bears none.
      authenticator: async () => undefined,
      httpClient: this.#transport,
      maxNetworkRetries: 0,
      telemetry: false,
    });
  }

  charge(charge: Charge, signal: AbortSignal): Promise<ChargeOutcome> {
    return this.#bounded(signal, async (within) => {
      const { paymentIntents } = this.#stripe;
      const create: Call = (options) => paymentIntents.create(creationOf(charge), { ...options, idempotencyKey: charge.reference });
      const answer = await this.#ask(within, create, charge.traceparent);
      const id = intentToAuthenticate(answer, charge);
      return id === null ? outcomeOfCharge(answer, charge) : this.#authenticate(id, charge, within);
    });
  }

  find(charge: KnownCharge, signal: AbortSignal): Promise<FindOutcome> {
    const id = charge.gatewayReference;
    return this.#bounded(signal, async (within) => {
      if (id === null) return this.#findByReference(charge, within);
      return standingById(await this.#ask(within, this.#retrieval(id)), id, charge);
    });
  }

  /** Bears no fixed idempotency key: cancelling is idempotent by nature, and with one Stripe would repeat an early refusal for a day. */
  cancel(gatewayReference: string, signal: AbortSignal): Promise<CancelOutcome> {
    return this.#bounded(signal, async (within) => {
      const answer = await this.#ask(within, (options) => this.#stripe.paymentIntents.cancel(gatewayReference, {}, options));
      if (answer.kind !== 'refused' || answer.refusal.code !== 'payment_intent_unexpected_state')
        return outcomeOfCancel(answer, gatewayReference);
      return outcomeOfCancel(await this.#ask(within, this.#retrieval(gatewayReference)), gatewayReference);
    });
  }

  refund(refund: Refund, signal: AbortSignal): Promise<RefundOutcome> {
    return this.#bounded(signal, async (within) => {
      const outcome = outcomeOfRefund(await this.#ask(within, (options) => this.#createRefund(refund, options)), refund);
      return outcome ?? afterAllWasRefunded(await this.#listRefunds(refund, within), refund);
    });
  }

  findRefund(refund: Refund, signal: AbortSignal): Promise<FindRefundOutcome> {
    return this.#bounded(signal, (within) => this.#findRefund(refund, within));
  }

  createCustomer({ reference, userId }: NewCustomer, signal: AbortSignal): Promise<CustomerOutcome> {
    const customer = { metadata: { reference, user: userId } };
    const create: Call = (options) => this.#stripe.customers.create(customer, { ...options, idempotencyKey: reference });
    return this.#bounded(signal, async (within) => outcomeOfCustomer(await this.#ask(within, create)));
  }

  /** Bears no fixed idempotency key: a card is attached once by nature, and a refusal for that is told from others by a look at the card. */
  keepCard(card: CardToKeep, signal: AbortSignal): Promise<KeepCardOutcome> {
    const { paymentMethods } = this.#stripe;
    const { paymentMethod, customer } = card;
    const lookAtCard: Call = (options) => paymentMethods.retrieve(paymentMethod, {}, options);
    return this.#bounded(signal, async (within) => {
      const answer = await this.#ask(within, (options) => paymentMethods.attach(paymentMethod, { customer }, options));
      const look = mayBeKeptAlready(answer) ? await this.#ask(within, lookAtCard) : null;
      return outcomeOfAttach(answer, card, look);
    });
  }

  readEvent(rawBody: Buffer, headers: Record<string, string | string[] | undefined>): GatewayEvent {
    return readStripeEvent(rawBody, headers['stripe-signature'], this.#trust);
  }

  /** Lets go of idle connections. */
  override close(): void {
    this.#transport.close();
  }

  /** Confirms the same intent once more, now for the customer to come back to. Under a key of its own, so that it happens once. */
  async #authenticate(id: string, charge: Charge, within: Deadline): Promise<ChargeOutcome> {
    const look = await this.#ask(within, this.#retrieval(id), charge.traceparent);
    const standing = standingBeforeAuthentication(look, id, charge);
    if (standing !== null) return standing;
    const withCustomer = { payment_method: charge.paymentMethod, return_url: charge.returnUrl };
    const idempotencyKey = `${charge.reference}_auth`;
    const confirm: Call = (options) => this.#stripe.paymentIntents.confirm(id, withCustomer, { ...options, idempotencyKey });
    return outcomeOfAuthentication(await this.#ask(within, confirm, charge.traceparent), id, charge);
  }

  /**
   * Search reaches back for ever but lags a minute and more; the list is current but only its newest page is looked at, by our
   * own mark, since it cannot be asked for metadata. Between them they miss little, and what they miss proves nothing.
   */
  async #findByReference(charge: KnownCharge, within: Deadline): Promise<FindOutcome> {
    const { paymentIntents } = this.#stripe;
    const looks = await Promise.all([
      this.#ask(within, (options) => paymentIntents.search({ query: searchQuery(charge.reference), limit: PAGE_ROWS }, options)),
      this.#ask(within, (options) => paymentIntents.list({ limit: PAGE_ROWS }, options)),
    ]);
    return standingAmong(looks, charge);
  }

  #retrieval(id: string): Call {
    return (options) => this.#stripe.paymentIntents.retrieve(id, {}, options);
  }

  #createRefund({ reference, chargeReference, amount }: Refund, options: WithinExchange): Promise<unknown> {
    const what = { payment_intent: chargeReference, amount: amount.amount, metadata: { reference } };
    return this.#stripe.refunds.create(what, { ...options, idempotencyKey: reference });
  }

  async #findRefund(refund: Refund, within: Deadline): Promise<FindRefundOutcome> {
    return refundAmong(await this.#listRefunds(refund, within), refund);
  }

  #listRefunds({ chargeReference }: Refund, within: Deadline): Promise<Answer> {
    const ofCharge = { payment_intent: chargeReference, limit: PAGE_ROWS };
    return this.#ask(within, (options) => this.#stripe.refunds.list(ofCharge, options));
  }

  #ask(within: Deadline, call: Call, traceparent?: string): Promise<Answer> {
    return ask(this.#transport, within, call, traceparent);
  }

  async #bounded<T>(signal: AbortSignal, work: (within: Deadline) => Promise<T>): Promise<T | { kind: 'unknown'; why: string }> {
    try {
      return await withinDeadline(this.#timeoutMs, signal, work);
    } catch (error) {
      return { kind: 'unknown', why: harmless(String((error as Error).message)) };
    }
  }
}
