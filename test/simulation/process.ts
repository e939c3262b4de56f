import type { Logger } from 'pino';
import type { PaymentGateway } from '../../src/gateways/payment-gateway.js';
import type { Leases } from '../../src/leases/leases.js';
import type { Clock } from '../../src/platform/clock.js';
import type { Metrics } from '../../src/platform/telemetry/metrics.js';
import type { AuditedRecord } from '../../src/operations/audited-record.js';
import { Decisions } from '../../src/operations/decisions.js';
import { GatewayCaller } from '../../src/operations/gateway-caller.js';
import { GatewayInbox } from '../../src/operations/gateway-inbox.js';
import { Meeting } from '../../src/operations/meeting.js';
import type { OperationStore } from '../../src/operations/store/operation-store.js';
import { SharedStatements, type SharingLimits } from '../../src/operations/store/shared-statements.js';
import { Operations } from '../../src/operations/operations.js';
import type { Quotes } from '../../src/operations/quotes.js';
import { Recovery } from '../../src/operations/recovery.js';
import { Renewals } from '../../src/operations/due/renewals.js';
import { Runner } from '../../src/operations/runner.js';
import { SavedCards } from '../../src/operations/cards/saved-cards.js';
import { OperationWatch } from '../../src/operations/watch.js';
import type { DunningPolicy } from '../../src/subscriptions/dunning.js';
import type { Plan } from '../../src/subscriptions/plan.entity.js';
import { Plans } from '../../src/subscriptions/plans.js';
import { CardClient, SimulatedCards } from './card-store.js';
import { ProcessClock, LoopClock, WatchClock } from './clock.js';
import { GatewayClient } from './gateway-client.js';
import type { GatewayServer } from './gateway.js';
import type { Happening } from './heap.js';
import { SimulatedLeases, type LeaseServer } from './leases.js';
import type { SimulatedStore } from './store.js';
import { StoreClient } from './store-client.js';
import type { World } from './world.js';

/** Nobody in the simulation asks what a plan would cost, or acts in a user's stead. */
const NO_QUOTES = {} as Quotes;
const NO_ACTS = {} as AuditedRecord;
/** So seldom that a gateway that is away for a day is not asked thousands of times. */
const CARDS_EVERY_MS = 60_000;

/** What all processes share. */
export interface Surroundings {
  world: World;
  store: SimulatedStore;
  /** When the next row or event is due, in the world's time. */
  dueAt: () => number;
  /** When the next subscription is due; Infinity once time asks for nothing more. */
  renewalDueAt: () => number;
  /** When there is a card to keep. */
  cardDueAt: () => number;
  dunning: DunningPolicy;
  keyRetentionHours: number;
  sharing: SharingLimits;
  gatewayServer: GatewayServer;
  leaseServer: LeaseServer;
  gatewayTimeoutMs: number;
  crashed: (process: SimulatedProcess) => void;
  /** Told of what no statement may do. */
  broke: (what: string) => void;
  /** Put around the ports of a process, to break one. */
  around?: Around | undefined;
}

export interface Around {
  /** What sets are sent to. */
  store?: (store: OperationStore) => OperationStore;
  gateway?: (gateway: PaymentGateway) => PaymentGateway;
  leases?: () => Leases;
  /** What time asks of. */
  operations?: (operations: Operations) => Operations;
}

export interface Timer {
  stop(): void;
}

/** One process of the service: the real operations over simulated ports. */
export class SimulatedProcess {
  alive = true;
  pausedUntil = 0;
  aheadMs = 0;
  readonly operations: Operations;
  readonly cards: SavedCards;
  readonly runner: Runner;
  readonly inbox: GatewayInbox;
  readonly store: OperationStore;
  private readonly timers = new Map<{ run: () => void }, Happening>();

  constructor(
    readonly name: string,
    private readonly around: Surroundings,
  ) {
    const { world, store: database, dueAt, keyRetentionHours } = around;
    const clock = new ProcessClock(this);
    const watching = new WatchClock(this, () => database.state.changes);
    const client = new StoreClient(this, database, () => watching.lookAgain());
    const store = new SharedStatements(around.around?.store?.(client) ?? client, around.sharing, clock);
    const gateway = around.around?.gateway?.(new GatewayClient(this)) ?? new GatewayClient(this);
    const leases = around.around?.leases?.() ?? new SimulatedLeases(this);
    const log = logOf(this);
    const metrics = UNCOUNTED;
    const watch = new OperationWatch(store, watching);
    const caller = new GatewayCaller({ gateway, clock, metrics, log, gatewayTimeoutMs: around.gatewayTimeoutMs });
    this.store = store;
    this.runner = new Runner({ store, caller, leases, clock, watch, metrics, log });
    const meeting = new Meeting(store, this.runner, watch, clock, metrics);
    const plans = new SimulatedPlans(this, clock);
    const returnUrl = `https://${name}.example/return`;
    const cardStore = new CardClient(client, new SimulatedCards(database));
    const { gatewayTimeoutMs } = around;
    const cardClock = new LoopClock(this, around.cardDueAt, CARDS_EVERY_MS);
    this.cards = new SavedCards({
      store: cardStore,
      gateway,
      clock: cardClock,
      metrics,
      log,
      gatewayTimeoutMs,
      intervalMs: CARDS_EVERY_MS,
    });
    this.operations = new Operations({
      store,
      leases,
      decisions: new Decisions({ plans, quotes: NO_QUOTES, gateway: gateway.name, returnUrl, dunning: around.dunning }),
      runner: this.runner,
      meeting,
      cards: this.cards,
      clock,
      metrics,
      audited: NO_ACTS,
    });
    this.inbox = new GatewayInbox({ store, caller, runner: this.runner, metrics, log });
    const recoveryClock = new LoopClock(this, dueAt);
    const parts = { store, runner: this.runner, inbox: this.inbox, clock: recoveryClock, log, intervalMs: 1_000, keyRetentionHours };
    new Recovery(parts).start();
    const renewalClock = new LoopClock(this, around.renewalDueAt);
    const operations = around.around?.operations?.(this.operations) ?? this.operations;
    new Renewals({ store, operations, clock: renewalClock, metrics, log, intervalMs: 1_000 }).start();
    this.cards.start();
    world.note(() => `${name} starts`);
  }

  get world(): World {
    return this.around.world;
  }

  get gatewayServer(): GatewayServer {
    return this.around.gatewayServer;
  }

  get leaseServer(): LeaseServer {
    return this.around.leaseServer;
  }

  get database(): SimulatedStore {
    return this.around.store;
  }

  broke(what: string): void {
    this.around.broke(what);
  }

  /** Dead from this moment: no promise of it ever resolves, nothing it was about to do is done. What it sent is on its way. */
  crash(where: string): Promise<never> {
    if (this.alive) {
      this.alive = false;
      this.world.note(() => `${this.name} crashes ${where}`);
      this.around.crashed(this);
    }
    return new Promise(() => undefined);
  }

  /** Nothing of it runs for a while, then all of it goes on as if nothing had been. */
  pause(ms: number): void {
    this.pausedUntil = Math.max(this.pausedUntil, this.world.nowMs + ms);
    this.world.note(() => `${this.name} is paused for ${Math.round(ms)} ms`);
  }

  /** Its monotonic clock runs ahead; whatever waits for it comes that much sooner. */
  jump(ms: number): void {
    this.aheadMs += ms;
    this.world.note(() => `the clock of ${this.name} jumps by ${Math.round(ms)} ms`);
    for (const [timer, happening] of this.timers) this.timers.set(timer, this.world.move(happening, happening.at - ms));
  }

  timer(ms: number, run: () => void, background = false): Timer {
    const timer = { run };
    const fire = () => {
      this.timers.delete(timer);
      run();
    };
    this.timers.set(timer, this.world.after(ms, fire, this, background));
    return {
      stop: () => {
        const happening = this.timers.get(timer);
        if (happening) this.world.cancel(happening);
        this.timers.delete(timer);
      },
    };
  }
}

/** The catalogue as a process knows it, by its own clock. */
class SimulatedPlans extends Plans {
  private known: { at: number; plans: Map<string, Plan> } | null = null;

  constructor(
    private readonly process: SimulatedProcess,
    private readonly clock: Clock,
  ) {
    super(null as never);
  }

  override async find(id: string): Promise<Plan | null> {
    const now = this.clock.monotonicMs();
    const fresh = this.known !== null && now - this.known.at < 1_000;
    const known = fresh ? this.known?.plans.get(id) : undefined;
    if (known) return known;
    const plans = new Map((await this.all()).map((plan) => [plan.id, plan]));
    this.known = { at: now, plans };
    return plans.get(id) ?? null;
  }

  override forget(): void {
    this.known = null;
  }

  override all(): Promise<Plan[]> {
    const { world, database } = this.process;
    return new Promise((resolve) => {
      world.after(world.random.between(0.2, 2), () => {
        const plans = [...database.state.plans.values()].map(
          (plan) => Object.assign(Object.create(Object.getPrototypeOf(plan) as object), plan) as Plan,
        );
        world.after(1, () => resolve(plans), this.process);
      });
    });
  }
}

function logOf(process: SimulatedProcess): Logger {
  const say = (facts: { err?: Error }, text: string) =>
    process.world.note(() => `${process.name} logs: ${text}${facts.err === undefined ? '' : ` (${String(facts.err)})`}`);
  return { error: say, warn: say, info: () => undefined } as unknown as Logger;
}

/** Metrics are not what is looked at here, and counting them would take more time than all else. */
const UNCOUNTED = new Proxy({}, { get: () => ({ inc: nothing, set: nothing, observe: nothing }) }) as Metrics;

function nothing(): void {}
