import pLimit from 'p-limit';
import type { Logger } from 'pino';
import { In, type DataSource } from 'typeorm';
import type { TaxLine } from '../../invoices/invoice.entity.js';
import { taxOn, type InvoiceDraft, type Taxes } from '../../invoices/taxes.js';
import type { Clock } from '../../platform/clock.js';
import { sqlState } from '../../platform/database/named-statement.js';
import { newId, toPublicId } from '../../platform/ids.js';
import type { Metrics } from '../../platform/telemetry/metrics.js';
import { untilAborted } from '../../platform/until-aborted.js';
import { Plan } from '../../subscriptions/plan.entity.js';
import { draftOf, plansIn } from './invoice-draft.js';
import { NUMBER_SQL, TO_INVOICE } from './invoicing.sql.js';
import { Operation } from '../operation.entity.js';

export interface InvoicingParts {
  database: DataSource;
  taxes: Taxes;
  clock: Clock;
  metrics: Metrics;
  log: Logger;
  /** How often charges without an invoice are looked for, in milliseconds. */
  intervalMs: number;
  /** Invoices that one statement numbers. */
  portion?: number;
}

/** A statement of so many takes tens of milliseconds, and others who number wait for it. */
const PORTION = 200;
/** Questions about taxes that are under way at one time. */
const MAX_QUESTIONS = 16;
/** Whoever has not said by then which taxes a charge contains is asked again by a later sweep. */
const TAX_DEADLINE_MS = 5_000;
/** Data that a row cannot bear, and a row that a constraint refuses: only that row is to blame. */
const ROW_REFUSED = /^2[23]/;

type Taxed = InvoiceDraft & { tax: TaxLine[] };

/**
 * Numbers the invoices of charges that have settled. It runs beside the charges and never in their way, in any number of processes, and finds its work by looking: a
 * charge has no invoice until the statement that numbers it is committed, whatever crashes.
 */
export class Invoicing {
  private readonly stopping = new AbortController();
  private readonly oneAtATime = pLimit(1);
  private readonly questions = pLimit(MAX_QUESTIONS);
  private readonly portion: number;
  private loop: Promise<void> | null = null;

  constructor(private readonly parts: InvoicingParts) {
    this.portion = parts.portion ?? PORTION;
  }

  start(): void {
    this.loop ??= this.sweepUntilStopped();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  /** Numbers everything that has settled by now and that nobody else is numbering. Answers how many invoices it was. Rejects where the database is away. */
  sweep(): Promise<number> {
    return this.oneAtATime(() => this.numberAll());
  }

  private async sweepUntilStopped(): Promise<void> {
    const { clock, log, intervalMs } = this.parts;
    while (!this.stopping.signal.aborted) {
      await this.sweep().catch((error: unknown) => log.warn({ err: error }, 'invoices not numbered'));
      await clock.sleep(intervalMs, this.stopping.signal);
    }
  }

  /** Portion by portion. What could not be numbered stands in nobody's way: the next portion begins behind it. */
  private async numberAll(): Promise<number> {
    let issued = 0;
    let after: string | null = null;
    do {
      const charges: Operation[] = await this.withoutInvoice(after);
      issued += await this.number(await this.taxed(await this.drafted(charges)));
      after = charges.length < this.portion ? null : (charges.at(-1)?.id ?? null);
    } while (after && !this.stopping.signal.aborted);
    return issued;
  }

  private withoutInvoice(after: string | null): Promise<Operation[]> {
    const query = this.parts.database.getRepository(Operation).createQueryBuilder('o').where(TO_INVOICE);
    if (after) query.andWhere('(o.settled_at, o.id) > (select a.settled_at, a.id from operations a where a.id = :after)', { after });
    return query.orderBy('o.settled_at').addOrderBy('o.id').limit(this.portion).getMany();
  }

  private async drafted(charges: Operation[]): Promise<InvoiceDraft[]> {
    const plans = await this.parts.database.getRepository(Plan).findBy({ id: In(plansIn(charges)) });
    const names = new Map(plans.map(({ id, name }) => [id, name]));
    return charges.map((charge) => draftOf(charge, (planId) => names.get(planId) ?? planId));
  }

  /** Those whose taxes are known. */
  private async taxed(drafts: InvoiceDraft[]): Promise<Taxed[]> {
    const asked = await Promise.all(drafts.map((draft) => this.questions(() => this.taxedOne(draft))));
    return asked.filter((draft) => draft !== null);
  }

  private async taxedOne(draft: InvoiceDraft): Promise<Taxed | null> {
    const asked = (deadline: AbortSignal) => untilAborted([this.stopping.signal, deadline], (signal) => this.parts.taxes.of(draft, signal));
    try {
      const answer = await this.parts.clock.withDeadline(TAX_DEADLINE_MS, asked);
      return { ...draft, tax: taxOn(draft, answer) };
    } catch (error) {
      if (!this.stopping.signal.aborted) this.alarm('invoice_tax', draft, error);
      return null;
    }
  }

  /** Where the database refuses one of many, the others get their numbers without it. */
  private async number(drafts: Taxed[]): Promise<number> {
    if (drafts.length === 0) return 0;
    try {
      const [row] = (await this.parts.database.query(NUMBER_SQL, [JSON.stringify(drafts.map(rowOf))])) as [{ issued: number }];
      return row.issued;
    } catch (error) {
      if (!ROW_REFUSED.test(sqlState(error) ?? '')) throw error;
      if (drafts.length === 1) return (this.alarm('invoice_refused', drafts[0] as Taxed, error), 0);
      const half = Math.ceil(drafts.length / 2);
      return (await this.number(drafts.slice(0, half))) + (await this.number(drafts.slice(half)));
    }
  }

  private alarm(alarm: 'invoice_tax' | 'invoice_refused', { operationId }: InvoiceDraft, error: unknown): void {
    this.parts.metrics.alarms.inc({ alarm });
    this.parts.log.warn({ err: error, alarm, operationId: toPublicId('op', operationId) }, 'a charge has no invoice yet');
  }
}

function rowOf({ operationId, lines, tax, period }: Taxed): Record<string, unknown> {
  return { id: newId(), operation_id: operationId, lines, tax, period_start: period?.start ?? null, period_end: period?.end ?? null };
}
