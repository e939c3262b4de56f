import type { DataSource } from 'typeorm';
import { Plan } from './plan.entity.js';

/** A decision made on a plan this old is checked again by the record statement, which compares versions. */
const CACHE_TTL_MS = 1_000;

/** What is sold. */
export class Plans {
  private cache: { readAt: number; plans: Map<string, Plan> } | null = null;

  constructor(private readonly database: DataSource) {}

  /** The plan as it was at most a second ago; null when there is none. */
  async find(id: string): Promise<Plan | null> {
    const fresh = this.cache && performance.now() - this.cache.readAt < CACHE_TTL_MS;
    const known = fresh ? this.cache?.plans.get(id) : undefined;
    return known ?? (await this.read()).get(id) ?? null;
  }

  /** What is on sale, as it is now, in order of creation. */
  async onSale(): Promise<Plan[]> {
    return (await this.all()).filter((plan) => plan.onSale);
  }

  /** The whole catalogue, as it is now, in order of creation. */
  all(): Promise<Plan[]> {
    return this.database.getRepository(Plan).find({ order: { createdAt: 'asc', id: 'asc' } });
  }

  /** The plans of a family with their seats as they are now, in order of creation. */
  inFamily(family: string): Promise<Plan[]> {
    return this.database.getRepository(Plan).find({ where: { family }, order: { createdAt: 'asc', id: 'asc' } });
  }

  /** A decision turned out to rest on a plan that has changed. */
  forget(): void {
    this.cache = null;
  }

  private async read(): Promise<Map<string, Plan>> {
    const readAt = performance.now();
    const plans = new Map((await this.all()).map((plan) => [plan.id, plan]));
    this.cache = { readAt, plans };
    return plans;
  }
}
