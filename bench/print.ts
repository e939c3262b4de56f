import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg } from 'node:os';

/** To the screen with columns, or as tables that can be pasted into a page. */
export interface Printer {
  /** The first row is the heading. A table without rows is left out. */
  table(rows: string[][]): void;
  line(text: string): void;
}

export function openPrinter(markdown: boolean): Printer {
  const line = (text: string): void => void process.stdout.write(`${text}\n`);
  const print = (rows: string[][]): void => {
    if (rows.length < 2) return;
    const widths = (rows[0] as string[]).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
    const padded = rows.map((row) =>
      widths.map((width, at) => (at === 0 ? (row[at] ?? '').padEnd(width) : (row[at] ?? '').padStart(width))),
    );
    if (!markdown) return padded.forEach((row) => line(row.join('  ')));
    const [head, ...body] = padded.map((row) => `| ${row.join(' | ')} |`) as [string, ...string[]];
    [`\n${head}`, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body, ''].forEach(line);
  };
  return { table: print, line };
}

/** Of when it began: whoever works on the next one meanwhile is not measured. */
const COMMIT = commit();

/** Where and when something was measured, and what else the machine did. */
export function machine(): string {
  const [model] = cpus();
  const load = loadavg()
    .slice(0, 2)
    .map((each) => each.toFixed(1));
  return `${new Date().toISOString().slice(0, 10)}, ${availableParallelism()} cores (${model?.model.trim()}), Node ${process.versions.node}, ${COMMIT}, load ${load.join(' and ')} over the last 1 and 5 minutes`;
}

function commit(): string {
  try {
    return `commit ${execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8', stdio: 'pipe' }).trim()}`;
  } catch {
    return 'no commit';
  }
}
