import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { ServerProcess } from '../test/kit/processes.js';
import { checkedBooks } from './books.js';
import { openHouse } from './house.js';
import { machine, openPrinter } from './print.js';
import { PLAN } from './program-arm.js';

/** Whether the service keeps anything of what it has done: its memory over very many subscribes, in tenths. */
const { values } = parseArgs({
  options: {
    operations: { type: 'string', default: '1000000' },
    callers: { type: 'string', default: '64' },
    'heap-mb': { type: 'string', default: '1024' },
    markdown: { type: 'boolean', default: false },
  },
});
const [operations, callers] = [values.operations, values.callers].map(Number) as [number, number];
const TENTHS = 10;
const LOOK_MS = 1_000;
/** What the last three tenths may have more than the third to fifth: the first two compile code and fill pools. */
const MOST_GROWTH = 1.1;
const MEGABYTE = 1_048_576;
/** Code is still being compiled and pools are still filling before. */
const LEAST_FOR_A_VERDICT = 100_000;

interface Tenth {
  /** The most that was resident. */
  residentBytes: number;
  /** The least that was in use: what is left after a collection. */
  heapBytes: number;
}

const print = openPrinter(values.markdown);
const house = await openHouse(0);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void house.close().finally(() => process.exit(1)));
try {
  await house.openPlans([PLAN], null);
  // Unbounded, V8 lets garbage gather for as long as the machine has room.
  const service = await house.serve(true, { NODE_OPTIONS: `--max-old-space-size=${values['heap-mb']}` });
  const requests = Math.ceil(operations / TENTHS / callers);
  const tenths: Tenth[] = [];
  while (tenths.length < TENTHS) tenths.push(await tenth(service, requests));
  print.line(`${requests * callers * TENTHS} subscribes by ${callers} callers: ${machine()}.`);
  const megabytes = (bytes: number): string => (bytes / MEGABYTE).toFixed(0);
  print.table([
    ['after', 'resident MB, most', 'heap MB, least'],
    ...tenths.map(({ residentBytes, heapBytes }, at) => [`${(at + 1) * TENTHS}%`, megabytes(residentBytes), megabytes(heapBytes)]),
  ]);
  print.line(`resident: ${verdict(tenths.map((each) => each.residentBytes))}; heap: ${verdict(tenths.map((each) => each.heapBytes))}`);
  process.stderr.write(`${await checkedBooks(house.database, 'public', requests * callers * TENTHS, house)}\n`);
} finally {
  await house.close();
}

async function tenth(service: ServerProcess, requests: number): Promise<Tenth> {
  let isOver = false;
  const running = house.run({ urls: [service.url] }, { plans: [PLAN], callers, requests }).finally(() => (isOver = true));
  const looks: Tenth[] = [];
  do {
    looks.push({ residentBytes: await residentBytes(service.pid), heapBytes: await heapBytes(service.url) });
    await Promise.race([running, sleep(LOOK_MS)]);
  } while (!isOver);
  const { statuses } = await running;
  if (statuses['201'] !== requests * callers) throw new Error(JSON.stringify(statuses));
  const seen = {
    residentBytes: Math.max(...looks.map((look) => look.residentBytes)),
    heapBytes: Math.min(...looks.map((look) => look.heapBytes)),
  };
  process.stderr.write(`${requests * callers} subscribes, ${Math.round(seen.residentBytes / MEGABYTE)} MB\n`);
  return seen;
}

function verdict(bytes: number[]): string {
  if (operations < LEAST_FOR_A_VERDICT) return `no verdict on fewer than ${LEAST_FOR_A_VERDICT} subscribes`;
  const growth = Math.max(...bytes.slice(-3)) / Math.max(...bytes.slice(2, 5));
  return `${growth <= MOST_GROWTH ? 'flat' : 'not flat'}, the last three tenths ${growth.toFixed(2)} × the third to fifth`;
}

async function residentBytes(pid: number): Promise<number> {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1_024;
}

/** As the service itself tells it. */
async function heapBytes(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const bytes = Number(/^\w+nodejs_heap_size_used_bytes(?:\{[^}]*\})? (\S+)$/m.exec(text)?.[1]);
  if (!(bytes > 0)) throw new Error('the service does not tell of its heap');
  return bytes;
}
