import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** From the client to the server, or back. */
export type Direction = 'requests' | 'answers';

/** How Postgres ends the answer to a statement, outside a transaction: after its commit, in the same breath. */
export const READY_FOR_QUERY = 'Z\0\0\0\u0005I';

const LOOPBACK = '127.0.0.1';
/** A port that was given up for a while may be somebody's outgoing connection for a moment. */
const LISTEN_AGAIN_MS = 10_000;
const SLOW_STEP_MS = 20;

interface Faults {
  hung: ReadonlySet<Direction>;
  latencyMs: number;
  bytesPerSecond: number;
  dropAnswers: boolean;
  answerBytes: number;
}

interface Cut {
  direction: Direction;
  matches: (bytes: Buffer, before: Buffer) => boolean;
  answered: string | undefined;
  done: () => void;
}

/** One connection of a client and the one to the server that belongs to it. */
interface Link {
  client: Socket;
  server: Socket;
  closed: Promise<void>;
  over: boolean;
  /** Answers were withheld: what comes after them means nothing any more. */
  torn: boolean;
  answerBytes: number;
  /** The last bytes of what went before, where a text may have begun. */
  tails: Record<Direction, Buffer>;
  cut: Cut | null;
}

const NO_FAULTS: Faults = { hung: new Set(), latencyMs: 0, bytesPerSecond: Infinity, dropAnswers: false, answerBytes: Infinity };
const TAIL_BYTES = 256;

/**
 * Stands between a client and a server on a port of its own, and does to their connections what networks do. Faults add up until `heal`.
 * A server that cannot be reached shows as a connection that is accepted and reset; for a refused one there is `refuse`.
 */
export class FaultProxy {
  private readonly links = new Set<Link>();
  private server: Server | null = null;
  private faults = NO_FAULTS;
  private cuts: Cut[] = [];
  private changed = newSignal();
  /** How many connections were accepted so far. */
  accepted = 0;

  private constructor(
    private readonly target: { host: string; port: number },
    private listenOn: number,
  ) {}

  static async to(target: { host: string; port: number }): Promise<FaultProxy> {
    const proxy = new FaultProxy(target, 0);
    await proxy.listen();
    return proxy;
  }

  get port(): number {
    return this.listenOn;
  }

  /** The same address by way of this proxy. */
  instead(url: string): string {
    const own = new URL(url);
    own.hostname = LOOPBACK;
    own.port = String(this.port);
    return own.href.replace(/\/$/, url.endsWith('/') ? '/' : '');
  }

  /** Nobody listens: ECONNREFUSED to whoever connects. What is connected stays so. */
  refuse(): void {
    this.server?.close();
    this.server = null;
  }

  /** RST to everybody who is connected, both sides; returns how many there were. New connections are served. */
  reset(): number {
    const links = [...this.links];
    for (const link of links) this.tear(link);
    return links.length;
  }

  /** Connections are accepted and stay open and nothing moves. What was sent meanwhile is delivered by `heal`, as late as that is. */
  hang(direction: Direction | 'both' = 'both'): void {
    this.change({ hung: new Set(direction === 'both' ? ['requests', 'answers'] : [direction, ...this.faults.hung]) });
  }

  /** Every piece is so much later, in each direction. */
  delay(latencyMs: number): void {
    this.change({ latencyMs });
  }

  /** In each direction of each connection. */
  slow(bytesPerSecond: number): void {
    this.change({ bytesPerSecond });
  }

  /** Requests get through and are carried out, their answers never arrive. `heal` resets the connections that lost one. */
  dropAnswers(): void {
    this.change({ dropAnswers: true });
  }

  /** Of each connection, counted from now, so many bytes of answers get through; then it breaks: a client may take that for an end. */
  cutAnswersAfter(bytes: number): void {
    for (const link of this.links) link.answerBytes = 0;
    this.change({ answerBytes: bytes });
  }

  /**
   * Meets the next request whose bytes contain a text (or hold for a predicate), once. `requests`: it never arrives and its connection is reset.
   * `answers`: it arrives, and the connection is reset when its answer comes, before the client has a byte of it; with `answered`, when the
   * answer contains that text, so that a long answer is known to be complete. Resolves when it has happened. `heal` calls it off.
   */
  cut(direction: Direction, matching: string | ((bytes: Buffer) => boolean), answered?: string): Promise<void> {
    const matches = typeof matching === 'string' ? (bytes: Buffer, before: Buffer) => completes(matching, bytes, before) : matching;
    return new Promise((done) => this.cuts.push({ direction, matches, answered, done }));
  }

  /** As if nothing had been. */
  async heal(): Promise<void> {
    for (const link of this.links) if (link.torn) this.tear(link);
    this.cuts = [];
    this.change(NO_FAULTS);
    if (!this.server) await this.listen();
  }

  close(): void {
    this.refuse();
    this.reset();
  }

  private async listen(): Promise<void> {
    const giveUpAt = performance.now() + LISTEN_AGAIN_MS;
    for (;;) {
      const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.accept(client));
      try {
        await once(server.listen(this.listenOn, LOOPBACK), 'listening');
        this.listenOn = (server.address() as AddressInfo).port;
        this.server = server;
        return;
      } catch (error) {
        if (performance.now() > giveUpAt) throw error;
        await sleep(20);
      }
    }
  }

  private change(faults: Partial<Faults>): void {
    this.faults = { ...this.faults, ...faults };
    this.changed.give();
    this.changed = newSignal();
  }

  private accept(client: Socket): void {
    this.accepted += 1;
    const server = createConnection({ ...this.target, allowHalfOpen: true, noDelay: true });
    const closed = newSignal();
    const tails = { requests: Buffer.alloc(0), answers: Buffer.alloc(0) };
    const link: Link = { client, server, closed: closed.given, over: false, torn: false, answerBytes: 0, tails, cut: null };
    this.links.add(link);
    for (const socket of [client, server]) {
      socket.on('error', () => this.tear(link));
      socket.on('close', () => {
        if (!client.destroyed || !server.destroyed) return;
        link.over = true;
        this.links.delete(link);
        closed.give();
      });
    }
    this.pump(link, 'requests', client, server);
    this.pump(link, 'answers', server, client);
  }

  private tear(link: Link): void {
    link.over = true;
    for (const socket of [link.client, link.server]) reset(socket);
  }

  private pump(link: Link, direction: Direction, from: Socket, to: Socket): void {
    from.on('data', (bytes: Buffer) => {
      from.pause();
      void this.pass(link, direction, bytes, to).then(() => from.resume());
    });
    from.on('end', () => {
      if (direction === 'answers') link.torn ||= this.faults.dropAnswers;
      void this.whileHung(link, direction).then(() => (link.torn ? undefined : to.end()));
    });
  }

  private async pass(link: Link, direction: Direction, bytes: Buffer, to: Socket): Promise<void> {
    if (this.faults.latencyMs > 0) await sleep(this.faults.latencyMs);
    await this.whileHung(link, direction);
    if (link.over || (direction === 'requests' ? this.stopsRequest(link, bytes) : this.stopsAnswer(link, bytes))) return;
    for (let sent = 0; sent < bytes.length && !link.over;) {
      const bytesPerStep = Math.max(1, Math.floor((this.faults.bytesPerSecond * SLOW_STEP_MS) / 1_000));
      const piece = bytes.subarray(sent, Math.min(bytes.length, sent + bytesPerStep));
      const flushed = to.write(piece);
      sent += piece.length;
      if (bytesPerStep < Infinity) await sleep((SLOW_STEP_MS * piece.length) / bytesPerStep);
      if (!flushed) await Promise.race([once(to, 'drain').catch(() => undefined), link.closed]);
    }
  }

  private async whileHung(link: Link, direction: Direction): Promise<void> {
    while (this.faults.hung.has(direction) && !link.over) await Promise.race([this.changed.given, link.closed]);
  }

  private stopsRequest(link: Link, bytes: Buffer): boolean {
    const cut = link.cut ? undefined : this.cuts.find(({ matches }) => matches(bytes, link.tails.requests));
    link.tails.requests = tailOf(link.tails.requests, bytes);
    if (!cut) return false;
    this.cuts = this.cuts.filter((other) => other !== cut);
    link.cut = cut;
    if (cut.direction === 'answers') return false;
    this.finish(link, cut);
    return true;
  }

  private stopsAnswer(link: Link, bytes: Buffer): boolean {
    const { dropAnswers, answerBytes } = this.faults;
    if (link.cut) {
      if (!link.cut.answered || completes(link.cut.answered, bytes, link.tails.answers)) this.finish(link, link.cut);
      link.tails.answers = tailOf(link.tails.answers, bytes);
      return true;
    }
    link.torn ||= dropAnswers;
    if (link.torn) return true;
    const left = answerBytes - link.answerBytes;
    link.answerBytes += bytes.length;
    if (bytes.length <= left) return false;
    link.client.write(bytes.subarray(0, left), () => this.tear(link));
    return true;
  }

  private finish(link: Link, cut: Cut): void {
    this.tear(link);
    cut.done();
  }
}

/** `resetAndDestroy` says goodbye with a FIN first, which some clients take for an orderly end. */
function reset(socket: Socket): void {
  if (socket.destroyed) return;
  if (!socket.connecting) Object.assign(socket, { resetAndClosing: true });
  socket.destroy();
}

/** Whether these bytes bring a text to its end, which may have begun in those before them. */
function completes(text: string, bytes: Buffer, before: Buffer): boolean {
  const begun = before.subarray(Math.max(0, before.length - text.length + 1));
  return Buffer.concat([begun, bytes]).includes(text);
}

function tailOf(before: Buffer, bytes: Buffer): Buffer {
  return Buffer.concat([before, bytes]).subarray(-TAIL_BYTES);
}

function newSignal(): { given: Promise<void>; give: () => void } {
  let give!: () => void;
  const given = new Promise<void>((resolve) => (give = resolve));
  return { given, give };
}
