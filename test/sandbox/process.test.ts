import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chargeForm, clientsOf, until } from './start.js';

// Each starts servers or programs, which takes seconds where the machine is busy.
jest.setTimeout(120_000);

const MAIN = join(process.cwd(), 'src/sandbox/main.ts');
const PATH = '/v1/payment_intents';

interface Run {
  child: ChildProcess;
  output: { stdout: string; stderr: string };
  exited: Promise<number | NodeJS.Signals | null>;
}

let folder: string;
let runs: Run[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
});
afterEach(async () => {
  for (const { child, exited } of runs) {
    child.kill('SIGKILL');
    await exited;
  }
  runs = [];
  await rm(folder, { recursive: true });
});

function run(env: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN], {
    env: {
      PATH: process.env['PATH'],
      SANDBOX_PORT: '0',
      SANDBOX_LATENCY_MS: '0',
      SANDBOX_DATA_FILE: join(folder, 'charges.jsonl'),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const exited = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals | null);
  const started = { child, output, exited };
  runs.push(started);
  return started;
}

async function urlOf({ output }: Run): Promise<string> {
  const stdout = await until(
    () => Promise.resolve(output.stdout + output.stderr),
    (text) => text.includes('\n'),
  );
  expect(stdout).toMatch(/^sandbox gateway listening on http:\/\/127\.0\.0\.1:\d+\n$/);
  return stdout.trim().split(' ').at(-1) ?? '';
}

test('it says where it listens, and keeps charges and keys over a SIGKILL', async () => {
  const first = run();
  const before = clientsOf(await urlOf(first));
  const key = { 'Idempotency-Key': 'key-0001' };
  const body = await (await before.post(PATH, chargeForm(), key)).text();
  first.child.kill('SIGKILL');
  expect(await first.exited).toBe('SIGKILL');
  const after = clientsOf(await urlOf(run()));
  const again = await after.post(PATH, chargeForm(), key);
  expect([await again.text(), again.headers.get('idempotent-replayed')]).toEqual([body, 'true']);
  expect(await after.charges()).toHaveLength(1);
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s stops it in order, with requests that wait for an answer', async (signal) => {
  const started = run();
  const { post, charges } = clientsOf(await urlOf(started));
  const silent = post(PATH, chargeForm('pm_sandbox_timeout_charged')).catch(() => 'dropped');
  await until(charges, (rows) => rows.length === 1);
  started.child.kill(signal);
  expect(await started.exited).toBe(0);
  expect(await silent).toBe('dropped');
});

test('a port that is taken is said so, and the exit code is 1', async () => {
  const port = new URL(await urlOf(run())).port;
  const second = run({ SANDBOX_PORT: port });
  expect(await second.exited).toBe(1);
  expect(second.output.stderr).toBe(
    `sandbox gateway: port ${port} is taken; stop what listens there or set SANDBOX_PORT to another port (0 = any free one)\n`,
  );
});

test('a damaged file is said so, and the exit code is 1', async () => {
  await writeFile(join(folder, 'charges.jsonl'), 'broken\n');
  const started = run();
  expect(await started.exited).toBe(1);
  expect(started.output.stderr).toMatch(/^sandbox gateway: line 1 of .* is damaged; .*\n$/);
});

describe('wrong settings', () => {
  test('all are said at once, and the exit code is 78', async () => {
    const started = run({ SANDBOX_PORT: '70000', SANDBOX_WEBHOOK_URL: 'ftp://x', SANDBOX_PUBLIC_URL: 'x' });
    expect(await started.exited).toBe(78);
    const lines = started.output.stderr.trimEnd().split('\n');
    expect(new Set(lines.map((line) => line.split(' ')[2]))).toEqual(
      new Set(['SANDBOX_PORT', 'SANDBOX_PUBLIC_URL', 'SANDBOX_WEBHOOK_SECRET', 'SANDBOX_WEBHOOK_URL']),
    );
    for (const line of lines) expect(line).toMatch(/for example/);
    expect(started.output.stdout).toBe('');
  });
});
