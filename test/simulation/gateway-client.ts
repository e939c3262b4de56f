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
import { KEY_TTL_MS } from './gateway.js';
import type { SimulatedProcess } from './process.js';

const THROTTLED = { why: 'rate_limited', detail: 'the gateway asks us to slow down' } as const;
const REFUSED = { why: 'unreachable', detail: 'connection refused' } as const;

interface Unknown {
  kind: 'unknown';
  why: string;
}

type Asked = ChargeOutcome | FindOutcome | CancelOutcome | RefundOutcome | FindRefundOutcome | CustomerOutcome | KeepCardOutcome;

/** The gateway as one process sees it: calls may be lost, late, or answered to nobody. */
export class GatewayClient extends PaymentGateway {
  readonly name = 'simulated';
  readonly abilities = { idempotency: { ttlMs: KEY_TTL_MS } };

  constructor(private readonly process: SimulatedProcess) {
    super();
  }

  charge(charge: Charge, signal: AbortSignal): Promise<ChargeOutcome> {
    const notCharged = (why: typeof THROTTLED | typeof REFUSED): ChargeOutcome => ({ kind: 'not_charged', ...why });
    return this.ask(`charge ${charge.reference}`, signal, notCharged, (answer) => this.process.gatewayServer.charge(charge, answer));
  }

  refund(refund: Refund, signal: AbortSignal): Promise<RefundOutcome> {
    const notRefunded = (why: typeof THROTTLED | typeof REFUSED): RefundOutcome => ({ kind: 'not_refunded', ...why });
    return this.ask(`refund ${refund.reference}`, signal, notRefunded, (answer) => this.process.gatewayServer.refund(refund, answer));
  }

  find(charge: KnownCharge, signal: AbortSignal): Promise<FindOutcome> {
    const { gatewayServer } = this.process;
    return this.ask<FindOutcome>(`find ${charge.reference}`, signal, doubt, (answer) => answer(gatewayServer.find(charge)));
  }

  findRefund(refund: Refund, signal: AbortSignal): Promise<FindRefundOutcome> {
    const { gatewayServer } = this.process;
    return this.ask<FindRefundOutcome>(`find refund ${refund.reference}`, signal, doubt, (answer) =>
      answer(gatewayServer.findRefund(refund)),
    );
  }

  cancel(gatewayReference: string, signal: AbortSignal): Promise<CancelOutcome> {
    const { gatewayServer } = this.process;
    return this.ask<CancelOutcome>(`cancel ${gatewayReference}`, signal, doubt, (answer) => answer(gatewayServer.cancel(gatewayReference)));
  }

  createCustomer(user: NewCustomer, signal: AbortSignal): Promise<CustomerOutcome> {
    const { gatewayServer } = this.process;
    return this.ask<CustomerOutcome>(`customer ${user.reference}`, signal, doubt, (answer) => gatewayServer.createCustomer(user, answer));
  }

  keepCard(card: CardToKeep, signal: AbortSignal): Promise<KeepCardOutcome> {
    const { gatewayServer } = this.process;
    return this.ask<KeepCardOutcome>(`keep ${card.paymentMethod}`, signal, doubt, (answer) => answer(gatewayServer.keepCard(card)));
  }

  readEvent(): GatewayEvent {
    throw new Error('events are handed over as they are');
  }

  override close(): void {}

  /** One request and its answer. `notDone` says of one that is proven not to have been looked at what is known of it. */
  private ask<Outcome extends Asked>(
    what: string,
    signal: AbortSignal,
    notDone: (why: typeof THROTTLED | typeof REFUSED) => Outcome | Unknown,
    serve: (answer: (outcome: Outcome) => void) => void,
  ): Promise<Outcome | Unknown> {
    const { process } = this;
    const { world, gatewayServer } = process;
    const { random, faults } = world;
    if (!process.alive) return new Promise(() => undefined);
    if (random.chance(faults.of('crashBefore'))) return process.crash(`before ${what}`);
    if (random.chance(faults.of('adapterThrows'))) return Promise.reject(new Error('the adapter has a defect'));
    const hangs = random.chance(faults.of('adapterHangs'));
    const refused = gatewayServer.isAway || random.chance(faults.of('refusedConnection'));
    const throttled = random.chance(faults.of('throttled'));
    const lost = random.chance(faults.of('requestLost'));
    const late = random.chance(faults.of('requestLate')) ? random.magnitude(100, faults.lateMs) : 0;
    const answerLost = random.chance(faults.of('answerLost'));
    const crash = random.chance(faults.of('crashAfter'));
    const pauseMs = random.chance(faults.of('pauseOnAnswer')) ? random.magnitude(1_000, faults.pauseMs) : 0;
    const slow = random.chance(faults.of('answerLate')) ? random.magnitude(100, 20_000) : 0;
    const [there, back] = [random.magnitude(1, 50) + late, random.magnitude(1, 50) + slow];
    return new Promise((resolve) => {
      let over = false;
      const heard = (outcome: Outcome | Unknown) => {
        if (over) return;
        over = true;
        world.note(() => `${process.name} ${what} → ${outcome.kind}`);
        resolve(outcome);
      };
      const answered = (outcome: Outcome | Unknown) => {
        if (crash) void process.crash(`after ${what}`);
        if (pauseMs > 0) process.pause(pauseMs);
        if (!answerLost && !hangs) world.after(back, () => heard(outcome), process);
      };
      world.note(() => `${process.name} ${what}${late > 0 ? ', late' : ''}${lost ? ', lost' : ''}`);
      if (!hangs) signal.addEventListener('abort', () => heard({ kind: 'unknown', why: 'no answer in time' }), { once: true });
      if (refused) world.after(there - late, () => answered(notDone(REFUSED)), process);
      else if (!lost) world.after(there, () => (throttled ? answered(notDone(THROTTLED)) : serve(answered)));
    });
  }
}

function doubt({ detail }: { detail: string }): Unknown {
  return { kind: 'unknown', why: detail };
}
