import { issueToken, type Role } from '../../src/api/token.js';
import { eventually } from './waiting.js';

export interface SeenEvent {
  type: string;
  /** Null where the event bears none. */
  id: number | null;
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever the service said
  data: any;
  /** When it came, in milliseconds since 1970. */
  atMs: number;
}

export interface TabOptions {
  url: string;
  userId: string;
  secret: string;
  /** What it saw last before it was closed. */
  after?: number | string;
  ttlSeconds?: number;
  path?: string;
  roles?: Role[];
}

/** A browser's tab that reads a stream of events, with fetch, because an EventSource cannot bear a token. */
export class Tab {
  readonly events: SeenEvent[] = [];
  comments = 0;
  retryMs: number | null = null;
  /** Resolves when the stream is over, however it ended. */
  readonly closed: Promise<void>;
  private readonly leaving: AbortController;

  private constructor(
    readonly response: Response,
    leaving: AbortController,
  ) {
    this.leaving = leaving;
    this.closed = this.read().catch(() => undefined);
  }

  /** Resolves with the first of the answer, be it a stream or a refusal. */
  static async open({ url, path = '/v1/me/events', userId, roles = [], secret, after, ttlSeconds = 600 }: TabOptions): Promise<Tab> {
    const token = await issueToken({ secret, userId, roles, issuer: null, audience: null, ttlSeconds });
    const leaving = new AbortController();
    const headers = { authorization: `Bearer ${token}`, ...(after === undefined ? {} : { 'last-event-id': String(after) }) };
    return new Tab(await fetch(`${url}${path}`, { headers, signal: leaving.signal }), leaving);
  }

  /** The last id that it saw. */
  get last(): number {
    return this.events.findLast(({ id }) => id !== null)?.id ?? 0;
  }

  /** What became true after the snapshot. */
  get news(): SeenEvent[] {
    return this.events.filter(({ type }) => type !== 'snapshot' && type !== 'bye');
  }

  of(type: string): SeenEvent[] {
    return this.events.filter((event) => event.type === type);
  }

  /** Waits until it has seen this. */
  async until(holds: (events: SeenEvent[]) => boolean, withinMs?: number): Promise<SeenEvent[]> {
    return eventually(async () => this.events, holds, withinMs);
  }

  async close(): Promise<void> {
    this.leaving.abort();
    await this.closed;
  }

  private async read(): Promise<void> {
    const decoder = new TextDecoder();
    let waiting = '';
    for await (const chunk of this.response.body ?? []) {
      waiting += decoder.decode(chunk as Uint8Array, { stream: true });
      const frames = waiting.split('\n\n');
      waiting = frames.pop() as string;
      for (const frame of frames) this.take(frame);
    }
  }

  private take(frame: string): void {
    const fields = new Map(frame.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));
    const id = fields.get('id');
    if (fields.has('')) this.comments += 1;
    if (fields.has('retry')) this.retryMs = Number(fields.get('retry'));
    const data = fields.get('data');
    if (data === undefined) return;
    const type = fields.get('event') ?? 'message';
    this.events.push({
      type,
      id: id === undefined ? null : Number(id),
      data: JSON.parse(data),
      atMs: performance.timeOrigin + performance.now(),
    });
  }
}
