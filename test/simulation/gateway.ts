import type {
  CancelOutcome,
  CardToKeep,
  Charge,
  ChargeOutcome,
  CustomerOutcome,
  FindOutcome,
  FindRefundOutcome,
  GatewayEvent,
  KeepCardOutcome,
  KnownCharge,
  NewCustomer,
  Refund,
  RefundOutcome,
} from '../../src/gateways/payment-gateway.js';
import type { ChargeFact } from '../kit/invariants.js';
import type { World } from './world.js';

const HOUR_MS = 3_600_000;
/** As Stripe: what is asked again after this is a new request. */
export const KEY_TTL_MS = 24 * HOUR_MS;

/** What happens with a payment method. */
export const CARDS = [
  'pm_charges',
  'pm_declines',
  'pm_authenticates',
  'pm_never_authenticates',
  'pm_fails_authentication',
  // These pay while somebody is there. Later they are empty at times, have expired, or want to be authenticated.
  'pm_is_empty_later',
  'pm_expires',
  'pm_authenticates_later',
] as const;
export type Card = (typeof CARDS)[number];

/** What they do when nobody is there. */
const LATER: ReadonlySet<Card> = new Set(['pm_is_empty_later', 'pm_expires', 'pm_authenticates_later']);

interface ChargeRow {
  id: string;
  reference: string;
  /** The id that the card has from this charge on. */
  paymentMethod: string;
  amount: number;
  currency: string;
  status: 'succeeded' | 'requires_action' | 'requires_payment_method' | 'canceled';
  amountRefunded: number;
  /** From when on it is found by its reference. */
  findableAt: number;
  /** The customer for whom the card is kept once it was charged. */
  keepFor: string | null;
}

/** A card that was charged has an id of its own, under which it is charged again only once it is kept. */
interface UsedCard {
  card: Card;
  customer: string | null;
}

interface KeyUse<Outcome> {
  at: number;
  asked: string;
  /** Null while the first request is still worked on. */
  outcome: Outcome | null;
}

const FAILED = { kind: 'unknown', why: 'the gateway failed with 500' } as const;
const IN_USE = { kind: 'unknown', why: 'the idempotency key is in use or was used for another request' } as const;

/** The gateway: charges, remembers keys for a day, and tells of what happened. What it did is the truth that all else is measured by. */
export class GatewayServer {
  readonly charges: ChargeRow[] = [];
  /** What no gateway could make good: asked for by our mistake. */
  readonly complaints: string[] = [];
  /** References of charges by which it contradicted itself. */
  readonly contradicted = new Set<string>();
  awayUntil = 0;
  private readonly refunds = new Map<string, { id: string; reference: string; chargeId: string; amount: number }>();
  private readonly customers = new Map<string, NewCustomer>();
  private readonly usedCards = new Map<string, UsedCard>();
  private readonly notToKeep = new Set<string>();
  private readonly customerKeys = new Map<string, KeyUse<CustomerOutcome>>();
  private readonly chargeKeys = new Map<string, KeyUse<ChargeOutcome>>();
  private readonly refundKeys = new Map<string, KeyUse<RefundOutcome>>();
  private events = 0;

  constructor(
    private readonly world: World,
    private readonly tell: (event: GatewayEvent) => void,
  ) {}

  get isAway(): boolean {
    return this.world.nowMs < this.awayUntil;
  }

  facts(): ChargeFact[] {
    return this.charges.map(({ id, reference, amount, currency, status, amountRefunded }) => {
      return { id, reference, amount, currency: currency.toLowerCase(), status, amountRefunded };
    });
  }

  chargeOf(reference: string): ChargeRow | undefined {
    const own = this.charges.filter((charge) => charge.reference === reference);
    return own.find(({ status }) => status === 'succeeded') ?? own.at(-1);
  }

  charge(charge: Charge, answer: (outcome: ChargeOutcome) => void): void {
    const { traceparent: _trace, ...parameters } = charge;
    this.once(this.chargeKeys, charge.reference, parameters, answer, () => this.make(charge));
  }

  refund(refund: Refund, answer: (outcome: RefundOutcome) => void): void {
    this.once(this.refundKeys, refund.reference, refund, answer, () => this.giveBack(refund));
  }

  find({ reference, gatewayReference, amount }: KnownCharge): FindOutcome {
    const { nowMs } = this.world;
    const seen = this.charges.filter((charge) => charge.reference === reference && charge.findableAt <= nowMs);
    const charge =
      gatewayReference === null ? (seen.find(({ status }) => status === 'succeeded') ?? seen.at(-1)) : this.byId(gatewayReference);
    if (!charge) return { kind: 'not_found' };
    if (charge.amount !== amount.amount) return { kind: 'unknown', why: 'mismatch' };
    return standingOf(charge);
  }

  cancel(gatewayReference: string): CancelOutcome {
    const charge = this.byId(gatewayReference);
    if (!charge) return { kind: 'unknown', why: 'no such charge' };
    if (charge.status === 'succeeded') return { kind: 'charged', gatewayReference };
    if (charge.status !== 'canceled') {
      this.become(charge, 'canceled');
      this.perhapsSucceedsLate(charge);
    }
    return { kind: 'canceled' };
  }

  findRefund({ reference, chargeReference }: Refund): FindRefundOutcome {
    const refund = this.refunds.get(reference);
    if (refund?.chargeId === chargeReference) return { kind: 'refunded', gatewayReference: refund.id };
    return { kind: 'not_found' };
  }

  createCustomer(user: NewCustomer, answer: (outcome: CustomerOutcome) => void): void {
    this.once<CustomerOutcome>(this.customerKeys, user.reference, user, answer, () => {
      const customer = `cus_${this.customers.size + 1}`;
      this.customers.set(customer, user);
      this.world.note(() => `  gateway: ${customer} is ${user.userId}`);
      return { kind: 'created', customer };
    });
  }

  keepCard({ customer, paymentMethod }: CardToKeep): KeepCardOutcome {
    const used = this.usedCards.get(paymentMethod);
    if (!this.customers.has(customer)) this.complaints.push(`${paymentMethod} is to be kept for ${customer}, who does not exist`);
    if (!used) return this.keepUnused(paymentMethod, customer);
    if (used.customer !== null && used.customer !== customer) this.complaints.push(`${paymentMethod} is kept for two: ${customer} as well`);
    used.customer = customer;
    return { kind: 'kept', paymentMethod };
  }

  /** A card that was kept before anything began. */
  keptBefore(userId: string, card: Card): { customer: string; paymentMethod: string } {
    const customer = `cus_${this.customers.size + 1}`;
    this.customers.set(customer, { reference: customer, userId });
    const paymentMethod = `${card}_of_${userId}`;
    this.usedCards.set(paymentMethod, { card, customer });
    return { customer, paymentMethod };
  }

  /** What a person does in the gateway's own console. */
  giveBackByHand(chargeId: string, amount: number): void {
    const charge = this.byId(chargeId);
    if (charge) charge.amountRefunded = Math.min(charge.amount, charge.amountRefunded + amount);
  }

  /** What that console shows of a refund. */
  hasRefunded(reference: string): boolean {
    return this.refunds.has(reference);
  }

  /** The customer comes back from authenticating. */
  authenticate(charge: ChargeRow, well: boolean): void {
    if (charge.status === 'requires_action') this.become(charge, well ? 'succeeded' : 'requires_payment_method');
  }

  private byId(id: string): ChargeRow | undefined {
    return this.charges.find((charge) => charge.id === id);
  }

  /** Idempotency: the first request with a key is worked on, every later one is answered with the same for a day. */
  private once<Outcome extends { kind: string }>(
    keys: Map<string, KeyUse<Outcome>>,
    key: string,
    parameters: object,
    answer: (outcome: Outcome) => void,
    work: () => Outcome,
  ): void {
    const { world } = this;
    const { random, faults } = world;
    const asked = JSON.stringify(parameters);
    const known = keys.get(key);
    if (known && world.nowMs - known.at < KEY_TTL_MS) {
      if (known.asked !== asked) this.complaints.push(`${key} came again with other parameters: ${known.asked} and ${asked}`);
      return answer(known.asked === asked && known.outcome ? known.outcome : (IN_USE as unknown as Outcome));
    }
    const use: KeyUse<Outcome> = { at: world.nowMs, asked, outcome: null };
    keys.set(key, use);
    const [fails, failsLater] = [random.chance(faults.of('failsBefore')), random.chance(faults.of('failsAfter'))];
    world.after(random.magnitude(1, 500), () => {
      const outcome = fails ? null : work();
      use.outcome = outcome === null || failsLater ? (FAILED as unknown as Outcome) : outcome;
      if (random.chance(faults.of('fallsSilent'))) this.awayUntil = world.nowMs + random.magnitude(60_000, 30 * HOUR_MS);
      if (!this.isAway) answer(use.outcome);
    });
  }

  private make({ reference, amount, paymentMethod, customer, offSession }: Charge): ChargeOutcome {
    const { random, faults, nowMs } = this.world;
    const findableAt = random.chance(faults.of('notYetFound')) ? nowMs + random.magnitude(1_000, 120_000) : nowMs;
    const id = `pi_${this.charges.length + 1}`;
    const used = this.used(paymentMethod, id);
    const isToken = CARDS.includes(paymentMethod as Card);
    // A person who found a charge did not copy which card it was: the token stands for it.
    const isKept = customer !== undefined && (used.customer === customer || isToken || this.notToKeep.has(paymentMethod));
    if (offSession && !isKept) this.complaints.push(`${reference} charges ${paymentMethod}, which is not kept, while nobody is there`);
    const charge: ChargeRow = {
      id,
      reference,
      paymentMethod: used.id,
      amount: amount.amount,
      currency: amount.currency,
      status: 'requires_payment_method',
      amountRefunded: 0,
      findableAt,
      keepFor: customer ?? null,
    };
    this.charges.push(charge);
    const { card } = used;
    if (card === 'pm_charges' || (LATER.has(card) && (!offSession || (card === 'pm_is_empty_later' && random.chance(0.5))))) {
      this.become(charge, 'succeeded');
      return { kind: 'charged', gatewayReference: id, paymentMethod: used.id };
    }
    if (card === 'pm_declines' || card === 'pm_expires' || card === 'pm_is_empty_later') {
      this.become(charge, 'requires_payment_method');
      this.perhapsSucceedsLate(charge);
      return { kind: 'declined', problem: 'payment-declined', declineCode: card === 'pm_expires' ? 'expired_card' : 'insufficient_funds' };
    }
    this.become(charge, 'requires_action');
    if (card !== 'pm_never_authenticates') {
      this.world.after(random.magnitude(100, 4_000_000), () => this.authenticate(charge, card !== 'pm_fails_authentication'));
    }
    return { kind: 'requires_action', gatewayReference: id, url: `https://gateway.example/${id}` };
  }

  /** A token of which nothing was charged, as a trial begins with. */
  private keepUnused(paymentMethod: string, customer: string): KeepCardOutcome {
    const card = paymentMethod as Card;
    if (card === 'pm_declines' || !CARDS.includes(card)) {
      this.notToKeep.add(paymentMethod);
      return { kind: 'refused', problem: 'payment-declined', declineCode: 'card_declined' };
    }
    const id = `${card}_kept_${this.usedCards.size + 1}`;
    this.usedCards.set(id, { card, customer });
    return { kind: 'kept', paymentMethod: id };
  }

  /** A kept card keeps its id; a token has a new one with every charge. */
  private used(paymentMethod: string, chargeId: string): UsedCard & { id: string } {
    const known = this.usedCards.get(paymentMethod);
    if (known) return { ...known, id: paymentMethod };
    const card = paymentMethod as Card;
    if (!CARDS.includes(card)) this.complaints.push(`${paymentMethod} is no card`);
    const id = `${card}_${chargeId}`;
    const used: UsedCard = { card, customer: null };
    this.usedCards.set(id, used);
    return { ...used, id };
  }

  private giveBack({ reference, chargeReference, amount }: Refund): RefundOutcome {
    const charge = this.byId(chargeReference);
    if (charge?.status !== 'succeeded') return { kind: 'refused', why: 'no such charge' };
    const left = charge.amount - charge.amountRefunded;
    const byHand = charge.amountRefunded - this.givenBackBy(chargeReference);
    if (left === 0) return this.afterAll(reference, byHand >= amount.amount);
    if (amount.amount > left) {
      if (byHand === 0) this.complaints.push(`${reference} gives back ${amount.amount} of ${left} that are left`);
      return { kind: 'refused', why: 'that is more than is left' };
    }
    if (this.world.random.chance(this.world.faults.of('refundRefused'))) return { kind: 'refused', why: 'the charge is disputed' };
    const id = `re_${this.refunds.size + 1}`;
    this.refunds.set(reference, { id, reference, chargeId: charge.id, amount: amount.amount });
    charge.amountRefunded += amount.amount;
    this.world.note(() => `  gateway: ${id} gives ${charge.id} back`);
    return { kind: 'refunded', gatewayReference: id };
  }

  /** All was given back before: by this refund, by a person who gave back so much, or nobody knows for what. */
  private afterAll(reference: string, byHand: boolean): RefundOutcome {
    const id = this.refunds.get(reference)?.id ?? null;
    if (id === null && !byHand) return { kind: 'refused', why: 'all was given back before' };
    return { kind: 'refunded', gatewayReference: id };
  }

  private givenBackBy(chargeId: string): number {
    return [...this.refunds.values()].reduce((sum, refund) => sum + (refund.chargeId === chargeId ? refund.amount : 0), 0);
  }

  /** A gateway that contradicts itself. */
  private perhapsSucceedsLate(charge: ChargeRow): void {
    const { random, faults } = this.world;
    if (!random.chance(faults.of('succeedsLate'))) return;
    this.contradicted.add(charge.reference);
    this.world.after(random.magnitude(10, faults.lateMs), () => this.become(charge, 'succeeded'));
  }

  private become(charge: ChargeRow, status: ChargeRow['status']): void {
    charge.status = status;
    const card = this.usedCards.get(charge.paymentMethod);
    if (status === 'succeeded' && card && charge.keepFor !== null) card.customer = charge.keepFor;
    this.world.note(() => `  gateway: ${charge.id} of ${charge.reference} ${status}`);
    this.events += 1;
    this.tell({ id: `evt_${this.events}`, type: status, reference: charge.reference, gatewayReference: charge.id });
  }
}

function standingOf({ id, status, paymentMethod }: ChargeRow): FindOutcome {
  switch (status) {
    case 'succeeded':
      return { kind: 'charged', gatewayReference: id, paymentMethod };
    case 'requires_action':
      return { kind: 'requires_action', gatewayReference: id, url: `https://gateway.example/${id}` };
    case 'canceled':
      return { kind: 'canceled' };
    case 'requires_payment_method':
      return { kind: 'declined', problem: 'payment-declined', declineCode: 'card_declined' };
  }
}
