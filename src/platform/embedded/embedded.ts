import { join } from 'node:path';
import { startPostgres, type RunningPostgres } from './postgres.js';
import { startRedis, type RunningRedis } from './redis.js';
import { startSandboxProcess, type RunningSandbox, type SandboxNeeds } from './sandbox.js';

export interface EmbeddedNeeds {
  dataDir: string;
  postgres: boolean;
  redis: boolean;
  sandbox: Omit<SandboxNeeds, 'dataDir'> | null;
}

export interface Embedded {
  /** null: not asked for. */
  postgresUrl: string | null;
  /** null: not asked for, or no program for it on this machine. */
  redisUrl: string | null;
  sandboxUrl: string | null;
  /** What was started, one plain sentence each, for the start-up lines. */
  sentences: string[];
  /** In reverse order. What other living processes of the data folder still use goes on running. */
  stop(): Promise<void>;
}

interface Stoppable {
  stop(): Promise<void>;
}

/** Starts what the configuration lacks, side by side. When one of them fails the others are stopped and its error is thrown. */
export async function startEmbedded(needs: EmbeddedNeeds): Promise<Embedded> {
  const { dataDir } = needs;
  const starts = await Promise.allSettled([
    needs.postgres ? startPostgres({ dataDir }) : null,
    needs.redis ? startRedis({ dataDir }) : null,
    needs.sandbox ? startSandboxProcess({ dataDir, ...needs.sandbox }) : null,
  ]);
  const stop = stopperOf(starts.flatMap((start) => (start.status === 'fulfilled' && start.value !== null ? [start.value] : [])));
  const [postgres, redis, sandbox] = starts;
  if (postgres.status === 'rejected' || redis.status === 'rejected' || sandbox.status === 'rejected') {
    // Why it did not start matters more than what went wrong in stopping.
    await stop().catch(() => undefined);
    throw starts.find((start) => start.status === 'rejected')?.reason;
  }
  return {
    postgresUrl: postgres.value?.url ?? null,
    redisUrl: redis.value?.url ?? null,
    sandboxUrl: sandbox.value?.url ?? null,
    sentences: [
      ...(postgres.value ? [postgresSentence(postgres.value, dataDir)] : []),
      ...(needs.redis ? [redisSentence(redis.value)] : []),
      ...(sandbox.value ? [sandboxSentence(sandbox.value)] : []),
    ],
    stop,
  };
}

/** Last started, first stopped; one that cannot be stopped does not keep the rest running. Stopping twice is stopping once. */
function stopperOf(started: Stoppable[]): () => Promise<void> {
  const stopAll = async (): Promise<void> => {
    const errors: unknown[] = [];
    for (const one of started.toReversed()) await one.stop().catch((error: unknown) => errors.push(error));
    if (errors.length > 0) throw errors[0];
  };
  let stopped: Promise<void> | undefined;
  return () => (stopped ??= stopAll());
}

function postgresSentence({ version, adopted }: RunningPostgres, dataDir: string): string {
  return `Postgres ${version.replace(/\.0$/, '')} (embedded${adopted ? ', was running already' : ''}), data in ${join(dataDir, 'postgres')}`;
}

function redisSentence(redis: RunningRedis | null): string {
  if (redis === null) return 'No redis-server or valkey-server found: leases are kept in Postgres';
  return `Redis (private) on 127.0.0.1:${redis.port}`;
}

function sandboxSentence({ url, adopted }: RunningSandbox): string {
  return `Sandbox gateway${adopted ? ' (was running already)' : ''} on ${url}`;
}
