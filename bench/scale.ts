import { parseArgs } from 'node:util';
import type { Pool } from 'pg';
import { HOT_STATEMENTS, howRead } from '../test/kit/plans.js';
import { ratio, table } from './figures.js';
import { checkBooksOf, openFilledArm, type FilledArm } from './filled-arm.js';
import { openHouse } from './house.js';
import { looksOfTimeMs } from './looks.js';
import { machine, openPrinter } from './print.js';
import { runRounds } from './rounds.js';

/**
 * Whether what has happened before makes a subscribe or a look at what is due dearer: one service on an empty database, and one on each filled one, in the same
 * rounds on the same Postgres. What counts is the ratio within a round and the median of these.
 */
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000,10000000' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    callers: { type: 'string', default: '64' },
    markdown: { type: 'boolean', default: false },
  },
});
const [rounds, seconds, callers] = [values.rounds, values.seconds, values.callers].map(Number) as [number, number, number];
const sizes = [0, ...values.rows.split(',').map(Number)];
const WARM_UP_ROUNDS = 2;

const print = openPrinter(values.markdown);
const house = await openHouse(0);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void house.close().finally(() => process.exit(1)));
try {
  const opened: (FilledArm & { size: number })[] = [];
  for (const size of sizes) {
    const name = size === 0 ? 'empty' : `${size.toLocaleString('en-US')} operations`;
    opened.push({ ...(await openFilledArm(house, { name, database: `rows_${size}`, size, callers, seconds })), size });
  }
  await runRounds(
    house,
    opened.map(({ arm }) => arm),
    rounds,
    WARM_UP_ROUNDS,
  );
  const arms = opened.map(({ arm }) => arm);
  const [empty, ...filled] = arms as [(typeof arms)[number], ...typeof arms];
  print.line(`${callers} callers, ${seconds} s in a round, ${rounds} rounds: ${machine()}. Medians; CPU in µs for each operation.`);
  print.table(table(arms));
  print.table([
    ['ratio', 'median', 'of each round'],
    ...filled.flatMap((arm) => ratio(`${arm.name} : ${empty.name}, requests/s`, arm, empty, 'perSecond')),
    ...filled.flatMap((arm) => ratio(`${arm.name} : ${empty.name}, p99`, arm, empty, 'p99')),
  ]);
  const looks: string[][] = [];
  for (const { arm, pool } of opened) looks.push([arm.name, ...(await looksOfTimeMs(pool)).map((ms) => ms.toFixed(2))]);
  print.table([
    ['a look that finds nothing due, ms of Postgres, planning included', 'recovery p50', 'p99', 'renewals p50', 'p99'],
    ...looks,
  ]);
  for (const { arm, pool, size } of opened) if (size > 0) await expectIndexes(arm.name, pool);
  await checkBooksOf(house, opened);
} finally {
  await house.close();
}

/** What is quick today because a table fits into memory is not meant. */
async function expectIndexes(name: string, pool: Pool): Promise<void> {
  // What a busy database has from autovacuum: of a partial index that was written to since, an analysis alone knows little.
  await pool.query('vacuum (analyze)');
  for (const statement of HOT_STATEMENTS) {
    for (const mode of ['custom', 'generic'] as const) {
      const { indexes, wholly } = await howRead(pool, statement, mode);
      const missing = statement.indexes.filter((index) => !indexes.includes(index));
      if (wholly.length > 0 || missing.length > 0)
        throw new Error(
          `${name}: ${statement.name} (${mode} plan) reads ${wholly.join(', ') || 'nothing'} wholly and goes without ${missing.join(', ')}, by ${indexes.join(', ')}`,
        );
    }
  }
  print.line(
    `${name}: ${HOT_STATEMENTS.map((statement) => statement.name).join(', ')}: each finds its rows through its indexes, custom and generic plan`,
  );
}
