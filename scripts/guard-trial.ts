import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aliveBeside, fileRunFor, titlesOf, without, type Alive, type NamedTest, type Removal } from '../test/guards/guard.js';

export interface Trial {
  id: string;
  name: string;
  remove: Removal[];
  test: NamedTest;
}

/** `BROKEN: …`: the test could not say anything, because more was taken out than a guard. */
export type Verdict = 'red' | 'NOT RED' | `BROKEN: ${string}`;

/** A trial of whole processes takes a minute, on a busy machine several; what takes longer hangs. */
const TRIAL_TIMEOUT_MS = 600_000;
/** A test that hangs without its guard has failed. With everything in place it takes a fraction of this, however busy the machine is. */
const TEST_TIMEOUT_MS = 90_000;

interface Told {
  title: string;
  ancestorTitles: string[];
  status: string;
}
type Report = { testResults: { name: string; message: string; assertionResults: Told[] }[] };

/** The tests of these trials, with everything in place, that do not pass. */
export async function everythingPasses(copy: string, trials: Trial[], alive: Alive, workers: number): Promise<string[]> {
  const tests = trials.flatMap(({ test }) => [test, ...aliveBeside(test, alive)]);
  const report = await runJest(copy, tests, workers);
  if (!report) return ['jest wrote no report'];
  const complaints = tests.flatMap((test) => {
    const told = toldOf(report, test);
    const complaint = told.length === 0 ? 'did not run' : told.some(({ status }) => status !== 'passed') ? 'failed' : null;
    return complaint ? [`${test.file}: "${test.name}" ${complaint}`] : [];
  });
  return [...new Set(complaints)];
}

/** Takes out what the trial says, runs its test, and puts everything back. */
export async function tryWithout(copy: string, { remove, test }: Trial, alive: Alive): Promise<Verdict> {
  const whole = new Map<string, string>();
  try {
    for (const removal of remove) {
      const path = join(copy, removal.file);
      const text = await readFile(path, 'utf8');
      if (!whole.has(path)) whole.set(path, text);
      await writeFile(path, without(text, removal));
    }
    return verdictOf(await runJest(copy, [test, ...aliveBeside(test, alive)], 1), test, alive);
  } finally {
    for (const [path, text] of whole) await writeFile(path, text);
  }
}

/** Ends what is still running. */
export function endTrials(): void {
  for (const child of running) end(child);
}

const running = new Set<ChildProcess>();

function verdictOf(report: Report | null, test: NamedTest, alive: Alive): Verdict {
  if (!report) return 'BROKEN: jest wrote no report';
  const named = toldOf(report, test);
  if (named.length === 0) return 'BROKEN: the test did not run';
  const dead = aliveBeside(test, alive).some((beside) => toldOf(report, beside).some(({ status }) => status !== 'passed'));
  if (dead) return 'BROKEN: nothing else passes either';
  return named.some(({ status }) => status === 'failed') ? 'red' : 'NOT RED';
}

function toldOf(report: Report, test: NamedTest): Told[] {
  const title = new RegExp(`^${titlesOf(test.name)}$`, 's');
  const results = report.testResults.filter(({ name }) => name.endsWith(`/${fileRunFor(test)}`));
  return results
    .flatMap(({ assertionResults }) => assertionResults)
    .filter((told) => told.status !== 'pending' && title.test(told.title) && (!test.group || told.ancestorTitles.includes(test.group)));
}

async function runJest(copy: string, tests: NamedTest[], workers: number): Promise<Report | null> {
  const report = join(copy, 'report.json');
  await rm(report, { force: true });
  const files = [...new Set(tests.map(fileRunFor))];
  const names = [...new Set(tests.map(({ name, group }) => `${group ? `${titlesOf(group)} (.* )?` : ''}${titlesOf(name)}`))];
  const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
  const what = ['--runTestsByPath', ...files, '--testNamePattern', `(^| )(${names.join('|')})$`];
  // A program without one of its guards may leave something open.
  const how = ['--json', '--outputFile', report, '--silent', '--forceExit', `--maxWorkers=${workers}`, `--testTimeout=${TEST_TIMEOUT_MS}`];
  const child = spawn(process.execPath, [...jest, ...what, ...how], { cwd: copy, detached: true, stdio: 'ignore', env: environment() });
  running.add(child);
  const late = setTimeout(() => end(child), TRIAL_TIMEOUT_MS);
  await once(child, 'close');
  clearTimeout(late);
  running.delete(child);
  const text = await readFile(report, 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as Report);
}

/** A jest that is started by a jest takes itself for one of its workers. */
function environment(): NodeJS.ProcessEnv {
  const { JEST_WORKER_ID: _, NODE_OPTIONS: __, ...env } = process.env;
  return env;
}

function end(child: ChildProcess): void {
  try {
    process.kill(-(child.pid as number), 'SIGTERM');
  } catch {
    // It is gone already.
  }
}
