import type { DataSource, EntityManager } from 'typeorm';
import type { JsonRow } from '../../platform/database/columns.js';
import { NamedStatement } from '../../platform/database/named-statement.js';
import { SharedStatement } from '../../platform/database/shared-statement.js';
import { transaction } from '../../platform/database/transaction.js';
import { etagOf, holds, type EtagCondition } from '../../platform/etag.js';
import { Problem } from '../../platform/problems/problem.js';
import { Subscription } from '../../subscriptions/subscription.entity.js';
import { CardStore, type KeptCard } from './card-store.js';
import { rememberKey, wasHere, type KeyUse } from '../keys.js';
import { ADD_CUSTOMERS_SQL, CUSTOMERS_OF_SQL, KEPT_SQL, REPLACE_CUSTOMER_SQL, REPLACE_SQL, WITH_CARD_TO_KEEP_SQL } from './cards.sql.js';

interface Customer {
  userId: string;
  gateway: string;
}

interface Keeping {
  subscriptionId: string;
  paymentMethod: string;
  as: KeptCard;
}

/** As with operations: while one set commits the next one is on its way. */
const SHARING = { maxUnderWay: 2, enough: 16, maxItems: 64 };

/** Cards and customers in Postgres. What is done for every new customer is done in sets: a commit for each would cost more than the charge before it. */
export class PostgresCardStore extends CardStore {
  private readonly customers: SharedStatement<Customer, string | null>;
  private readonly newCustomers: SharedStatement<Customer & { customer: string }, string | null>;
  private readonly keepings: SharedStatement<Keeping, Subscription | null>;

  constructor(
    private readonly database: DataSource,
    /** Told after the commit whose subscription has moved. */
    private readonly ring: (userIds: string[]) => void = () => undefined,
    sharing = SHARING,
  ) {
    super();
    this.customers = new SharedStatement({ ...sharing, send: (set) => this.customersOf(set), writesNothing: true });
    this.newCustomers = new SharedStatement({ ...sharing, send: (set) => this.addCustomers(set), nameOf: ({ userId }) => userId });
    this.keepings = new SharedStatement({ ...sharing, send: (set) => this.keep(set), nameOf: ({ subscriptionId }) => subscriptionId });
  }

  /** The same for whoever wants each statement to be of one caller. */
  get behind(): CardStore {
    return new PostgresCardStore(this.database, this.ring, { maxUnderWay: Infinity, enough: 1, maxItems: 1 });
  }

  subscriptionOf(userId: string): Promise<Subscription | null> {
    return liveOf(this.database.manager, userId);
  }

  async customerOf(userId: string, gateway: string): Promise<string | null> {
    const [customer] = await this.customers.ask([{ userId, gateway }]);
    return customer ?? null;
  }

  async addCustomer(userId: string, gateway: string, customer: string): Promise<string> {
    const [first] = await this.newCustomers.ask([{ userId, gateway, customer }]);
    return first ?? ((await this.customerOf(userId, gateway)) as string);
  }

  async replaceCustomer(userId: string, gateway: string, lost: string, customer: string): Promise<string> {
    await this.database.query(REPLACE_CUSTOMER_SQL, [userId, gateway, lost, customer]);
    return this.addCustomer(userId, gateway, customer);
  }

  async withCardToKeep(after: string, limit: number): Promise<Subscription[]> {
    const rows = await WITH_CARD_TO_KEEP.run(this.database, [after, limit]);
    return rows.map(({ row }) => Subscription.from(row));
  }

  async kept(subscriptionId: string, paymentMethod: string, as: KeptCard): Promise<Subscription | null> {
    const [kept] = await this.keepings.ask([{ subscriptionId, paymentMethod, as }]);
    return kept ?? null;
  }

  isReplay(use: KeyUse): Promise<boolean> {
    return wasHere(this.database.manager, use);
  }

  async replace(use: KeyUse, as: KeptCard, ifMatch: EtagCondition | null): Promise<Subscription | null> {
    const replaced = await transaction(this.database, async (tx) => {
      if (!(await rememberKey(tx, use, null))) return null;
      const subscription = await liveOf(tx, use.userId, true);
      if (!subscription) throw new Problem('not-subscribed');
      const etag = etagOf(subscription.version);
      if (ifMatch && !holds(ifMatch, etag)) throw new Problem('subscription-changed', { embedded: { subscription }, headers: { etag } });
      const [row] = (await tx.query(REPLACE_SQL, [subscription.id, as.customer, as.paymentMethod])) as { row: JsonRow }[];
      return row ? Subscription.from(row.row) : null;
    });
    if (replaced) this.ring([use.userId]);
    return replaced;
  }

  private async customersOf(set: Customer[]): Promise<(string | null)[]> {
    const rows = await CUSTOMERS_OF.run(this.database, [set.map(({ userId }) => userId), set.map(({ gateway }) => gateway)]);
    return rows.map(({ customer }) => customer);
  }

  private async addCustomers(set: (Customer & { customer: string })[]): Promise<(string | null)[]> {
    const rows = await ADD_CUSTOMERS.run(this.database, [
      set.map(({ userId }) => userId),
      set.map(({ gateway }) => gateway),
      set.map(({ customer }) => customer),
    ]);
    return rows.map(({ customer }) => customer);
  }

  private async keep(set: Keeping[]): Promise<(Subscription | null)[]> {
    const rows = await KEPT.run(this.database, [
      set.map(({ subscriptionId }) => subscriptionId),
      set.map(({ paymentMethod }) => paymentMethod),
      set.map(({ as }) => as.customer),
      set.map(({ as }) => as.paymentMethod),
    ]);
    return rows.map(({ row }) => row && Subscription.from(row));
  }
}

const CUSTOMERS_OF = new NamedStatement<{ customer: string | null }>('cards.customers_of.1', CUSTOMERS_OF_SQL);
const ADD_CUSTOMERS = new NamedStatement<{ customer: string | null }>('cards.add_customers.1', ADD_CUSTOMERS_SQL);
const WITH_CARD_TO_KEEP = new NamedStatement<{ row: JsonRow }>('cards.to_keep.1', WITH_CARD_TO_KEEP_SQL);
const KEPT = new NamedStatement<{ row: JsonRow | null }>('cards.kept.1', KEPT_SQL);

function liveOf(manager: EntityManager, userId: string, lock = false): Promise<Subscription | null> {
  const query = manager
    .getRepository(Subscription)
    .createQueryBuilder('s')
    .where("s.userId = :userId and s.status <> 'canceled'", { userId });
  return (lock ? query.setLock('pessimistic_write') : query).getOne();
}
