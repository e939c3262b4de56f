import type { DataSource } from 'typeorm';

/** Something about the invoices that is not as it must be. */
export type InvoiceDifference =
  | {
      /** Numbers of a year that no invoice bears, and invoices beyond one per number. */
      what: 'numbers';
      year: number;
      /** The last number that was given. */
      last: number;
      missing: number;
      duplicates: number;
    }
  | {
      /** Charges that settled a while ago and have no invoice. */
      what: 'charges';
      count: number;
      /** ISO time at which the first of them settled. */
      since: string;
    };

/** A charge is numbered within seconds; whatever waits for so long is in somebody's way or nobody numbers. */
const OVERDUE = '1 hour';

/** Counts invoices anew. A number and its invoice are one commit, so there is nothing to find unless somebody wrote past them, or nobody works. */
export class InvoiceCheck {
  constructor(private readonly database: DataSource) {}

  /** Empty in a house in order. */
  async differences(): Promise<InvoiceDifference[]> {
    const numbers: Omit<Extract<InvoiceDifference, { what: 'numbers' }>, 'what'>[] = await this.database.query(NUMBERS_SQL);
    const [waiting] = (await this.database.query(WAITING_SQL)) as [{ count: number; since: Date | null }];
    return [
      ...numbers.map((found) => ({ what: 'numbers' as const, ...found })),
      ...(waiting.since ? [{ what: 'charges' as const, count: waiting.count, since: waiting.since.toISOString() }] : []),
    ];
  }
}

/** Each year's counter against its invoices, in one snapshot, in which every number is there with its invoice or not at all. */
const NUMBERS_SQL = `
select year, last, last - numbers as missing, invoices - numbers as duplicates from (
  select coalesce(n.year, i.year) as year, greatest(coalesce(n.last, 0), coalesce(i.last, 0)) as last,
    coalesce(i.invoices, 0) as invoices, coalesce(i.numbers, 0) as numbers, coalesce(n.last, 0) as counted, coalesce(i.last, 0) as highest
  from invoice_counters n
  full join (select year, max(sequence) as last, count(*)::int as invoices, count(distinct sequence)::int as numbers
    from invoices group by year) i on i.year = n.year
) years
where last <> numbers or invoices <> numbers or counted <> highest
order by year`;

const WAITING_SQL = `
select count(*)::int as count, min(o.settled_at) as since from operations o
where o.status = 'succeeded' and o.kind <> 'refund' and not o.invoiced and o.amount + o.credit_applied > 0
  and o.settled_at < service_now() - interval '${OVERDUE}'`;
