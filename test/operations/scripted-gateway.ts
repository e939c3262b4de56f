import {
  PaymentGateway,
  type CancelOutcome,
  type CardToKeep,
  type Charge,
  type ChargeOutcome,
  type CustomerOutcome,
  type FindOutcome,
  type FindRefundOutcome,
  type GatewayEvent,
  type KeepCardOutcome,
  type KnownCharge,
  type NewCustomer,
  type Refund,
  type RefundOutcome,
} from '../../src/gateways/payment-gateway.js';
import { readStripeEvent } from '../../src/gateways/stripe/webhook.js';

export const WEBHOOK_SECRET = 'whsec_of_a_scripted_gateway';

interface Outcomes {
  charge: ChargeOutcome;
  find: FindOutcome;
  cancel: CancelOutcome;
  refund: RefundOutcome;
  findRefund: FindRefundOutcome;
  /** About the reference of the customer. */
  createCustomer: CustomerOutcome;
  /** About the gateway's id of the customer. */
  keepCard: KeepCardOutcome;
}

export type Verb = keyof Outcomes;

/** A gateway that says what a test wants, call by call, and keeps in mind what it was asked. Unasked, it charges, refunds, keeps cards and finds nothing. */
export class ScriptedGateway extends PaymentGateway {
  override close(): void {}

  readonly name = 'stripe';
  readonly abilities = { idempotency: { ttlMs: 24 * 3_600_000 } };
  readonly asked: { verb: Verb; reference: string }[] = [];
  private readonly lines = new Map<string, (() => Promise<Outcomes[Verb]>)[]>();

  /** What the next call of this verb about this reference comes to; several calls queue. A function is called when it is asked. */
  says<V extends Verb>(verb: V, reference: string, outcome: Outcomes[V] | (() => Promise<Outcomes[V]>)): this {
    const line = this.lineOf(verb, reference);
    line.push(typeof outcome === 'function' ? outcome : () => Promise.resolve(outcome));
    return this;
  }

  /** How often it was asked about this reference, and for what. */
  askedAbout(reference: string): Verb[] {
    return this.asked.filter((call) => call.reference === reference).map(({ verb }) => verb);
  }

  charge({ reference, paymentMethod }: Charge): Promise<ChargeOutcome> {
    return this.answer('charge', reference, { kind: 'charged', gatewayReference: gatewayIdOf(reference), paymentMethod });
  }

  find({ reference }: KnownCharge): Promise<FindOutcome> {
    return this.answer('find', reference, { kind: 'not_found' });
  }

  cancel(gatewayReference: string): Promise<CancelOutcome> {
    return this.answer('cancel', gatewayReference, { kind: 'canceled' });
  }

  refund({ reference }: Refund): Promise<RefundOutcome> {
    return this.answer('refund', reference, { kind: 'refunded', gatewayReference: `re_${reference}` });
  }

  findRefund({ reference }: Refund): Promise<FindRefundOutcome> {
    return this.answer('findRefund', reference, { kind: 'not_found' });
  }

  createCustomer({ reference, userId }: NewCustomer): Promise<CustomerOutcome> {
    return this.answer('createCustomer', reference, { kind: 'created', customer: customerIdOf(userId) });
  }

  keepCard({ customer, paymentMethod }: CardToKeep): Promise<KeepCardOutcome> {
    return this.answer('keepCard', customer, { kind: 'kept', paymentMethod });
  }

  readEvent(rawBody: Buffer, headers: Record<string, string | string[] | undefined>): GatewayEvent {
    return readStripeEvent(rawBody, headers['stripe-signature'], { secrets: [WEBHOOK_SECRET], live: false });
  }

  private answer<V extends Verb>(verb: V, reference: string, otherwise: Outcomes[V]): Promise<Outcomes[V]> {
    this.asked.push({ verb, reference });
    const say = this.lineOf(verb, reference).shift();
    return say ? (say() as Promise<Outcomes[V]>) : Promise.resolve(otherwise);
  }

  private lineOf(verb: Verb, reference: string): (() => Promise<Outcomes[Verb]>)[] {
    const name = `${verb} ${reference}`;
    const line = this.lines.get(name) ?? [];
    this.lines.set(name, line);
    return line;
  }
}

export function gatewayIdOf(reference: string): string {
  return `pi_${reference}`;
}

export function customerIdOf(userId: string): string {
  return `cus_${userId}`;
}

/** An answer that comes when the test says so; `asked` resolves when it is waited for. */
export function pending<T>(): { answer: () => Promise<T>; asked: Promise<void>; come: (outcome: T) => void } {
  let come!: (outcome: T) => void;
  let wasAsked!: () => void;
  const outcome = new Promise<T>((resolve) => (come = resolve));
  const asked = new Promise<void>((resolve) => (wasAsked = resolve));
  const answer = (): Promise<T> => {
    wasAsked();
    return outcome;
  };
  return { answer, asked, come };
}
