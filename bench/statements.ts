import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import type { Draft } from '../src/operations/draft.js';
import { PostgresOperationStore } from '../src/operations/store/postgres-store.js';
import { settlementOf } from '../src/operations/verdict.js';
import { createDataSource } from '../src/platform/database/data-source.js';
import { migrate } from '../src/platform/database/migrate.js';
import { startPostgres } from '../src/platform/embedded/postgres.js';
import { subscribing } from '../test/contracts/drafts.js';
import { percentile } from '../test/overload/open-loop.js';
import { OPEN_PLANS_SQL } from './house.js';
import { machine, openPrinter } from './print.js';
import { PLAN } from './program-arm.js';

/**
 * What the three statements of a subscribe take the backend that carries them out, by the size of the set: its own processor time, in µs for each
 * operation, one set after the other on one connection. It does not wait for its disk, which takes no processor time.
 */
const { values } = parseArgs({
  options: {
    sets: { type: 'string', default: '1,4,16,64' },
    rounds: { type: 'string', default: '5' },
    operations: { type: 'string', default: '1600' },
    markdown: { type: 'boolean', default: false },
  },
});
const sizes = values.sets.split(',').map(Number);
const [rounds, operations] = [values.rounds, values.operations].map(Number) as [number, number];
const SCHEDULE_MS = [10_000, 30_000];
const STATEMENTS = ['look', 'record', 'settle'] as const;
type Spent = Record<(typeof STATEMENTS)[number], number>;

const print = openPrinter(values.markdown);
const dataDir = await mkdtemp(join(tmpdir(), 'counterfoil-bench-'));
await chmod(dataDir, 0o711);
const postgres = await startPostgres({ dataDir, durable: false });
try {
  await migrate(postgres.url);
  const owner = new pg.Client({ connectionString: postgres.url });
  await owner.connect();
  await owner.query(OPEN_PLANS_SQL, [[PLAN], null]);
  await owner.end();
  const database = createDataSource({ url: postgres.url, poolSize: 1, entities: [], onPoolError: () => undefined });
  await database.initialize();
  const [{ pid }] = (await database.query('select pg_backend_pid() as pid')) as [{ pid: number }];
  const store = new PostgresOperationStore(database, SCHEDULE_MS, SCHEDULE_MS[0] as number);
  const spent = new Map<number, Spent[]>(sizes.map((size) => [size, []]));
  // The first round is to prepare, and to warm up.
  for (let round = 0; round <= rounds; round += 1)
    for (const size of sizes) {
      const took = await carriedOut(store, pid, size);
      if (round > 0) spent.get(size)?.push(took);
    }
  await database.destroy();
  print.line(`${rounds} rounds of ${operations} newcomers: ${machine()}. Medians; CPU of the backend in µs for each operation.`);
  const of = (size: number, name: keyof Spent): number => percentile(spent.get(size)?.map((each) => each[name]) ?? [], 0.5);
  print.table([
    ['in a set of', ...STATEMENTS, 'together'],
    ...sizes.map((size) => {
      const each = STATEMENTS.map((name) => of(size, name));
      return [`${size}`, ...[...each, each.reduce((sum, us) => sum + us, 0)].map((us) => us.toFixed(0))];
    }),
  ]);
} finally {
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
}

/** So many newcomers, set by set: all are looked at, then all recorded, then all settled. */
async function carriedOut(store: PostgresOperationStore, pid: number, size: number): Promise<Spent> {
  const newcomer = (): Draft =>
    subscribing(PLAN, { terms: { price: { amount: 1_900, currency: 'USD' }, interval: 'month', trialDays: 0 } });
  const sets = Array.from({ length: Math.ceil(operations / size) }, () => Array.from({ length: size }, newcomer));
  const spentBy = async <T>(sent: (set: Draft[], n: number) => Promise<T[]>): Promise<{ us: number; answers: T[][] }> => {
    const before = await processorUs(pid);
    const answers: T[][] = [];
    for (const [n, set] of sets.entries()) answers.push(await sent(set, n));
    return { us: ((await processorUs(pid)) - before) / (sets.length * size), answers };
  };
  const look = await spentBy((set) => store.look(set));
  const record = await spentBy((set) => store.record(set));
  const settle = await spentBy((_, n) =>
    store.settle(
      (record.answers[n] ?? []).map((recorded) => {
        if (recorded.kind !== 'recorded') throw new Error(`not recorded: ${recorded.kind}`);
        return settlementOf(recorded.operation, { status: 'succeeded', gatewayReference: 'pi_1' }, recorded.now, []);
      }),
    ),
  );
  if (settle.answers.flat().some((settled) => settled === null)) throw new Error('not settled');
  return { look: look.us, record: record.us, settle: settle.us };
}

/** As the scheduler counts it, in nanoseconds: finer than the hundredths of a second of other counters. */
async function processorUs(pid: number): Promise<number> {
  return Number((await readFile(`/proc/${pid}/schedstat`, 'utf8')).split(' ', 1)[0]) / 1_000;
}
