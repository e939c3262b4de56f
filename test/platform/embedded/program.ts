import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { postgresBinaries } from '../../../src/platform/embedded/postgres-binaries.js';
import { startPostgres } from '../../../src/platform/embedded/postgres.js';
import { startRedis } from '../../../src/platform/embedded/redis.js';
import { startSandboxProcess, type SandboxNeeds } from '../../../src/platform/embedded/sandbox.js';
import { inTurn } from '../../../src/platform/embedded/turns.js';

/** What the tests do in other processes. Prints one line of JSON, then holds on until a line comes in. */
const verbs: Record<string, (input: never) => Promise<object | null>> = {
  postgres: (input: { dataDir: string }) => startPostgres({ ...input, durable: false }),
  redis: (input: { dataDir: string }) => startRedis(input),
  sandbox: (input: SandboxNeeds) => startSandboxProcess(input),
  binaries: (input: { packageRoot: string; place: string }) => postgresBinaries(null, input.packageRoot, [input.place]),
  turns: (input: { folder: string; log: string; count: number }) => takeTurns(input),
  dieInTurn: ({ folder }: { folder: string }) => inTurn(folder, () => killMyself()),
};

// Ctrl-C reaches a whole process group; the program that the tests stand for drains then and goes on a while.
process.on('SIGINT', () => undefined);

const [verb = '', input = 'null'] = process.argv.slice(2);
try {
  const done = await verbs[verb]?.(JSON.parse(input) as never);
  console.log(JSON.stringify(done ?? null));
  await once(process.stdin, 'data');
  if (done && 'stop' in done) await (done.stop as () => Promise<void>)();
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

async function killMyself(): Promise<never> {
  process.kill(process.pid, 'SIGKILL');
  return sleep(60_000) as never;
}

async function takeTurns({ folder, log, count }: { folder: string; log: string; count: number }): Promise<object> {
  for (let turn = 0; turn < count; turn += 1) {
    await inTurn(folder, async () => {
      appendFileSync(log, `in ${process.pid}\n`);
      await sleep(1);
      appendFileSync(log, `out ${process.pid}\n`);
    });
  }
  return { count };
}
