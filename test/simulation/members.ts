import { Subscription } from '../../src/subscriptions/subscription.entity.js';
import { CARDS, type GatewayServer } from './gateway.js';
import type { SimulatedStore } from './store.js';
import type { World } from './world.js';

const DAY_MS = 86_400_000;
const MONTH_MS = 31 * DAY_MS;

/** Users who have a subscription from the start, whose period ends while things go wrong: at best when others press as well. */
export class Members {
  constructor(
    private readonly world: World,
    private readonly store: SimulatedStore,
    private readonly gateway: GatewayServer,
    private readonly newId: () => string,
  ) {}

  /** `crowdAt`: when most customers come. `mayOwe`: what is declined is tried again. */
  join(userId: string, crowdAt: number, mayOwe: boolean): void {
    const { random, faults } = this.world;
    const { state } = this.store;
    const plan = random.pick([...state.plans.values()]);
    const seated = plan.capacity !== null;
    if (seated && plan.seatsHeld + plan.seatsTaken >= (plan.capacity as number)) return;
    if (seated) state.count(plan.id, 0, 1);
    const endsIn = random.chance(0.6) ? crowdAt + random.magnitude(1, 30_000) : random.between(0, faults.spanMs);
    const nextAt = new Date(Math.floor(this.store.now().getTime() + endsIn));
    const status = random.pick(['active', 'active', 'active', 'trialing', mayOwe ? 'past_due' : 'active'] as const);
    // What is past due was to be paid a day before.
    const periodEnd = status === 'past_due' ? new Date(Math.min(nextAt.getTime(), this.store.now().getTime()) - DAY_MS) : nextAt;
    const members = {
      id: this.newId(),
      version: 1,
      userId,
      planId: plan.id,
      seated,
      status,
      priceAmount: plan.priceAmount,
      priceCurrency: plan.priceCurrency,
      interval: plan.interval,
      periodStart: new Date(periodEnd.getTime() - MONTH_MS),
      periodEnd,
      cancelAtPeriodEnd: random.chance(0.15),
      pendingChange: this.waitingChange(plan.id),
      anchorDay: periodEnd.getUTCDate(),
      ...this.card(userId),
      nextAt,
      renewalAttempts: status === 'past_due' ? 1 : 0,
      pastDue: status === 'past_due' ? { since: periodEnd.toISOString(), declines: 1 } : null,
      createdAt: new Date(periodEnd.getTime() - MONTH_MS),
      canceledAt: null,
    };
    state.put(Object.assign(new Subscription(), members));
  }

  private waitingChange(planId: string): Subscription['pendingChange'] {
    const { random } = this.world;
    const others = [...this.store.state.plans.values()].filter(({ id }) => id !== planId);
    if (others.length === 0 || !random.chance(0.25)) return null;
    const { id, price, interval } = random.pick(others);
    return { planId: id, price, interval };
  }

  /** Most are kept; some are still to be, and some have none. */
  private card(userId: string): Pick<Subscription, 'paymentMethod' | 'customer'> {
    const { random } = this.world;
    const card = random.chance(0.4) ? CARDS[0] : random.pick(CARDS);
    if (random.chance(0.1)) return { paymentMethod: null, customer: null };
    if (random.chance(0.2)) return { paymentMethod: card, customer: null };
    const kept = this.gateway.keptBefore(userId, card);
    this.store.state.customers.set(userId, kept.customer);
    return kept;
  }
}
