import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Bell, type Rung } from './bell.js';
import { listenOnce, type ListeningTimes } from './listening.js';

/** Prepared by name: it is sent up to fifty times a second. */
export interface Statement {
  name: string;
  text: string;
  values: unknown[];
}

export interface PostgresBellOptions {
  /** For the connection that listens. It must be a session of its own: behind a pooler that shares sessions out by transaction nothing is heard. */
  databaseUrl: string;
  /** What rings go out on, beside all other statements: a pg Pool, which stays its owner's to close. */
  pool: { query(statement: Statement): Promise<unknown> };
  /** Told when other processes begin to be heard, and when they no longer are. */
  onChange?: (hears: boolean, why?: unknown) => void;
  times?: Partial<BellTimes>;
}

/** Milliseconds. */
export interface BellTimes extends ListeningTimes {
  /** Between one ring and the next: whoever rings meanwhile shares that. */
  restMs: number;
  /** Between a connection that broke and the next; each pause is twice the one before. */
  firstPauseMs: number;
  lastPauseMs: number;
}

const TIMES: BellTimes = { restMs: 20, lookMs: 500, quietMs: 5_000, deafMs: 9_000, firstPauseMs: 100, lastPauseMs: 5_000 };
const CHANNEL = 'counterfoil_events';
/** Postgres refuses a payload of 8000 bytes. */
const MAX_PAYLOAD_BYTES = 7_900;
/** A farewell ring takes milliseconds; a database that says nothing must not hold up the end. */
const LAST_RING_MS = 500;

/**
 * Rings by NOTIFY, of ids only. Whoever notifies commits one after the other, across the whole server, and wakes every process that listens: so it is a statement
 * of its own after the commit, and whoever rings while one is under way, or for a moment after it, shares the next. The first is never kept waiting. A ring
 * that is lost is made up for by those who look now and then.
 */
export class PostgresBell extends Bell {
  private readonly name = randomUUID();
  private readonly listeners = new Set<(rung: Rung) => void>();
  private readonly toRing = new Set<string>();
  private readonly leaving = new AbortController();
  private readonly closing = new AbortController();
  private readonly times: BellTimes;
  private isSending = false;
  private sent: Promise<void> = Promise.resolve();
  private listening: Promise<void> | null = null;
  /** Null until it is known. */
  private isHeard: boolean | null = null;

  constructor(private readonly options: PostgresBellOptions) {
    super();
    this.times = { ...TIMES, ...options.times };
  }

  get hears(): boolean {
    return this.isHeard === true;
  }

  ring(userIds: Iterable<string>): void {
    const rung = new Set(userIds);
    if (rung.size === 0 || this.closing.signal.aborted) return;
    this.tell(rung);
    for (const userId of rung) this.toRing.add(userId);
    if (!this.isSending) this.sent = this.send();
  }

  listen(heard: (rung: Rung) => void): void {
    this.listeners.add(heard);
  }

  start(): void {
    this.listening ??= this.listenUntilClosed();
  }

  async close(): Promise<void> {
    this.leaving.abort();
    await Promise.race([this.sent, sleep(LAST_RING_MS, undefined, { ref: false })]);
    this.closing.abort();
    await this.listening;
  }

  /** Everything that was rung since the statement before goes into one. */
  private async send(): Promise<void> {
    this.isSending = true;
    while (this.toRing.size > 0 && !this.closing.signal.aborted) {
      const userIds = [...this.toRing];
      this.toRing.clear();
      await this.notify(payloadsOf(this.name, userIds));
      await sleep(this.times.restMs, undefined, { signal: this.leaving.signal, ref: false }).catch(() => undefined);
    }
    this.isSending = false;
  }

  private async notify(payloads: string[]): Promise<void> {
    await this.options.pool.query({ ...NOTIFY, values: [CHANNEL, payloads] }).catch(() => undefined);
  }

  private async listenUntilClosed(): Promise<void> {
    const { signal: over } = this.closing;
    let pauseMs = this.times.firstPauseMs;
    while (!over.aborted) {
      const why = await listenOnce({
        databaseUrl: this.options.databaseUrl,
        channel: CHANNEL,
        times: this.times,
        heard: (payload) => {
          pauseMs = this.times.firstPauseMs;
          this.hear(payload);
        },
        askForSign: () => void this.notify([JSON.stringify([this.name])]),
        over,
      }).catch((error: unknown) => error);
      this.nowHears(false, why);
      await sleep(pauseMs, undefined, { signal: over, ref: false }).catch(() => undefined);
      pauseMs = Math.min(pauseMs * 2, this.times.lastPauseMs);
    }
  }

  private hear(payload: string): void {
    this.nowHears(true);
    const [sender, ...userIds] = parsed(payload);
    // This process heard itself when it rang.
    if (sender !== this.name && userIds.length > 0) this.tell(new Set(userIds));
  }

  /** Rings may have been missed before the first one that is heard, and after the last. */
  private nowHears(hears: boolean, why?: unknown): void {
    if (this.isHeard === hears) return;
    this.isHeard = hears;
    if (this.closing.signal.aborted) return;
    this.options.onChange?.(hears, why);
    this.tell('everybody');
  }

  private tell(rung: Rung): void {
    for (const heard of this.listeners) heard(rung);
  }
}

const NOTIFY = { name: 'bell.ring.1', text: 'select pg_notify($1, payload) from unnest($2::text[]) payload' };

/** As many ids as fit into each; the first element of each says who rings. */
export function payloadsOf(sender: string, userIds: string[]): string[] {
  const payloads: string[] = [];
  let payload = JSON.stringify(sender);
  for (const userId of userIds.map((id) => JSON.stringify(id))) {
    if (Buffer.byteLength(payload) + Buffer.byteLength(userId) > MAX_PAYLOAD_BYTES) {
      payloads.push(`[${payload}]`);
      payload = JSON.stringify(sender);
    }
    payload += `,${userId}`;
  }
  return [...payloads, `[${payload}]`];
}

/** Empty where somebody else uses the channel. */
function parsed(payload: string): string[] {
  try {
    const ids: unknown = JSON.parse(payload);
    return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [];
  } catch {
    return [];
  }
}
