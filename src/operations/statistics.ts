import type { DataSource } from 'typeorm';
import type { Clock } from '../platform/clock.js';
import type { ServiceClock } from '../platform/database/service-clock.js';
import { Remembered, type Memory } from '../platform/remembered.js';
import { figuresOfDay, outcomesOfHour, type FiguresOfDay, type OutcomesPerMinute } from './ended-figures.js';
import { gatewayFigures, type GatewayFigures } from './gateway-figures.js';
import { OPEN, sqlList, STATUSES } from './states.js';

/** Ages of open operations, in seconds: upper bounds of the bars, the last one open. */
const AGE_BOUNDS_SECONDS = [1, 10, 60, 600, 3_600, 86_400] as const;

/** Whoever looks does so every few seconds. No longer: who is told `now` a second late still takes it for the time. */
const NOW: Memory = { ms: 1_000, timesTheReading: 0 };
/** A busy hour has a million rows. */
const LAST_HOUR: Memory = { ms: 1_000, timesTheReading: 20 };
/** A day that is over but for a minute is nearly the same. */
const LAST_DAY: Memory = { ms: 60_000, timesTheReading: 20 };

export interface Statistics extends OpenFigures, GatewayFigures, Omit<FiguresOfDay, 'ended'> {
  /** When what is open and how the gateway answered was read, by the service's clock. */
  now: Date;
  /** How many are open; of those that are over, how many of the last day. */
  byStatus: Record<string, number>;
  /** When `outcomesPerMinute` was read. */
  lastHourAt: Date;
  outcomesPerMinute: OutcomesPerMinute;
  /** When what is over was counted, and what was absorbed and charged twice. */
  lastDayAt: Date;
}

interface OpenFigures {
  openAges: { upToSeconds: number | null; count: number }[];
  oldestOpenAt: Date | null;
}

interface OpenRow {
  status: string;
  bar: number;
  count: number;
  oldest: Date;
}

export interface StatisticsParts {
  database: DataSource;
  serviceClock: Pick<ServiceClock, 'read'>;
  clock: Pick<Clock, 'monotonicMs'>;
}

/**
 * Figures for the admin's eyes. However many look, each is read once at a time in this process, and through indexes: what it costs follows what is open
 * and what happened of late, never what has ever happened.
 */
export class StatisticsQuery {
  private readonly database: DataSource;
  private readonly serviceClock: Pick<ServiceClock, 'read'>;
  private readonly current;
  private readonly lastHour;
  private readonly lastDay;

  constructor({ database, serviceClock, clock }: StatisticsParts) {
    this.database = database;
    this.serviceClock = serviceClock;
    const gathered = () => Promise.all([openOperations(database), gatewayFigures(database)]);
    this.current = new Remembered(() => this.dated(gathered), NOW, clock);
    this.lastHour = new Remembered(() => this.dated(() => outcomesOfHour(database)), LAST_HOUR, clock);
    this.lastDay = new Remembered(() => this.dated(() => figuresOfDay(database)), LAST_DAY, clock);
  }

  /** How many operations are open, by status; for the metric. */
  async open(): Promise<Record<string, number>> {
    return countsOf(OPEN, await openOperations(this.database));
  }

  async read(): Promise<Statistics> {
    const [current, hour, day] = await Promise.all([this.current.read(), this.lastHour.read(), this.lastDay.read()]);
    const [open, gateway] = current.figures;
    const { ended, ...ofDay } = day.figures;
    return {
      now: current.at,
      byStatus: { ...countsOf(STATUSES, open), ...ended },
      openAges: [...AGE_BOUNDS_SECONDS, null].map((upToSeconds, at) => ({
        upToSeconds,
        count: sum(open.filter(({ bar }) => bar === at)),
      })),
      oldestOpenAt: open.map(({ oldest }) => oldest).toSorted((a, b) => a.getTime() - b.getTime())[0] ?? null,
      ...gateway,
      lastHourAt: hour.at,
      outcomesPerMinute: hour.figures,
      lastDayAt: day.at,
      ...ofDay,
    };
  }

  private async dated<Figures>(read: () => Promise<Figures>): Promise<{ at: Date; figures: Figures }> {
    const [{ now }, figures] = await Promise.all([this.serviceClock.read(), read()]);
    return { at: now, figures };
  }
}

/** By status and age, through the index of what is open. */
function openOperations(database: DataSource): Promise<OpenRow[]> {
  return database.query<OpenRow[]>(
    `select status, width_bucket(extract(epoch from service_now() - created_at), array[${AGE_BOUNDS_SECONDS.join(', ')}]) as bar,
       count(*)::int as count, min(created_at) as oldest
     from operations where status in (${sqlList(OPEN)}) group by 1, 2`,
  );
}

function countsOf(statuses: readonly string[], rows: OpenRow[]): Record<string, number> {
  return Object.fromEntries(statuses.map((each) => [each, sum(rows.filter(({ status }) => status === each))]));
}

function sum(rows: OpenRow[]): number {
  return rows.reduce((all, { count }) => all + count, 0);
}
