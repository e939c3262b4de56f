import { parseArgs } from 'node:util';
import { ratio, table } from './figures.js';
import { checkBooksOf, openFilledArm } from './filled-arm.js';
import { openHouse } from './house.js';
import { machine, openPrinter } from './print.js';
import { runRounds } from './rounds.js';

/** What an index of the hot tables costs a subscribe: the service on two databases that are filled alike, one of them without it. */
const { values } = parseArgs({
  options: {
    index: { type: 'string', default: 'operations_at_gateway' },
    rows: { type: 'string', default: '200000' },
    rounds: { type: 'string', default: '11' },
    seconds: { type: 'string', default: '2' },
    callers: { type: 'string', default: '64' },
    markdown: { type: 'boolean', default: false },
  },
});
const [size, rounds, seconds, callers] = [values.rows, values.rounds, values.seconds, values.callers].map(Number) as [
  number,
  number,
  number,
  number,
];
const WARM_UP_ROUNDS = 3;

const print = openPrinter(values.markdown);
const house = await openHouse(0);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void house.close().finally(() => process.exit(1)));
try {
  const whole = await openFilledArm(house, { name: 'with it', database: 'whole', size, callers, seconds });
  const without = await openFilledArm(house, { name: 'without', database: 'without', size, callers, seconds });
  const { rows } = await whole.pool.query('select pg_relation_size(to_regclass($1)) as bytes', [values.index]);
  await without.pool.query(`drop index ${values.index}`);
  const arms = [whole.arm, without.arm];
  await runRounds(house, arms, rounds, WARM_UP_ROUNDS);
  const mb = (Number((rows[0] as { bytes: string }).bytes) / 1_048_576).toFixed(1);
  print.line(
    `${values.index}, ${mb} MB for ${size.toLocaleString('en-US')} operations; ${callers} callers, ${seconds} s in a round, ${rounds} rounds: ${machine()}.`,
  );
  print.table(table(arms));
  print.table([
    ['with it : without', 'median', 'of each round'],
    ...ratio('CPU Postgres', whole.arm, without.arm, 'postgresUs'),
    ...ratio('requests/s', whole.arm, without.arm, 'perSecond'),
  ]);
  await checkBooksOf(house, [whole, without]);
} finally {
  await house.close();
}
