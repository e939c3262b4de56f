import { type DataSource, type SelectQueryBuilder } from 'typeorm';
import { Invoice } from './invoice.entity.js';

export interface InvoiceFilter {
  userId?: string | undefined;
  /** UTC year of the charge. */
  year?: number | undefined;
  number?: string | undefined;
}

/** An invoice, and what became of its money since. */
export interface InvoiceNow {
  invoice: Invoice;
  /** Minor units that were given back or are to be, to the card or as credit. */
  amountRefunded: number;
}

/** Reading invoices for people. */
export class InvoicesQuery {
  constructor(private readonly database: DataSource) {}

  /** One invoice, of this user where one is named. Null where there is none: whoever it belongs to makes no difference. */
  async find(id: string, userId?: string): Promise<InvoiceNow | null> {
    const invoice = await this.database.getRepository(Invoice).findOneBy(userId === undefined ? { id } : { id, userId });
    return invoice && ((await this.asTheyAreNow([invoice]))[0] ?? null);
  }

  /** Newest first. `after`: the last id of the page before; ids are in the order in which invoices were issued. */
  async list(
    filter: InvoiceFilter,
    page: { limit: number; after: string | null },
  ): Promise<{ invoices: InvoiceNow[]; next: string | null }> {
    const query = this.filtered(filter)
      .orderBy('i.id', 'DESC')
      .take(page.limit + 1);
    if (page.after) query.andWhere('i.id < :after', { after: page.after });
    const found = await query.getMany();
    const invoices = await this.asTheyAreNow(found.slice(0, page.limit));
    return { invoices, next: found.length > page.limit ? (invoices.at(-1)?.invoice.id ?? null) : null };
  }

  private filtered({ userId, year, number }: InvoiceFilter): SelectQueryBuilder<Invoice> {
    const query = this.database.getRepository(Invoice).createQueryBuilder('i').where('true');
    if (userId !== undefined) query.andWhere('i.user_id = :userId', { userId });
    if (year !== undefined) query.andWhere('i.year = :year', { year });
    if (number !== undefined) {
      // As the index has it.
      const [inYear, sequence] = number.split('-').map(Number);
      query.andWhere('i.year = :inYear and i.sequence = :sequence and i.number = :number', { inYear, sequence, number });
    }
    return query;
  }

  /** What is given back is counted where the money is: in the operation. */
  private async asTheyAreNow(invoices: Invoice[]): Promise<InvoiceNow[]> {
    const rows: { id: string; refunded: string }[] = await this.database.query(REFUNDED_SQL, [
      invoices.map(({ operationId }) => operationId),
    ]);
    const refunded = new Map(rows.map((row) => [row.id, Number(row.refunded)]));
    return invoices.map((invoice) => ({ invoice, amountRefunded: refunded.get(invoice.operationId) ?? 0 }));
  }
}

const REFUNDED_SQL = `select id, refunded_to_card + refunded_to_credit as refunded from operations where id = any($1::uuid[])`;
