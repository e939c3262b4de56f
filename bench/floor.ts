import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Ran } from './callers.js';
import { LEAN_RECORD, LEAN_SETTLE } from './lean-sql.js';

const run = promisify(execFile);
const PACKAGES = '/usr/lib/postgresql';
/** The measured Postgres has 100 connections, and the other arms keep theirs. */
const MAX_CLIENTS = 64;

/** What the database does with the two statements of the lean program when nobody stands before it. */
export interface Floor {
  clients: number;
  run(seconds: number): Promise<Ran>;
}

/** null where there is no pgbench. */
export async function openFloor(databaseUrl: string, schema: string, callers: number): Promise<Floor | null> {
  const pgbench = await findPgbench();
  if (pgbench === null) return null;
  const clients = Math.min(callers, MAX_CLIENTS);
  return {
    clients,
    run: async (seconds) => {
      const folder = await mkdtemp(join(tmpdir(), 'counterfoil-pgbench-'));
      try {
        await writeFile(join(folder, 'subscribe.sql'), SCRIPT);
        const options = [
          '-n',
          '-M',
          'prepared',
          '-c',
          `${clients}`,
          '-j',
          '1',
          '-T',
          `${seconds}`,
          '-f',
          'subscribe.sql',
          '-l',
          databaseUrl,
        ];
        const env = { ...process.env, PGOPTIONS: `-c search_path=${schema}` };
        const { stdout } = await run(pgbench, options, { cwd: folder, env });
        return await ranOf(stdout, folder);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

async function findPgbench(): Promise<string | null> {
  const versions = await readdir(PACKAGES).catch(() => []);
  const newestFirst = versions.toSorted((one, other) => Number(other) - Number(one));
  const candidates = [...newestFirst.map((version) => join(PACKAGES, version, 'bin', 'pgbench')), 'pgbench'];
  for (const candidate of candidates) {
    const found = await run(candidate, ['--version']).then(
      () => true,
      () => false,
    );
    if (found) return candidate;
  }
  return null;
}

/** pgbench draws whole numbers only. */
const UUID_OF = (one: string, other: string): string =>
  `(lpad(to_hex(:${one}::bigint), 16, '0') || lpad(to_hex(:${other}::bigint), 16, '0'))::uuid`;

const SCRIPT = `${['a', 'b', 'c'].map((name) => `\\set ${name} random(1, 9000000000000000000)`).join('\n')}
${filledIn(LEAN_RECORD, [UUID_OF('a', 'b'), `('user-' || :a::bigint)`, `('key-' || :c::bigint)`, `'fingerprint'`, `'open'`, '1900', `'usd'`])};
${filledIn(LEAN_SETTLE, [UUID_OF('a', 'b'), `('pi_' || :c::bigint)`, UUID_OF('b', 'c')])};
`;

function filledIn(statement: string, values: string[]): string {
  return statement.replaceAll(/\$(\d)/g, (_, n: string) => values[Number(n) - 1] as string).trim();
}

/** The log has a line for each transaction; its third field is how long it took, in µs. */
async function ranOf(stdout: string, folder: string): Promise<Ran> {
  const [count, perSecond] = [/transactions actually processed: (\d+)/, /tps = ([\d.]+)/].map((form) => Number(form.exec(stdout)?.[1])) as [
    number,
    number,
  ];
  const failed = Number(/failed transactions: (\d+)/.exec(stdout)?.[1] ?? 0);
  if (!(count > 0) || failed > 0) throw new Error(`pgbench: ${stdout}`);
  const logs = await Promise.all(
    (await readdir(folder)).filter((name) => name.startsWith('pgbench_log')).map((name) => readFile(join(folder, name), 'utf8')),
  );
  const latenciesMs = logs.flatMap((log) => log.trim().split('\n')).map((line) => Number(line.split(' ')[2]) / 1_000);
  return { seconds: count / perSecond, latenciesMs, statuses: { 201: count } };
}
