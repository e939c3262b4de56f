import { Readable } from 'node:stream';

/** Why a stream ends that its reader did not leave. */
export type Farewell = 'shutting_down' | 'token_expired' | 'max_age' | 'behind';

export interface EventStreamOptions {
  /** Milliseconds since 1970. */
  tokenExpiresAtMs: number;
  /** Closes the connection, whatever is still to be read. */
  cut: () => void;
  limits?: Partial<StreamLimits>;
}

interface StreamLimits {
  /** Proxies give up on a connection that is silent for 30 to 60 s. */
  commentEveryMs: number;
  /** What may wait for a reader: more than the longest resumption takes. */
  maxWaitingBytes: number;
  /** So that streams spread over processes that were started since; a timer cannot wait for more than 24 days anyway. */
  maxAgeMs: number;
  /** A farewell goes out at once, to a reader that reads. */
  farewellMs: number;
}

const LIMITS: StreamLimits = { commentEveryMs: 15_000, maxWaitingBytes: 1024 * 1024, maxAgeMs: 12 * 3_600_000, farewellMs: 500 };
/** What a browser waits before it comes back; spread, so that those who were told bye together do not come together. */
const RETRY_MS = { least: 500, spread: 1_500 };

/** One stream of server-sent events, from its first line to its end. */
export class EventStream {
  readonly body = new Readable({ read: () => undefined });
  private readonly limits: StreamLimits;
  private readonly timers: NodeJS.Timeout[];
  private over = false;

  constructor(private readonly options: EventStreamOptions) {
    this.limits = { ...LIMITS, ...options.limits };
    const { commentEveryMs, maxAgeMs } = this.limits;
    const believedMs = options.tokenExpiresAtMs - Date.now();
    const ends = () => this.end(believedMs <= maxAgeMs ? 'token_expired' : 'max_age');
    this.timers = [setInterval(() => this.write(':\n\n'), commentEveryMs), setTimeout(ends, Math.max(0, Math.min(believedMs, maxAgeMs)))];
    // Whichever way it ends: at its farewell, or because its reader has left.
    this.body.once('close', () => this.stop());
    this.write(`retry: ${Math.round(RETRY_MS.least + Math.random() * RETRY_MS.spread)}\n\n`);
  }

  /** An event; `id` is what the reader names when it comes back, null where nothing can go on after it. */
  send(event: string, id: number | null, data: unknown): void {
    this.write(`event: ${event}\n${id === null ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`);
  }

  /** Says why, and ends. A reader that does not read is not waited for. */
  end(reason: Farewell): void {
    if (this.over) return;
    this.write(`event: bye\ndata: ${JSON.stringify({ reason })}\n\n`);
    this.stop();
    this.body.push(null);
    setTimeout(this.options.cut, this.limits.farewellMs).unref();
  }

  private write(text: string): void {
    if (this.over) return;
    this.body.push(text);
    if (this.body.readableLength <= this.limits.maxWaitingBytes) return;
    this.stop();
    this.options.cut();
  }

  private stop(): void {
    this.over = true;
    for (const timer of this.timers) clearTimeout(timer);
  }
}
