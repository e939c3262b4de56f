import { ACTIONS } from '../../src/operations/actions.js';
import type { Operation } from '../../src/operations/operation.entity.js';
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

  come(count: number): void {
    const { random, faults } = this.world;
    for (let n = 0; n < count; n += 1) this.world.after(random.between(0, faults.spanMs), () => this.act());
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
    if (!operation || ACTIONS.resolve(operation.status) !== null) return;
    const charge = this.gateway.chargeOf(operation.reference.replace(/^rf_/, 'cf_'));
    if (operation.kind === 'refund' && charge) this.gateway.giveBackByHand(charge.id);
    const outcome = operation.kind !== 'refund' && charge?.status === 'succeeded' ? 'charged' : 'not_charged';
    // An admin need not copy the id.
    const gatewayReference = outcome === 'charged' && this.world.random.chance(0.7) ? charge?.id : undefined;
    this.inside((process) => {
      this.world.note(() => `a person resolves ${operation.kind} ${id}: ${outcome}`);
      void process.runner.resolve(this.store, operation, 'admin', { outcome, gatewayReference }).catch(() => undefined);
    });
  }

  private inside(work: (process: SimulatedProcess) => void): void {
    const process = this.aProcess();
    if (process) this.world.after(0, () => work(process), process);
  }

  private open(): Operation[] {
    return [...this.store.state.operations.values()].filter((operation) => operation.isOpen);
  }
}
