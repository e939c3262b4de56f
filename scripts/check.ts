import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

/** Everything that must hold before a change is done, cheapest first. Each is a script of package.json and can be run alone. */
const STEPS = [
  { script: 'format:check', means: 'every file is formatted (npm run format)' },
  { script: 'lint', means: 'oxlint, with types' },
  { script: 'types', means: 'tsc' },
  { script: 'imports', means: 'rooms know only the rooms below them' },
  { script: 'unused', means: 'no file, export or dependency is left over' },
  { script: 'fresh', means: 'what is printed from code is up to date' },
  { script: 'openapi', means: 'the OpenAPI document is well made' },
  { script: 'test', means: 'the specification' },
];

/** Tools that call home or ask questions are told not to. */
const QUIET = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', DO_NOT_TRACK: '1' };

const { values } = parseArgs({ options: { skip: { type: 'string', multiple: true, default: [] } } });
const unknown = values.skip.filter((name) => !STEPS.some(({ script }) => script === name));
if (unknown.length > 0) fail(`no such step: ${unknown.join(', ')}; there are ${STEPS.map(({ script }) => script).join(', ')}`);

for (const { script, means } of STEPS.filter((step) => !values.skip.includes(step.script))) {
  const startedAt = performance.now();
  console.log(`\n── ${script}: ${means}`);
  const { status, signal, error } = spawnSync('npm', ['run', '--silent', script], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...QUIET },
  });
  const took = `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  if (status !== 0) fail(`check failed at ${script} after ${took} (${reason(status, signal, error)}); alone: npm run ${script}`);
  console.log(`── ${script}: ok, ${took}`);
}
console.log(`\ncheck passed in ${(performance.now() / 1000).toFixed(0)} s`);

function reason(status: number | null, signal: NodeJS.Signals | null, error: Error | undefined): string {
  return error?.message ?? (signal ? `killed by ${signal}` : `exit code ${status}`);
}

function fail(line: string): never {
  console.error(`\n${line}`);
  process.exit(1);
}
