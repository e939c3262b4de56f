import { randomUUID } from 'node:crypto';
import { Plan } from '../../src/subscriptions/plan.entity.js';
import type { StoreUnderTest } from '../contracts/operation-store.contract.js';
import { SimulatedStore } from './store.js';

export interface SimulatedUnderTest extends StoreUnderTest {
  store: SimulatedStore;
}

/** The simulated store by the clock on the wall, with what a test may see and do beside the port. */
export function simulatedUnderTest({
  scheduleMs = [10_000, 30_000],
  againMs = 60_000,
  nowMs = Date.now,
  newId = (): string => randomUUID(),
} = {}) {
  const store = new SimulatedStore({ nowMs, newId, scheduleMs, againMs });
  const { state } = store;
  const earlier = (time: Date | null, ms: number) => time && new Date(time.getTime() - ms);
  const under: SimulatedUnderTest = {
    store,
    scheduleMs,
    againMs,
    plan: async (capacity) => sell(store, `plan-${randomUUID().slice(0, 8)}`, capacity),
    async seats(planId) {
      const { seatsHeld: held, seatsTaken: taken } = state.plans.get(planId) as Plan;
      return { held, taken };
    },
    async give(userId, amount) {
      state.openAccount(userId, 'USD');
      state.moveCredit('grant', userId, 'USD', amount, null);
    },
    async credit(userId) {
      const { balance, reserved } = state.account(userId, 'USD') ?? { balance: 0, reserved: 0 };
      return { balance, reserved };
    },
    async force(id, status) {
      const operation = state.operations.get(id);
      if (operation) state.update(operation, { status });
    },
    async makeDue(id) {
      const operation = state.operations.get(id);
      if (operation) state.update(operation, { nextCheckAt: new Date(nowMs() - 1_000) });
    },
    async age(userId, ms) {
      for (const operation of state.of(userId)) {
        const { nextAction } = operation;
        const expiresAt = nextAction && new Date(Date.parse(nextAction.expiresAt) - ms).toISOString();
        state.update(operation, {
          createdAt: earlier(operation.createdAt, ms) as Date,
          nextCheckAt: earlier(operation.nextCheckAt, ms),
          nextAction: nextAction && { ...nextAction, expiresAt: expiresAt as string },
        });
      }
      for (const key of state.keys.values()) if (key.userId === userId) key.createdAt -= ms;
      for (const row of state.events.values()) if (row.nextAttemptAt !== null) row.nextAttemptAt -= ms;
    },
    close: () => Promise.resolve(),
  };
  return under;
}

/** A plan in the catalogue of a simulated store. */
export function sell(store: SimulatedStore, id: string, capacity: number | null): string {
  const price = { priceAmount: 1_900, priceCurrency: 'USD', interval: 'month', trialDays: 0, family: null };
  const rest = { seatsHeld: 0, seatsTaken: 0, features: [], onSale: true, createdAt: new Date(0) };
  store.state.plans.set(id, Object.assign(new Plan(), { id, version: 1, name: id, capacity }, price, rest));
  return id;
}
