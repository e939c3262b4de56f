import type { DataSource } from 'typeorm';
import { chargedTwice } from './charged-twice.js';
import { gatewayFigures, type GatewayFigures } from './gateway-figures.js';
import { OPEN, sqlList, STATUSES } from './states.js';

/** Ages of open operations, in seconds: upper bounds of the bars, the last one open. */
const AGE_BOUNDS_SECONDS = [1, 10, 60, 600, 3_600, 86_400] as const;

export interface Statistics extends GatewayFigures {
  byStatus: Record<string, number>;
  openAges: { upToSeconds: number | null; count: number }[];
  /** Per minute of the last hour, oldest first; minutes without outcome are left out. */
  outcomesPerMinute: { at: Date; succeeded: number; failed: number; canceled: number }[];
  /** Payments of the last day that must not be. */
  chargedTwice: number;
  /** Requests that shared an operation instead of making one. */
  duplicatesAbsorbed: number;
  oldestOpenAt: Date | null;
}

/** Figures for the admin's eyes, over the whole table. Cold: never on the way of a charge. */
export class StatisticsQuery {
  constructor(private readonly database: DataSource) {}

  /** How many operations are open, by status; for the metric. */
  async open(): Promise<Record<string, number>> {
    const rows = (await this.database.query(
      `select status, count(*)::int as count from operations where status in (${sqlList(OPEN)}) group by status`,
    )) as { status: string; count: number }[];
    return { ...Object.fromEntries(OPEN.map((status) => [status, 0])), ...Object.fromEntries(rows.map((row) => [row.status, row.count])) };
  }

  async read(): Promise<Statistics> {
    const [statuses, ages, outcomesPerMinute, gateway, twice] = await Promise.all([
      this.rows<{ status: string; count: number; absorbed: number }>(
        'select status, count(*)::int as count, sum(requests - 1)::int as absorbed from operations group by status',
      ),
      this.rows<{ bar: number; count: number; oldest: Date }>(
        `select width_bucket(extract(epoch from service_now() - created_at), array[${AGE_BOUNDS_SECONDS.join(', ')}]) as bar, count(*)::int as count,
           min(created_at) as oldest
         from operations where status in (${sqlList(OPEN)}) group by 1`,
      ),
      this.rows<Statistics['outcomesPerMinute'][number]>(
        `select date_trunc('minute', settled_at) as at, count(*) filter (where status = 'succeeded')::int as succeeded,
           count(*) filter (where status = 'failed')::int as failed, count(*) filter (where status = 'canceled')::int as canceled
         from operations where settled_at > service_now() - interval '1 hour' group by 1 order by 1`,
      ),
      gatewayFigures(this.database),
      chargedTwice(this.database),
    ]);
    const counts = Object.fromEntries(statuses.map((row) => [row.status, row.count]));
    return {
      byStatus: { ...Object.fromEntries(STATUSES.map((status) => [status, 0])), ...counts },
      openAges: [...AGE_BOUNDS_SECONDS, null].map((upToSeconds, bar) => ({
        upToSeconds,
        count: ages.find((age) => age.bar === bar)?.count ?? 0,
      })),
      outcomesPerMinute,
      ...gateway,
      chargedTwice: twice,
      duplicatesAbsorbed: statuses.reduce((sum, row) => sum + row.absorbed, 0),
      oldestOpenAt: ages.map((age) => age.oldest).sort((a, b) => a.getTime() - b.getTime())[0] ?? null,
    };
  }

  private rows<Row>(sql: string): Promise<Row[]> {
    return this.database.query(sql) as Promise<Row[]>;
  }
}
