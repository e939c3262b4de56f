import { ACTIONS } from '../../src/operations/actions.js';
import type { RefundWish } from '../../src/operations/store/operation-store.js';
import type { Operation } from '../../src/operations/operation.entity.js';
import { notRefundable } from '../../src/operations/kinds/refund.js';
import type { PersonalFinding } from '../../src/operations/runner.js';
import type { GatewayServer } from './gateway.js';
import type { SimulatedProcess } from './process.js';
import type { SimulatedStore } from './store.js';
import type { World } from './world.js';

/** Customers who come back to their operation, and those who look after what no program can decide. */
export class People {
  constructor(
    private readonly world: World,
    private readonly store: SimulatedStore,
    private readonly gateway: GatewayServer,
    private readonly aProcess: () => SimulatedProcess | null,
  ) {}

  /** Refunds that were decided not to be. */
  readonly givenUp = new Set<string>();
  private readonly byHand = new Set<string>();
  private refunds = 0;

  come(count: number): void {
    const { random, faults } = this.world;
    for (let n = 0; n < count; n += 1) this.world.after(random.between(0, faults.spanMs), () => this.act());
  }

  /** Plans `count` refunds within the time in which things go wrong. */
  giveBack(count: number): void {
    const { random, faults } = this.world;
    for (let n = 0; n < count; n += 1) this.world.after(random.between(0, faults.spanMs), () => this.refund());
  }

  /** Ends, by what the gateway's console shows, all that waits for a person. True where there was anything. */
  review(): boolean {
    const waiting = this.open().filter(({ status }) => status === 'needs_review');
    for (const operation of waiting) {
      if (this.world.random.chance(0.3)) this.recover(operation);
      this.world.after(60_000, () => this.resolve(operation.id));
    }
    return waiting.length > 0;
  }

  private act(): void {
    const { random } = this.world;
    const open = this.open();
    if (open.length === 0) return;
    const operation = random.pick(open);
    const what = random.next();
    if (what < 0.35) this.recover(operation);
    else if (what < 0.6) this.resolve(operation.id);
    else if (operation.status === 'requires_action') this.cameBack(operation, what < 0.8);
  }

  /** An admin has the gateway asked. */
  private recover(operation: Operation): void {
    this.inside((process) => void process.runner.takeOver(operation, 'admin').catch(() => undefined));
  }

  /** The customer says that it is authenticated, or gives up. */
  private cameBack(operation: Operation, gaveUp: boolean): void {
    this.inside((process) => void process.runner.takeOver(operation, 'customer', { cancel: gaveUp }).catch(() => undefined));
  }

  /** By what the gateway shows at this moment. A refund that it refuses is made by hand first. */
  private resolve(id: string): void {
    const operation = this.store.state.operations.get(id);
    if (!operation || ACTIONS.resolve(operation) !== null) return;
    if (operation.kind === 'refund') return this.resolveRefund(operation);
    const charge = this.gateway.chargeOf(operation.reference);
    const outcome = charge?.status === 'succeeded' ? 'charged' : 'not_charged';
    // An admin need not copy the id.
    const gatewayReference = outcome === 'charged' && this.world.random.chance(0.7) ? charge?.id : undefined;
    this.rule(operation, { outcome, gatewayReference });
  }

  /**
   * One that the gateway shows is done. One that is not tried any more is made by hand, once, or not at all: that a charge stays nobody decides whose
   * operation ended without it.
   */
  private resolveRefund(refund: Operation): void {
    const paid = this.store.state.operations.get(refund.refundsOperationId ?? '') as Operation;
    if (!this.gateway.hasRefunded(refund.reference) && !this.byHand.has(refund.id)) {
      if (refund.status !== 'needs_review') return;
      const late = refund.reference === paid.reference.replace(/^cf_/, 'rf_');
      if (!late && this.world.random.chance(0.3)) this.givenUp.add(refund.id);
      if (this.givenUp.has(refund.id)) return this.rule(refund, { outcome: 'charged' });
      this.byHand.add(refund.id);
      this.gateway.giveBackByHand(this.gateway.chargeOf(paid.reference)?.id ?? '', refund.amount);
    }
    this.rule(refund, { outcome: 'not_charged' });
  }

  private rule(operation: Operation, finding: PersonalFinding): void {
    this.inside((process) => {
      this.world.note(() => `a person resolves ${operation.kind} ${operation.id}: ${finding.outcome}`);
      void process.runner.resolve(this.store, operation, 'admin', finding).catch(() => undefined);
    });
  }

  /** Admins who give back what was paid: in part or all, once or several at once, some of them with the same key. */
  private refund(): void {
    const { random } = this.world;
    const payments = [...this.store.state.operations.values()].filter((operation) => notRefundable(operation) === null);
    if (payments.length === 0) return;
    const { id: operationId, amount } = random.pick(payments);
    for (let n = random.pick([1, 1, 2, 3]); n > 0; n -= 1) {
      if (random.chance(0.8)) this.refunds += 1;
      const serial = this.refunds.toString(16).padStart(12, '0');
      const wish = {
        operationId,
        refundId: `00000000-0000-7000-a000-${serial}`,
        reference: `rf_${serial}`,
        to: random.pick(['card', 'card', 'credit'] as const),
        amount: random.pick([null, random.whole(1, Math.max(1, amount)), Math.ceil(amount / 2)]),
      };
      this.world.after(random.magnitude(1, 1_000), () => this.inside((process) => void give(process, wish).catch(() => undefined)));
    }
  }

  private inside(work: (process: SimulatedProcess) => void): void {
    const process = this.aProcess();
    if (process) this.world.after(0, () => work(process), process);
  }

  private open(): Operation[] {
    return [...this.store.state.operations.values()].filter((operation) => operation.isOpen);
  }
}

/** As the route does it: recorded, then driven. */
async function give({ store, runner, world, name }: SimulatedProcess, wish: RefundWish): Promise<void> {
  world.note(() => `${name} is asked to give back ${wish.amount ?? 'all'} of ${wish.operationId} to ${wish.to}`);
  const refunding = await store.refund(wish);
  if (refunding?.kind === 'recorded' && refunding.refund.isOpen) await runner.takeOver(refunding.refund, 'admin');
}
