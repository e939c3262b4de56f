import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import Stripe from 'stripe';
import type { ServerProcess } from '../kit/processes.js';

const EVENT_EVERY_MS = 200;
const LOOK_EVERY_MS = 500;

export interface BesideParts {
  server: ServerProcess;
  database: pg.Pool;
  /** Users whose operations nobody carries on. */
  abandoned: string[];
  /** From their record to their first check. */
  checkAfterMs: number;
  webhookSecret: string;
}

/** What goes on while clients press: the gateway sends events, recovery finds what was left behind, and the process is looked at. */
export class Beside {
  /** For each event, until it was acknowledged. */
  readonly acknowledgedMs: number[] = [];
  /** Statuses and errors of events that were not. */
  readonly notAcknowledged: unknown[] = [];
  /** For each that was settled while clients pressed: from when its first check was due, by the database's clock. */
  settledAfterMs: number[] = [];
  private readonly memory: number[] = [];
  private readonly cpuSeconds: number[] = [];
  private readonly over = new AbortController();
  private going: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: BesideParts) {}

  begin(): void {
    const every = async (ms: number, work: () => Promise<void>): Promise<void> => {
      while (!this.over.signal.aborted) {
        await work();
        await sleep(ms, undefined, { signal: this.over.signal }).catch(() => undefined);
      }
    };
    this.going = Promise.all([every(EVENT_EVERY_MS, () => this.sendEvent()), every(LOOK_EVERY_MS, () => this.lookAtProcess())]);
  }

  /** What is not settled by now was not settled meanwhile. */
  async end(): Promise<void> {
    const sql = `
      select extract(epoch from settled_at - created_at) * 1000 as ms from operations
      where user_id = any($1) and status = 'succeeded' and settled_at is not null`;
    const { rows } = await this.parts.database.query<{ ms: string }>(sql, [this.parts.abandoned]);
    this.settledAfterMs = rows.map(({ ms }) => Number(ms) - this.parts.checkAfterMs);
    this.over.abort();
    await this.going;
  }

  /** Resident memory of the server, the mean of a fifth of the looks. */
  get rssMb(): { start: number; middle: number; end: number } {
    const fifth = Math.max(1, Math.floor(this.memory.length / 5));
    const from = (start: number): number => mean(this.memory.slice(start, start + fifth));
    return { start: from(0), middle: from(2 * fifth), end: from(this.memory.length - fifth) };
  }

  /** Seconds of the processor that the server took from the first look to the last. */
  get cpuTaken(): number {
    return (this.cpuSeconds.at(-1) ?? NaN) - (this.cpuSeconds[0] ?? NaN);
  }

  /** About a charge of somebody else's: what matters is that it is stored and acknowledged. */
  private async sendEvent(): Promise<void> {
    const object = { object: 'payment_intent', id: 'pi_of_somebody', metadata: {} };
    const id = `evt_${randomUUID().replaceAll('-', '')}`;
    const payload = JSON.stringify({ object: 'event', id, type: 'payment_intent.succeeded', livemode: false, data: { object } });
    const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret: this.parts.webhookSecret });
    const sentAt = performance.now();
    try {
      const headers = { 'content-type': 'application/json', 'stripe-signature': signature };
      const answer = await fetch(`${this.parts.server.url}/v1/webhooks/stripe`, { method: 'POST', headers, body: payload });
      await answer.text();
      if (answer.ok) this.acknowledgedMs.push(performance.now() - sentAt);
      else this.notAcknowledged.push(answer.status);
    } catch (error) {
      this.notAcknowledged.push(String(error));
    }
  }

  private async lookAtProcess(): Promise<void> {
    const { body } = await this.parts.server.send('anybody', 'GET', '/metrics');
    this.memory.push(valueOf('process_resident_memory_bytes', body as string) / 1e6);
    this.cpuSeconds.push(valueOf('process_cpu_seconds_total', body as string));
  }
}

function valueOf(metric: string, metrics: string): number {
  return Number(new RegExp(`^counterfoil_${metric} (\\S+)$`, 'm').exec(metrics)?.[1]);
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
