import type { DataSource } from 'typeorm';

/** Read off the calls of this many operations, the latest. */
const SAMPLE = 1_000;
/** Looked for among so many, the latest: where next to nothing costs money, nobody walks back to the first operation. */
const LOOKED_AMONG = 20_000;
/** Upper bounds of the bars, in milliseconds: a charge takes tenths of a second, whoever waits has given up after some ten; the last bar is open. */
const LATENCY_BOUNDS_MS = [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000] as const;

export interface GatewayFigures {
  gatewayLatencyMs: { calls: number; p50: number | null; p95: number | null; p99: number | null };
  /** The same calls, by how long they took. */
  gatewayLatencies: { upToMs: number | null; count: number }[];
}

/** How the latest calls went, as they were written down by whichever process made them. */
export interface GatewayState {
  calls: number;
  /** Calls without a definite answer. */
  silent: number;
  /** By the clock of the process that made it; null where there was none. */
  lastCallAt: string | null;
  /** Whether the last of them was answered. */
  lastAnswered: boolean | null;
}

export async function gatewayFigures(database: DataSource): Promise<GatewayFigures> {
  const [row] = (await database.query(FIGURES_SQL)) as [GatewayFigures['gatewayLatencyMs'] & { bars: Record<string, number> | null }];
  const { bars, ...gatewayLatencyMs } = row;
  return {
    gatewayLatencyMs,
    gatewayLatencies: [...LATENCY_BOUNDS_MS, null].map((upToMs, bar) => ({ upToMs, count: bars?.[bar] ?? 0 })),
  };
}

export async function gatewayState(database: DataSource): Promise<GatewayState> {
  const [row] = (await database.query(STATE_SQL)) as [GatewayState];
  return row;
}

const CALLS = `
select h->>'at' as at, (h->'data'->>'durationMs')::float as ms, h->'data'->'outcome'->>'kind' not in ('unknown', 'not_charged') as answered
from (
  select timeline from (select id, amount, timeline from operations order by id desc limit ${LOOKED_AMONG}) latest
  where amount > 0 order by id desc limit ${SAMPLE}
) o, jsonb_array_elements(o.timeline) h
where h->>'type' = 'gateway.answered' and h->'data' ? 'durationMs'`;

const FIGURES_SQL = `
with calls as materialized (${CALLS})
select count(*)::int as calls, percentile_cont(0.5) within group (order by ms) as p50,
  percentile_cont(0.95) within group (order by ms) as p95, percentile_cont(0.99) within group (order by ms) as p99,
  (select jsonb_object_agg(bar, count) from (
    select width_bucket(ms, array[${LATENCY_BOUNDS_MS.join(', ')}]::float[]) as bar, count(*)::int as count from calls group by 1) bars) as bars
from calls`;

const STATE_SQL = `
with calls as materialized (${CALLS})
select count(*)::int as calls, (count(*) filter (where not answered))::int as silent, max(at) as "lastCallAt",
  (array_agg(answered order by at desc))[1] as "lastAnswered"
from calls`;
