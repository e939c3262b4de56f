import type {
  CancelOutcome,
  Charge,
  ChargeOutcome,
  FindOutcome,
  FindRefundOutcome,
  GatewayEvent,
  KnownCharge,
  Refund,
  RefundOutcome,
} from '../../src/gateways/payment-gateway.js';
import type { ChargeFact } from '../kit/invariants.js';
import type { World } from './world.js';

const HOUR_MS = 3_600_000;
/** As Stripe: what is asked again after this is a new request. */
export const KEY_TTL_MS = 24 * HOUR_MS;

/** What happens with a payment method. */
export const CARDS = ['pm_charges', 'pm_declines', 'pm_authenticates', 'pm_never_authenticates', 'pm_fails_authentication'] as const;
export type Card = (typeof CARDS)[number];

interface ChargeRow {
  id: string;
  reference: string;
  amount: number;
  currency: string;
  status: 'succeeded' | 'requires_action' | 'requires_payment_method' | 'canceled';
  amountRefunded: number;
  /** From when on it is found by its reference. */
  findableAt: number;
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
  private readonly refunds = new Map<string, { id: string; reference: string; chargeId: string }>();
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

  /** What a person does in the gateway's own console. */
  giveBackByHand(chargeId: string): void {
    const charge = this.byId(chargeId);
    if (charge) charge.amountRefunded = charge.amount;
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

  private make({ reference, amount, paymentMethod }: Charge): ChargeOutcome {
    const { random, faults, nowMs } = this.world;
    const findableAt = random.chance(faults.of('notYetFound')) ? nowMs + random.magnitude(1_000, 120_000) : nowMs;
    const id = `pi_${this.charges.length + 1}`;
    const charge: ChargeRow = {
      id,
      reference,
      amount: amount.amount,
      currency: amount.currency,
      status: 'requires_payment_method',
      amountRefunded: 0,
      findableAt,
    };
    this.charges.push(charge);
    const card = paymentMethod as Card;
    if (card === 'pm_charges') {
      this.become(charge, 'succeeded');
      return { kind: 'charged', gatewayReference: id };
    }
    if (card === 'pm_declines') {
      this.become(charge, 'requires_payment_method');
      this.perhapsSucceedsLate(charge);
      return { kind: 'declined', problem: 'payment-declined', declineCode: 'insufficient_funds' };
    }
    this.become(charge, 'requires_action');
    if (card !== 'pm_never_authenticates') {
      this.world.after(random.magnitude(100, 4_000_000), () => this.authenticate(charge, card === 'pm_authenticates'));
    }
    return { kind: 'requires_action', gatewayReference: id, url: `https://gateway.example/${id}` };
  }

  private giveBack({ reference, chargeReference, amount }: Refund): RefundOutcome {
    const charge = this.byId(chargeReference);
    if (charge?.status !== 'succeeded') return { kind: 'refused', why: 'no such charge' };
    if (charge.amountRefunded >= charge.amount) return { kind: 'refunded', gatewayReference: this.refunds.get(reference)?.id ?? null };
    if (amount.amount !== charge.amount) this.complaints.push(`${reference} gives back ${amount.amount} of ${charge.amount}`);
    if (this.world.random.chance(this.world.faults.of('refundRefused'))) return { kind: 'refused', why: 'the charge is disputed' };
    const id = `re_${this.refunds.size + 1}`;
    this.refunds.set(reference, { id, reference, chargeId: charge.id });
    charge.amountRefunded += amount.amount;
    this.world.note(() => `  gateway: ${id} gives ${charge.id} back`);
    return { kind: 'refunded', gatewayReference: id };
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
    this.world.note(() => `  gateway: ${charge.id} of ${charge.reference} ${status}`);
    this.events += 1;
    this.tell({ id: `evt_${this.events}`, type: status, reference: charge.reference, gatewayReference: charge.id });
  }
}

function standingOf({ id, status }: ChargeRow): FindOutcome {
  switch (status) {
    case 'succeeded':
      return { kind: 'charged', gatewayReference: id };
    case 'requires_action':
      return { kind: 'requires_action', gatewayReference: id, url: `https://gateway.example/${id}` };
    case 'canceled':
      return { kind: 'canceled' };
    case 'requires_payment_method':
      return { kind: 'declined', problem: 'payment-declined', declineCode: 'card_declined' };
  }
}
