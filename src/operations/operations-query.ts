import type { DataSource, SelectQueryBuilder } from 'typeorm';
import { Subscription } from '../subscriptions/subscription.entity.js';
import { Operation } from './operation.entity.js';
import { OPEN } from './states.js';

export interface OperationFilter {
  status?: string[] | undefined;
  kind?: string[] | undefined;
  userId?: string | undefined;
  planId?: string | undefined;
  gateway?: string | undefined;
  minAgeSeconds?: number | undefined;
  createdAfter?: string | undefined;
  createdBefore?: string | undefined;
  /** Open, and either waiting for a person or overdue. */
  stuck?: boolean | undefined;
  /** An id of any sort: of the operation, the subscription, the user, the gateway, or our reference. */
  q?: { text: string; uuid: string | null } | undefined;
}

export interface Page {
  limit: number;
  /** The last id of the page before; ids are in order of time. */
  after: string | null;
  oldestFirst?: boolean;
}

/** An operation whose check is overdue by this much is not being looked after. */
const OVERDUE = '1 minute';

/** Reading operations for people; never on the way of a charge. */
export class OperationsQuery {
  constructor(private readonly database: DataSource) {}

  /** One operation, of this user where one is named. Null where there is none: whoever it belongs to makes no difference. */
  async find(id: string, userId?: string): Promise<Operation | null> {
    return this.database.getRepository(Operation).findOneBy(userId === undefined ? { id } : { id, userId });
  }

  async list(filter: OperationFilter, page: Page): Promise<{ operations: Operation[]; next: string | null }> {
    const query = this.filtered(filter)
      .orderBy('o.id', page.oldestFirst ? 'ASC' : 'DESC')
      .take(page.limit + 1);
    if (page.after) query.andWhere(page.oldestFirst ? 'o.id > :after' : 'o.id < :after', { after: page.after });
    const found = await query.getMany();
    const operations = found.slice(0, page.limit);
    return { operations, next: found.length > page.limit ? (operations.at(-1)?.id ?? null) : null };
  }

  /** How many operations of each status the filter leaves, whatever status it names itself. */
  async facets(filter: OperationFilter): Promise<Record<string, number>> {
    const rows = await this.filtered({ ...filter, status: undefined })
      .select('o.status', 'status')
      .addSelect('count(*)::int', 'count')
      .groupBy('o.status')
      .getRawMany<{ status: string; count: number }>();
    return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
  }

  /** The live subscription of a user and the operation that is open for them. */
  async standingOf(userId: string): Promise<{ subscription: Subscription | null; open: Operation | null }> {
    const [subscription, open] = await Promise.all([
      this.database
        .getRepository(Subscription)
        .createQueryBuilder('s')
        .where("s.user_id = :userId and s.status <> 'canceled'", { userId })
        .getOne(),
      this.filtered({ userId, status: OPEN }).andWhere("o.kind <> 'refund'").getOne(),
    ]);
    return { subscription, open };
  }

  private filtered(filter: OperationFilter): SelectQueryBuilder<Operation> {
    const query = this.database.getRepository(Operation).createQueryBuilder('o').where('true');
    if (filter.status) query.andWhere('o.status in (:...statuses)', { statuses: filter.status });
    if (filter.kind) query.andWhere('o.kind in (:...kinds)', { kinds: filter.kind });
    if (filter.userId !== undefined) query.andWhere('o.user_id = :userId', { userId: filter.userId });
    if (filter.planId !== undefined) query.andWhere('(o.to_plan_id = :planId or o.from_plan_id = :planId)', { planId: filter.planId });
    if (filter.gateway !== undefined) query.andWhere('o.gateway = :gateway', { gateway: filter.gateway });
    if (filter.minAgeSeconds !== undefined)
      query.andWhere("o.created_at <= now() - :age * interval '1 second'", { age: filter.minAgeSeconds });
    if (filter.createdAfter !== undefined) query.andWhere('o.created_at > :after_', { after_: filter.createdAfter });
    if (filter.createdBefore !== undefined) query.andWhere('o.created_at < :before_', { before_: filter.createdBefore });
    if (filter.stuck) {
      query.andWhere(`(o.status = 'needs_review' or (o.status in (:...open) and o.next_check_at < now() - interval '${OVERDUE}'))`, {
        open: OPEN,
      });
    }
    if (filter.q) {
      const { text, uuid } = filter.q;
      const byText = 'o.user_id = :text or o.reference = :text or o.gateway_reference = :text';
      query.andWhere(uuid ? `(o.id = :uuid or o.subscription_id = :uuid or o.refunds_operation_id = :uuid or ${byText})` : `(${byText})`, {
        text,
        uuid,
      });
    }
    return query;
  }
}
