import type { SharingLimits } from '../../src/operations/store/shared-statements.js';
import { Plan } from '../../src/subscriptions/plan.entity.js';
import type { DunningPolicy } from '../../src/subscriptions/dunning.js';
import { brokenInvariants, type Facts } from '../kit/invariants.js';
import { renewalsAgree, type RenewalFacts } from '../kit/renewal-invariants.js';
import { Customers } from './customers.js';
import { DueTimes } from './due.js';
import { Faults } from './faults.js';
import { GatewayServer } from './gateway.js';
import { LeaseServer } from './leases.js';
import { Members } from './members.js';
import { People } from './people.js';
import { SimulatedProcess, type Around } from './process.js';
import { Random } from './random.js';
import { SimulatedStore } from './store.js';
import type { StoreGuards } from './store-settle.js';
import { Webhooks } from './webhooks.js';
import { World } from './world.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** As the service has it by default. */
const SCHEDULE_MS = [10_000, 30_000, 120_000, 600_000, HOUR_MS, 6 * HOUR_MS, DAY_MS];
const EPOCH_MS = Date.UTC(2030, 0, 15);
/** When what was declined is tried again. */
const DUNNING_MS = [[], [30_000, 120_000], [DAY_MS, 3 * DAY_MS, 5 * DAY_MS, 7 * DAY_MS]];
/** As the service has it, and narrower, so that few people meet all that many do. */
const SHARING: readonly SharingLimits[] = [
  { maxUnderWay: 2, enough: 16, maxItems: 64, busyAt: 2 },
  { maxUnderWay: 1, enough: 1, maxItems: 64, busyAt: 1 },
  { maxUnderWay: 2, enough: 2, maxItems: 3, busyAt: 2 },
];
const USERS = ['ann', 'bob', 'cem', 'dee', 'eva', 'fay', 'gus', 'hal'];
/** A part of the seeds, for those with many users take longer. */
const A_RUSH = 0.15;
/** Nobody waits for a lock for longer. */
const LONGEST_LOCK_MS = 5_000;
/** Until a person is asked, and what a person may take. */
const OPEN_AT_MOST_MS = DAY_MS + 3 * HOUR_MS;
/** A person may have to look again at what a person's look began. */
const MAX_REVIEWS = 12;

export interface Broken {
  guards?: Partial<StoreGuards>;
  around?: Around;
}

export interface SeedOptions {
  traced?: boolean;
  /** A part that is broken on purpose, to see that it is noticed. */
  broken?: Broken;
}

/** One seed: a few users, processes and plans, and all that goes wrong between them. It follows from its number alone. */
export class Seed {
  readonly world: World;
  readonly store: SimulatedStore;
  readonly gateway: GatewayServer;
  readonly customers: Customers;
  private readonly leases: LeaseServer;
  private readonly people: People;
  private readonly processes: SimulatedProcess[] = [];
  private readonly around: Around | undefined;
  private readonly gatewayTimeoutMs: number;
  private readonly broke: string[] = [];
  private databaseAheadMs = 0;
  private readonly due: DueTimes;
  private readonly dunning: DunningPolicy;
  private readonly sharing: SharingLimits;
  private ids = 0;
  private reviews = 0;
  private phase: 'faults' | 'rest' | 'over' = 'faults';

  constructor(
    readonly number: number,
    { traced = false, broken = {} }: SeedOptions = {},
  ) {
    const random = new Random(number);
    const faults = new Faults(random);
    this.world = new World(random, faults, traced);
    this.around = broken.around;
    this.gatewayTimeoutMs = random.pick([1_000, 5_000, 20_000]);
    this.store = new SimulatedStore({
      nowMs: () => EPOCH_MS + this.world.nowMs + this.databaseAheadMs,
      newId: () => this.newId(),
      scheduleMs: SCHEDULE_MS,
      againMs: 3 * this.gatewayTimeoutMs,
      guards: broken.guards ?? {},
    });
    this.due = new DueTimes(this.store.state, () => EPOCH_MS + this.databaseAheadMs, faults.spanMs);
    this.dunning = { scheduleMs: random.pick(DUNNING_MS), end: random.pick(['cancel', 'pause']) };
    this.sharing = random.pick(SHARING);
    const aProcess = () => this.aProcess();
    const webhooks = new Webhooks(this.world, aProcess);
    this.gateway = new GatewayServer(this.world, (event) => webhooks.tell(event));
    this.leases = new LeaseServer(random.pick([1_000, 5_000]), () => this.world.nowMs);
    this.people = new People(this.world, this.store, this.gateway, aProcess);
    const plans = this.sell();
    const rushes = random.chance(A_RUSH);
    const users = USERS.slice(0, rushes ? random.whole(5, USERS.length) : random.whole(1, 4));
    const standing = (userId: string) => this.store.state.liveOf(userId)?.status ?? null;
    this.customers = new Customers(this.world, users, plans, aProcess, standing);
    const members = new Members(this.world, this.store, this.gateway, () => this.newId());
    for (const userId of users) if (random.chance(0.3)) members.join(userId, this.customers.crowdAt, this.dunning.scheduleMs.length > 0);
    for (let n = random.whole(1, 3); n > 0; n -= 1) this.start();
    for (const userId of users) this.credit(userId);
    if (rushes) this.rush();
    this.customers.come(faults.lastMonths ? random.whole(8, 25) : random.whole(3, 10));
    this.people.come(faults.lastMonths ? random.whole(10, 30) : random.whole(0, 4));
    this.people.giveBack(random.pick([0, 1, 3]));
    this.disturb();
    this.world.after(faults.spanMs, () => this.calm());
  }

  /** Lets the next thing happen. False when the seed is over. */
  step(): boolean {
    if (this.phase === 'over') return false;
    if (this.world.step()) return true;
    if (this.reviews < MAX_REVIEWS && this.people.review()) {
      this.reviews += 1;
      return true;
    }
    this.phase = 'over';
    return false;
  }

  /** Everything that does not hold at the end. */
  broken(): string[] {
    const kept = [...this.leases.kept].filter(({ holder }) => holder.alive);
    const events = [...this.store.state.events.values()].filter(({ nextAttemptAt }) => nextAttemptAt !== null);
    return [
      ...brokenInvariants(this.facts(), this.customers.heard, { openMs: 0 }),
      ...renewalsAgree({ ...this.facts(), ...this.renewals() }),
      ...this.broke,
      ...this.due.overdue(),
      ...this.stillOpen(),
      ...this.ownFault(),
      ...kept.map(({ key }) => `I8 the lease of ${key} is kept and nobody is at work`),
      ...events.map(({ event }) => `I7 event ${event.id} is still to be acted on`),
      ...this.gateway.complaints.map((complaint) => `the gateway complains: ${complaint}`),
    ];
  }

  private facts(): Facts {
    const { state } = this.store;
    const nowMs = EPOCH_MS + this.world.nowMs + this.databaseAheadMs;
    return {
      operations: [...state.operations.values()].map((operation) => ({ ...operation, ageMs: nowMs - operation.createdAt.getTime() })),
      charges: this.gateway.facts(),
      plans: [...state.plans.values()].map(({ id, capacity, seatsHeld, seatsTaken }) => ({
        id,
        capacity,
        held: seatsHeld,
        taken: seatsTaken,
      })),
      subscriptions: [...state.subscriptions.values()].map(({ userId, planId, seated, status }) => {
        return { userId, planId, seated, live: status !== 'canceled' };
      }),
      accounts: [...state.accounts.values()],
      entries: state.entries,
      idleInTransaction: 0,
    };
  }

  /** A gateway may contradict itself and a person may be wrong. That a customer is charged for what we called off ourselves has no excuse. */
  private ownFault(): string[] {
    return [...this.store.state.operations.values()].flatMap(({ id, status, reference, timeline }) => {
      const late = timeline.some(({ type }) => type === 'late_money');
      const calledOff = timeline.some(({ type, data }) => type === 'resolved' && data['outcome'] === 'not_charged');
      return late && !calledOff && !this.gateway.contradicted.has(reference) ? [`I3 ${id} was called ${status}, and charged by us`] : [];
    });
  }

  /** At the end persons have decided and customers have been canceled: nothing at all may be open, and nothing was for long. */
  private stillOpen(): string[] {
    return [...this.store.state.operations.values()].flatMap(({ id, isOpen: open, status, kind, createdAt, settledAt }) => {
      if (open) return [`I7 ${kind} ${id} is ${status} for ever`];
      // Nobody here decides that a customer stays charged for nothing.
      if (kind === 'refund' && status !== 'succeeded' && !this.people.givenUp.has(id))
        return [`I3 refund ${id} is ${status} and its charge stays`];
      const openMs = (settledAt?.getTime() ?? 0) - createdAt.getTime() - this.databaseAheadMs - this.world.faults.spanMs;
      return openMs > OPEN_AT_MOST_MS ? [`I7 ${kind} ${id} was open for ${Math.round(openMs / HOUR_MS)} h beyond the faults`] : [];
    });
  }

  private renewals(): Pick<RenewalFacts, 'operations' | 'subscriptions' | 'schedule'> {
    const { operations, subscriptions } = this.store.state;
    return { operations: [...operations.values()], subscriptions: [...subscriptions.values()], schedule: this.dunning.scheduleMs.length };
  }

  private newId(): string {
    return `00000000-0000-7000-8000-${(this.ids += 1).toString(16).padStart(12, '0')}`;
  }

  private start(): void {
    const { world } = this;
    this.processes.push(
      new SimulatedProcess(`p${this.processes.length + 1}`, {
        world,
        store: this.store,
        dueAt: () => this.due.ofRecovery(),
        renewalDueAt: () => this.due.ofRenewals(),
        cardDueAt: () => this.due.ofCards(),
        dunning: this.dunning,
        // Whoever comes back after months comes back to what became of it.
        keyRetentionHours: world.faults.lastMonths ? 10_000 : 72,
        sharing: this.sharing,
        gatewayServer: this.gateway,
        leaseServer: this.leases,
        gatewayTimeoutMs: this.gatewayTimeoutMs,
        crashed: () => this.restart(),
        broke: (what) => this.broke.push(what),
        around: this.around,
      }),
    );
  }

  /** Whoever looks after the processes starts another one after a while. */
  private restart(): void {
    this.world.after(this.world.faults.are ? this.world.random.magnitude(50, 60_000) : 0, () => this.start());
  }

  private aProcess(): SimulatedProcess | null {
    const alive = this.processes.filter((process) => process.alive);
    return alive.length === 0 ? null : this.world.random.pick(alive);
  }

  private sell(): string[] {
    const { random } = this.world;
    const plans = [
      { id: 'basic', priceAmount: 900, capacity: random.pick([null, 1, 2]) },
      { id: 'pro', priceAmount: 1_900, capacity: random.pick([null, 1, 2]) },
      { id: 'team', priceAmount: 19_000, capacity: random.pick([null, 1, 3]), interval: 'year', trialDays: random.pick([0, 0, 14]) },
      { id: 'free', priceAmount: 0, capacity: null },
    ].slice(0, random.whole(1, 4));
    for (const plan of plans) {
      const members = { version: 1, name: plan.id, priceCurrency: 'USD', interval: 'month', trialDays: 0, family: null };
      const rest = { seatsHeld: 0, seatsTaken: 0, features: [], onSale: true, createdAt: new Date(EPOCH_MS) };
      this.store.state.plans.set(plan.id, Object.assign(new Plan(), members, rest, plan));
    }
    return plans.map(({ id }) => id);
  }

  /** All come at one moment, at one process. Something keeps the database now and again, so that they gather; or the process dies with them. */
  private rush(): void {
    const { random } = this.world;
    this.world.after(this.customers.crowdAt, () => {
      const door = this.aProcess();
      if (!door) return;
      this.lock(random.whole(0, 5));
      if (random.chance(0.5)) this.world.after(random.magnitude(5, LONGEST_LOCK_MS), () => void door.crash('with a crowd at its door'));
      this.customers.rush(door);
    });
  }

  /** Every statement waits for somebody, and a moment later for the next one. */
  private lock(times: number): void {
    if (times === 0) return;
    const { random, nowMs } = this.world;
    const forMs = random.magnitude(5, LONGEST_LOCK_MS);
    this.store.heldUntil = nowMs + forMs;
    this.world.after(forMs + random.magnitude(1, 100), () => this.lock(times - 1));
  }

  /** What goes wrong by itself and not with a message. */
  private disturb(): void {
    const { random, faults } = this.world;
    const times = (most: number, what: () => void) => {
      for (let n = random.chance(0.5) ? random.whole(0, most) : 0; n > 0; n -= 1) this.world.after(random.between(0, faults.spanMs), what);
    };
    times(3, () => void this.aProcess()?.crash('out of the blue'));
    times(3, () => this.aProcess()?.pause(random.magnitude(100, faults.pauseMs)));
    times(2, () => this.aProcess()?.jump(random.magnitude(100, 120_000)));
    times(2, () => (this.databaseAheadMs += random.magnitude(100, 30_000)));
    times(2, () => this.lock(1));
    times(2, () => this.leases.held.clear());
    times(1, () => (this.leases.awayUntil = this.world.nowMs + random.magnitude(1_000, faults.outageMs)));
    times(1, () => (this.gateway.awayUntil = this.world.nowMs + random.magnitude(1_000, faults.outageMs)));
    times(2, () => this.changePrice());
  }

  /** Some have credit from the start; some get more of it, or lose what is free of it, while they press. */
  private credit(userId: string): void {
    const { random, faults } = this.world;
    const move = (amount: number) => {
      const { balance } = this.store.state.openAccount(userId, 'USD');
      const delta = Math.max(amount, -balance);
      if (delta !== 0) this.store.state.moveCredit('grant', userId, 'USD', delta, null);
    };
    move(random.pick([0, 0, 300, 1_900, 25_000]));
    const later = random.pick([null, null, 700, -25_000]);
    if (later !== null) this.world.after(random.between(0, faults.spanMs), () => move(later));
  }

  private changePrice(): void {
    const plan = this.world.random.pick([...this.store.state.plans.values()]);
    if (plan.priceAmount > 0) Object.assign(plan, { priceAmount: plan.priceAmount + 100, version: plan.version + 1 });
  }

  /** From now on nothing goes wrong any more; what is on its way still arrives. */
  private calm(): void {
    this.world.note(() => 'from here on nothing goes wrong');
    this.world.faults.stop();
    this.leases.awayUntil = 0;
    this.gateway.awayUntil = 0;
    for (const process of this.processes) process.pausedUntil = Math.min(process.pausedUntil, this.world.nowMs);
    if (!this.aProcess()) this.start();
    this.phase = 'rest';
  }
}
