import type { EntityManager } from 'typeorm';
import { etagOf, holds, type EtagCondition } from '../platform/etag.js';
import { Problem } from '../platform/problems/problem.js';
import type { Money } from '../platform/money.js';
import { Plan, type Interval } from './plan.entity.js';

/** A plan as an admin describes it. */
export interface PlanDescription {
  name: string;
  price: Money;
  interval: Interval;
  trialDays: number;
  family: string | null;
  capacity: number | null;
  features: string[];
  onSale: boolean;
}

/** Puts a plan into the catalogue. Throws `plan-exists`. */
export async function createPlan(tx: EntityManager, id: string, description: PlanDescription): Promise<Plan> {
  const inserted = await tx
    .createQueryBuilder()
    .insert()
    .into(Plan)
    .values({ id, version: 1, ...columnsOf(description) })
    .orIgnore()
    .returning('id')
    .execute();
  if ((inserted.raw as unknown[]).length === 0) throw new Problem('plan-exists');
  return tx.getRepository(Plan).findOneByOrFail({ id });
}

/**
 * Changes a plan. What is already sold keeps its price. Throws `not-found`, `plan-changed` where its author saw another, and `capacity-too-low` where seats are taken or held beyond it; a plan without
 * a limit cannot be given one, because its seats were never counted.
 */
export async function updatePlan(
  tx: EntityManager,
  id: string,
  changes: Partial<PlanDescription>,
  ifMatch: EtagCondition | null,
): Promise<{ before: Plan; after: Plan }> {
  const before = await tx.getRepository(Plan).createQueryBuilder('p').where('p.id = :id', { id }).setLock('pessimistic_write').getOne();
  if (!before) throw new Problem('not-found');
  const etag = etagOf(before.version);
  if (ifMatch && !holds(ifMatch, etag)) throw new Problem('plan-changed', { embedded: { plan: before }, headers: { etag } });
  const { capacity } = changes;
  if (capacity != null && before.capacity === null) {
    throw new Problem('capacity-too-low', { detail: 'The seats of a plan without a limit are not counted, so it cannot be given one.' });
  }
  if (capacity != null && capacity < before.seatsHeld + before.seatsTaken) throw new Problem('capacity-too-low');
  await tx
    .createQueryBuilder()
    .update(Plan)
    .set({ ...columnsOf(changes), version: before.version + 1 })
    .where('id = :id', { id })
    .execute();
  return { before, after: await tx.getRepository(Plan).findOneByOrFail({ id }) };
}

function columnsOf({ price, ...plain }: Partial<PlanDescription>): Partial<Plan> {
  return { ...plain, ...(price ? { priceAmount: price.amount, priceCurrency: price.currency } : {}) };
}
