import { setTimeout as sleep } from 'node:timers/promises';
import { FaultProxy } from '../kit/fault-proxy.js';
import { newDataDir, startServer, type ServerProcess } from '../kit/processes.js';
import { freePort } from '../kit/servers.js';
import type { History } from './history.js';

/** What stands between a process and its surroundings. `door`: between its callers and itself. */
export const WAYS = ['postgres', 'redis', 'gateway', 'door'] as const;
export type Way = (typeof WAYS)[number];

/** An orchestrator's pause before it starts again what did not start. */
const START_AGAIN_MS = 500;
const STOP_WITHIN_MS = 40_000;

/** One process of the service and whoever starts it again when it ends: each on a port of its own, which it keeps. */
export class Member {
  private running: ServerProcess | null = null;
  private expected = new Set<ServerProcess>();
  private closing = false;
  private outputs: (() => string)[] = [];
  /** How it ended though nobody had ended it. */
  readonly deaths: string[] = [];

  private constructor(
    readonly name: string,
    readonly ways: Record<Way, FaultProxy>,
    private readonly options: { dataDir: string; env: Record<string, string> },
    private readonly history: History,
  ) {}

  static async of(name: string, at: Record<'postgres' | 'redis' | 'gateway', string>, env: Record<string, string>, history: History) {
    const port = await freePort();
    const [postgres, redis, gateway, door] = (await Promise.all(
      [at.postgres, at.redis, at.gateway, `http://127.0.0.1:${port}`].map((url) => FaultProxy.to(placeOf(url))),
    )) as [FaultProxy, FaultProxy, FaultProxy, FaultProxy];
    const own = {
      PORT: String(port),
      DATABASE_URL: postgres.instead(at.postgres),
      REDIS_URLS: redis.instead(at.redis),
      STRIPE_API_BASE: gateway.instead(at.gateway),
    };
    const options = { dataDir: await newDataDir(), env: { ...env, ...own } };
    return new Member(name, { postgres, redis, gateway, door }, options, history);
  }

  /** Where its callers reach it. */
  get url(): string {
    return `http://127.0.0.1:${this.ways.door.port}`;
  }

  get pid(): number | null {
    return this.running?.pid ?? null;
  }

  /** While all is well: rejects where it does not start. */
  async startFirst(): Promise<void> {
    this.watch(await startServer(this.options));
  }

  /** Tries until it runs: a database that is away at the moment of a start ends it. */
  private async start(): Promise<void> {
    while (!this.running && !this.closing) {
      try {
        this.watch(await startServer(this.options));
      } catch (error) {
        this.history.write('not started', { process: this.name, why: String(error).slice(0, 400) });
        await sleep(START_AGAIN_MS);
      }
    }
  }

  /** SIGKILL and a start. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
    await this.start();
  }

  /** SIGTERM, as a deployment does it, and a start. */
  async replace(): Promise<void> {
    await this.end('SIGTERM');
    await this.start();
  }

  freeze(): void {
    this.running?.signal('SIGSTOP');
  }

  thaw(): void {
    this.running?.signal('SIGCONT');
  }

  /** Ends it for good; says what was wrong about how it ended. */
  async close(): Promise<string[]> {
    this.closing = true;
    const code = await this.end('SIGTERM');
    for (const way of WAYS) this.ways[way].close();
    const printed = this.printed;
    this.history.keep(`${this.name}.log`, printed);
    return [
      ...this.deaths,
      ...(code === null || code === 0 ? [] : [`${this.name} ended with ${code} when it was told to stop`]),
      ...(printed.includes('unhandled rejection') ? [`${this.name} printed of an unhandled rejection`] : []),
    ];
  }

  /** Is not started again. */
  abandon(): void {
    this.closing = true;
    for (const way of WAYS) this.ways[way].close();
  }

  private get printed(): string {
    return this.outputs.map((output) => output()).join('\n-- started again --\n');
  }

  private async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    const ending = this.running;
    if (!ending) return null;
    this.running = null;
    this.expected.add(ending);
    ending.signal(signal);
    const late = sleep(STOP_WITHIN_MS, 'late' as const, { ref: false });
    const how = await Promise.race([ending.ended, late]);
    if (how !== 'late') return how;
    this.deaths.push(`${this.name} did not end within ${STOP_WITHIN_MS} ms of ${signal}`);
    ending.signal('SIGKILL');
    return ending.ended;
  }

  private watch(server: ServerProcess): void {
    this.running = server;
    this.outputs.push(() => server.output());
    this.history.write('started', { process: this.name, pid: server.pid });
    void server.ended.then((how) => {
      this.history.write('ended', { process: this.name, pid: server.pid, how, expected: this.expected.has(server) });
      if (this.expected.has(server)) return;
      this.deaths.push(`${this.name} ended by itself with ${how}: ${server.output().slice(-1_000)}`);
      this.running = null;
      void this.start();
    });
  }
}

function placeOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
