import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { medianOf, type Measured } from './figures.js';

/** One run, kept so that its pictures can be drawn again. */
export interface Kept {
  command: string;
  machine: string;
  arms: Measured[];
}

const WIDTH = 720;
const [LABELS, VALUES, BAR, STEP, TOP, FOOT] = [150, 70, 22, 34, 44, 30];
/** Two hues that differ in lightness as well, for those who do not tell them apart by hue. */
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328 } .quiet { fill: #59636e; font-size: 12px } .title { font-weight: 600; font-size: 15px }
  .program { fill: #0969da } .postgres { fill: #8250df } .redis { fill: #bf8700 } .grid { stroke: #d1d9e0 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .quiet { fill: #9198a1 } .program { fill: #4493f8 } .postgres { fill: #ab7df8 } .redis { fill: #d29922 } .grid { stroke: #3d444d }
  }`;

interface Bar {
  name: string;
  parts: { kind: 'program' | 'postgres' | 'redis'; value: number }[];
}

/** Writes `throughput.svg`, `processor-time.svg` and the `results.json` that both were drawn from. */
export async function drawCharts(folder: string, kept: Kept): Promise<void> {
  await mkdir(folder, { recursive: true });
  const throughput = kept.arms.map(({ name, results }) => bar(name, { program: medianOf(results, 'perSecond') }));
  const processorTime = kept.arms.map(({ name, results }) =>
    bar(name, { program: medianOf(results, 'serviceUs'), postgres: medianOf(results, 'postgresUs'), redis: medianOf(results, 'redisUs') }),
  );
  await writeFile(join(folder, 'throughput.svg'), svg('Subscribes per second: more is better', throughput, kept, []));
  await writeFile(
    join(folder, 'processor-time.svg'),
    svg('Processor time of a subscribe in µs: less is better', processorTime, kept, ['program', 'postgres', 'redis']),
  );
  await writeFile(join(folder, 'results.json'), `${JSON.stringify(kept, null, 2)}\n`);
}

export async function readKept(file: string): Promise<Kept> {
  return JSON.parse(await readFile(file, 'utf8')) as Kept;
}

function bar(name: string, values: Partial<Record<'program' | 'postgres' | 'redis', number | null>>): Bar {
  const parts = (['program', 'postgres', 'redis'] as const).map((kind) => ({ kind, value: values[kind] ?? 0 }));
  return { name, parts: parts.filter(({ value }) => value > 0) };
}

function svg(title: string, bars: Bar[], { command, machine }: Kept, legend: string[]): string {
  const most = Math.max(...bars.map(total));
  const scale = (WIDTH - LABELS - VALUES) / most;
  const height = TOP + (legend.length > 0 ? 20 : 0) + bars.length * STEP + FOOT;
  const top = height - FOOT - bars.length * STEP;
  const keys = legend.map((kind, at) => {
    const x = LABELS + at * 100;
    return `<rect class="${kind}" x="${x}" y="36" width="12" height="12" rx="2"/><text class="quiet" x="${x + 18}" y="47">${kind}</text>`;
  });
  const said = bars.map((each) => `${each.name} ${total(each).toFixed(0)}`).join(', ');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(`${title}: ${said}`)}">
<style>${STYLE}
</style>
<text class="title" x="0" y="20">${escaped(title)}</text>
${keys.join('\n')}
<line class="grid" x1="${LABELS - 0.5}" x2="${LABELS - 0.5}" y1="${top - 4}" y2="${height - FOOT}"/>
${bars.map((each, row) => drawn(each, top + row * STEP, scale)).join('\n')}
<text class="quiet" x="0" y="${height - 8}">${escaped(`${command}, ${machine.split(',')[0]}`)}</text>
</svg>
`;
}

function drawn(each: Bar, y: number, scale: number): string {
  let x = LABELS;
  const rects = each.parts.map(({ kind, value }) => {
    const rect = `<rect class="${kind}" x="${x.toFixed(1)}" y="${y}" width="${Math.max(1, value * scale).toFixed(1)}" height="${BAR}" rx="2"/>`;
    x += value * scale;
    return rect;
  });
  const baseline = y + BAR / 2 + 5;
  return `<text x="${LABELS - 10}" y="${baseline}" text-anchor="end">${escaped(each.name)}</text>${rects.join('')}<text x="${(x + 8).toFixed(1)}" y="${baseline}">${total(each).toFixed(0)}</text>`;
}

function total({ parts }: Bar): number {
  return parts.reduce((sum, { value }) => sum + value, 0);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
