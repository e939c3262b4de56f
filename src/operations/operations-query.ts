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
  /** Younger than this: where one bar of ages ends and the next begins. */
  maxAgeSeconds?: number | undefined;
  createdAfter?: string | undefined;
  createdBefore?: string | undefined;
  /** Open, and either waiting for a person or overdue. */
  stuck?: boolean | undefined;
  /** These and no others. */
  ids?: string[] | undefined;
  /** An id of any sort: of the operation, the subscription, the user, the gateway, or our reference. */
  q?: { text: string; uuid: string | null } | undefined;
}

export interface Page {
  limit: number;
  /** The last id of the page before; ids are in order of time. */
  after: string | null;
  oldestFirst?: boolean;
}

/** How many operations of each status a filter leaves. */
export interface Facets {
  status: Record<string, number>;
  /** Null: of all. Else what is over was counted among this many of the newest alone; what is open is counted whole. */
  among: number | null;
}

/** What is over is counted among this many: a look at the list costs the same after a year as on the first day. */
const COUNTED_AMONG = 10_000;

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
  async facets(filter: OperationFilter, among = COUNTED_AMONG): Promise<Facets> {
    const whole = { ...filter, status: undefined };
    const oldest = filter.userId === undefined && !filter.q ? await this.newestBut(among - 1) : null;
    if (oldest === null) return { status: await counted(this.filtered(whole)), among: null };
    const newest = await counted(this.filtered(whole).andWhere('o.id >= :oldest', { oldest }));
    const before = await counted(this.filtered({ ...whole, status: OPEN }).andWhere('o.id < :oldest', { oldest }));
    for (const [status, count] of Object.entries(before)) newest[status] = (newest[status] ?? 0) + count;
    return { status: newest, among };
  }

  /** The id of the newest operation but this many; null where there are no more than that. */
  private async newestBut(offset: number): Promise<string | null> {
    const found = this.database.getRepository(Operation).createQueryBuilder('o').select('o.id', 'id').orderBy('o.id', 'DESC');
    const [last, older] = await found.offset(offset).limit(2).getRawMany<{ id: string }>();
    return older ? (last as { id: string }).id : null;
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

  /** The open operations of these users, by user; a refund is nobody's turn, and so not among them. */
  async openOf(userIds: string[]): Promise<Map<string, Operation>> {
    if (userIds.length === 0) return new Map();
    const query = this.filtered({ status: OPEN }).andWhere("o.kind <> 'refund' and o.user_id = any(:userIds)", { userIds });
    return new Map((await query.getMany()).map((operation) => [operation.userId, operation]));
  }

  private filtered(filter: OperationFilter): SelectQueryBuilder<Operation> {
    const query = this.database.getRepository(Operation).createQueryBuilder('o').where('true');
    if (filter.status) query.andWhere('o.status in (:...statuses)', { statuses: filter.status });
    if (filter.kind) query.andWhere('o.kind in (:...kinds)', { kinds: filter.kind });
    if (filter.userId !== undefined) query.andWhere('o.user_id = :userId', { userId: filter.userId });
    if (filter.planId !== undefined) query.andWhere('(o.to_plan_id = :planId or o.from_plan_id = :planId)', { planId: filter.planId });
    if (filter.gateway !== undefined) query.andWhere('o.gateway = :gateway', { gateway: filter.gateway });
    if (filter.minAgeSeconds !== undefined)
      query.andWhere("o.created_at <= service_now() - :age * interval '1 second'", { age: filter.minAgeSeconds });
    if (filter.maxAgeSeconds !== undefined)
      query.andWhere("o.created_at > service_now() - :maxAge * interval '1 second'", { maxAge: filter.maxAgeSeconds });
    if (filter.createdAfter !== undefined) query.andWhere(`o.created_at > :after_ and o.id > ${AFTER}`, { after_: filter.createdAfter });
    if (filter.createdBefore !== undefined)
      query.andWhere(`o.created_at < :before_ and o.id < ${BEFORE}`, { before_: filter.createdBefore });
    if (filter.stuck) {
      query.andWhere(
        `(o.status = 'needs_review' or (o.status in (:...open) and o.next_check_at < service_now() - interval '${OVERDUE}'))`,
        {
          open: OPEN,
        },
      );
    }
    if (filter.ids) query.andWhere('o.id = any(:ids)', { ids: filter.ids });
    if (filter.q) {
      const { text, uuid } = filter.q;
      const byText = 'o.user_id = :text or o.reference = :text or o.gateway_reference = :text';
      query.andWhere(uuid ? `(o.id = :uuid or ${OF_SUBSCRIPTION} or ${REFUNDS_OF} or ${byText})` : `(${byText})`, { text, uuid });
    }
    return query;
  }
}

async function counted(query: SelectQueryBuilder<Operation>): Promise<Record<string, number>> {
  const rows = await query
    .select('o.status', 'status')
    .addSelect('count(*)::int', 'count')
    .groupBy('o.status')
    .getRawMany<{ status: string; count: number }>();
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

/** Found by their user, whose operations have an index. */
const OF_SUBSCRIPTION = '(o.user_id = (select s.user_id from subscriptions s where s.id = :uuid) and o.subscription_id = :uuid)';
const REFUNDS_OF = '(o.user_id = (select r.user_id from operations r where r.id = :uuid) and o.refunds_operation_id = :uuid)';

/**
 * Ids are in order of the clocks of our processes, which the database's may differ from by a day, or be ahead of by what a test clock was moved: so far from
 * a moment, the list need not be walked.
 */
const AFTER = idAt("cast(:after_ as timestamptz) - (service_now() - now()) - interval '1 day'");
const BEFORE = idAt("cast(:before_ as timestamptz) + interval '1 day'");

function idAt(moment: string): string {
  return `cast(lpad(to_hex(cast(greatest(0, extract(epoch from ${moment}) * 1000) as bigint)), 12, '0') || repeat('0', 20) as uuid)`;
}
