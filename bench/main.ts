import { parseArgs } from 'node:util';
import { openArms } from './arms.js';
import { drawCharts, readKept, type Kept } from './chart.js';
import { ratio, table } from './figures.js';
import { openHouse } from './house.js';
import { machine, openPrinter } from './print.js';
import { runRounds } from './rounds.js';

/**
 * What a subscribe costs beside what others do for the same: each arm is run in each round, forwards and backwards in turn, so that whatever else the
 * machine does meets all of them. What counts is the ratio within a round and the median of these.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    callers: { type: 'string', default: '64' },
    'gateway-ms': { type: 'string', default: '0' },
    processes: { type: 'string', default: '1' },
    roles: { type: 'string', default: 'api' },
    replay: { type: 'boolean', default: false },
    peers: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    chart: { type: 'string' },
    from: { type: 'string' },
  },
});
const [rounds, seconds, callers, gatewayMs, processes] = (['rounds', 'seconds', 'callers', 'gateway-ms', 'processes'] as const).map(
  (name) => Number(values[name]),
) as [number, number, number, number, number];
/** The compiler is at work on the service for its first ten thousand subscribes, and on the small programs for a thousand. */
const WARM_UP_ROUNDS = 4;
/** How a run is asked for again. */
const NO_PART_OF_THE_RUN = ['--markdown', '--chart', '--from'];

const print = openPrinter(values.markdown);
const kept = values.from === undefined ? await run() : await readKept(values.from);
report(kept);
if (values.chart !== undefined) await drawCharts(values.chart, kept);

async function run(): Promise<Kept> {
  const house = await openHouse(gatewayMs);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void house.close().finally(() => process.exit(1)));
  try {
    const { arms, missing } = await openArms(house, {
      callers,
      seconds,
      processes,
      roles: values.roles,
      replay: values.replay,
      peers: values.peers,
    });
    await runRounds(house, arms, rounds, WARM_UP_ROUNDS);
    for (const each of missing) process.stderr.write(`${each}\n`);
    for (const arm of arms) process.stderr.write(`${arm.name}: ${await arm.checkBooks()}\n`);
    return { command: command(), machine: machine(), arms: arms.map(({ name, results }) => ({ name, results })) };
  } finally {
    await house.close();
  }
}

function command(): string {
  const said = process.argv.slice(2).filter((word, at, all) => {
    const before = all[at - 1] ?? '';
    return !NO_PART_OF_THE_RUN.includes(word) && !(before !== '--markdown' && NO_PART_OF_THE_RUN.includes(before));
  });
  return ['npm run bench', ...(said.length > 0 ? ['--', ...said] : [])].join(' ');
}

function report({ command: asked, machine: where, arms }: Kept): void {
  const arm = (name: string) => arms.find((each) => each.name.startsWith(name));
  const service = arms[0];
  const several = arm('service ×');
  const others = arms.filter((each) => each !== service && each !== several && each.name !== 'replay');
  print.line(`${values.markdown ? `\`${asked}\`` : asked}: ${where}. Medians; CPU in µs for each operation.`);
  print.table(table(arms));
  print.table([
    ['ratio', 'median', 'of each round'],
    ...others.flatMap((other) => ratio(`service : ${other.name}, requests/s`, service, other, 'perSecond')),
    ...others.filter(({ name }) => name !== 'floor').flatMap((other) => ratio(`service : ${other.name}, CPU`, service, other, 'serviceUs')),
    ...ratio('service : lean, p50', service, arm('lean'), 'p50'),
    ...ratio('replay : service, requests/s', arm('replay'), service, 'perSecond'),
    ...ratio(`${several?.name} : service, requests/s`, several, service, 'perSecond'),
    ...ratio(`${several?.name} : service, CPU`, several, service, 'serviceUs'),
  ]);
}
