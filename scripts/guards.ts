import { rmSync } from 'node:fs';
import { cp, mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Catalogue } from '../test/guards/guard.js';
import { endTrials, everythingPasses, tryWithout, type Trial } from './guard-trial.js';

/**
 * Proves the guards: takes each out in a copy of the project, and those that hide each other together, and shows that the test named for it fails.
 * First all of those tests pass with everything in place. `npm run guards -- --only refund --jobs 1`
 */
const OPTIONS = {
  /** Only guards whose id or name contains this. */
  only: { type: 'string', default: '' },
  /** Begins with the guard of this id. */
  from: { type: 'string', default: '' },
  /** Copies that are tried side by side. */
  jobs: { type: 'string', default: '2' },
  /** A race is not lost every time: a guard is not red when its test passed this often without it. */
  tries: { type: 'string', default: '3' },
} as const;

/** Made anew in a copy, or nobody's business there. */
const NOT_COPIED = new Set(['node_modules', '.git', 'dist', 'coverage', '.counterfoil']);

const { values: options } = parseArgs({ options: OPTIONS });
const [jobs, tries] = [Number(options.jobs), Number(options.tries)];
const room = await mkdtemp(join(tmpdir(), 'counterfoil-guards-'));
process.once('exit', leave);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const copies = await Promise.all(Array.from({ length: jobs }, (_, index) => copyOfProject(`copy-${index}`)));
const catalogue = (await import(pathToFileURL(join(copies[0] as string, 'test/guards/all.ts')).href)) as Catalogue;
const trials = chosen(trialsOf(catalogue));
if (trials.length === 0) fail('no guard fits these options');

console.log(`${trials.length} removals; first their tests with everything in place`);
const red = await everythingPasses(copies[0] as string, trials, catalogue.alive, jobs);
if (red.length > 0) fail(`these tests do not pass with everything in place:\n  ${red.join('\n  ')}`);
console.log(`all of them pass, after ${seconds(performance.now())}`);

const failures: string[] = [];
const waiting = [...trials];
await Promise.all(copies.map(work));
const proven = trials.length - failures.length;
console.log(`\n${proven} of ${trials.length} red, in ${seconds(performance.now())}`);
if (failures.length > 0) fail(failures.join('\n'));
process.exit(0);

async function work(copy: string): Promise<void> {
  for (let trial = waiting.shift(); trial; trial = waiting.shift()) {
    const startedAt = performance.now();
    let verdict = await tryWithout(copy, trial, catalogue.alive);
    for (let time = 1; time < tries && verdict !== 'red'; time += 1) verdict = await tryWithout(copy, trial, catalogue.alive);
    const line = `${verdict.padEnd(8)} ${seconds(performance.now() - startedAt).padStart(7)}  ${trial.id}: "${trial.test.name}"`;
    if (verdict !== 'red') failures.push(line);
    console.log(line);
  }
}

/** Every guard that has a test of its own, and every set of those that hide each other. */
function trialsOf({ groups, together }: Catalogue): Trial[] {
  const guards = groups.flatMap((group) => group.guards);
  const alone = guards.flatMap(({ id, name, remove, test }) => (test ? [{ id, name, remove, test }] : []));
  const sets = together.map((set) => ({
    id: set.guards.join(' + '),
    name: set.without,
    remove: set.guards.flatMap((id) => guards.find((guard) => guard.id === id)?.remove ?? fail(`no guard is called ${id}`)),
    test: set.test,
  }));
  return [...alone, ...sets];
}

function chosen(all: Trial[]): Trial[] {
  const first = all.findIndex(({ id }) => id === options.from);
  if (options.from !== '' && first < 0) fail(`no guard is called ${options.from}`);
  return all.slice(Math.max(0, first)).filter(({ id, name }) => `${id} ${name}`.includes(options.only));
}

async function copyOfProject(name: string): Promise<string> {
  const project = resolve('.');
  const copy = join(room, name);
  const filter = (source: string): boolean => relative(project, source).includes('/') || !NOT_COPIED.has(basename(source));
  await cp(project, copy, { recursive: true, filter });
  await symlink(resolve('node_modules'), join(copy, 'node_modules'));
  return copy;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function leave(): void {
  endTrials();
  rmSync(room, { recursive: true, force: true, maxRetries: 5 });
}

function fail(text: string): never {
  console.error(text);
  process.exit(1);
}
