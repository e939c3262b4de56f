import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../platform/problems/problem.js';
import { RETRY_SECONDS, type Admission } from './admission.js';
import type { ProblemContext } from './problem-body.js';

/** How a request that may charge comes in. */
export interface Entering<T> {
  /** Milliseconds from now for which its caller can use an answer; 0: it asks later what became of it. */
  waitMs?: number;
  /** Where the answer goes. Whoever leaves while waiting for a place is not worked for. */
  reply?: FastifyReply;
  /** What is still under way when the answer is known; it keeps its place until then. */
  goesOn?: (result: T) => Promise<unknown> | undefined;
}

/** The longest that anybody asks to wait. */
const MAX_WAIT_MS = 30_000;

/** What every controller stands behind: how many come in, what they are told about themselves, and when waiting for them is over. */
export class Door {
  private readonly waitingForNews = new Set<AbortController>();
  private readonly waitingForOutcome = new Set<(why: Problem) => void>();
  private stage: 'open' | 'leaving' | 'closed' = 'open';
  private inside = 0;

  constructor(
    private readonly publicUrl: string,
    private readonly admission: Admission,
  ) {}

  /** Whether this process is about to stop and should be sent nothing more, though it may still take it. */
  get closing(): boolean {
    return this.stage !== 'open';
  }

  /** Whether nothing new is begun. */
  get closed(): boolean {
    return this.stage === 'closed';
  }

  /** Whether a request that may charge would be turned away. */
  get crowded(): boolean {
    return this.admission.isFull;
  }

  /** From now on whoever looks is told to go elsewhere; whoever comes all the same is served. */
  announceClosing(): void {
    if (this.stage === 'open') this.stage = 'leaving';
  }

  /** From now on nothing new comes in, whoever waits for a place is sent away, and whoever only waits for news is answered. */
  close(): void {
    this.stage = 'closed';
    this.admission.clear(shuttingDown());
    for (const waiting of this.waitingForNews) waiting.abort();
  }

  /** Answers whoever still waits for an outcome. What is under way for them is left to recovery. */
  dismiss(): void {
    const detail = 'What became of this request is not known yet. Send it again with the same key: another process answers.';
    for (const dismissed of this.waitingForOutcome) dismissed(shuttingDown(detail));
  }

  /** Runs `work` with what is left of its caller's time. Throws Problem `overloaded` or `shutting-down`. */
  async admit<T>(work: (waitMs: number) => Promise<T>, { waitMs = MAX_WAIT_MS, reply, goesOn }: Entering<T> = {}): Promise<T> {
    if (this.closed) throw shuttingDown();
    return new Promise((resolve, reject) => {
      this.waitingForOutcome.add(reject);
      const answered = async (leftMs: number): Promise<void> => {
        const result = await work(leftMs);
        resolve(result);
        await goesOn?.(result);
      };
      const admitted = this.admission.admit(answered, { waitMs, reader: reply?.raw });
      admitted.catch(reject).finally(() => this.waitingForOutcome.delete(reject));
    });
  }

  /** Counts a request until its answer is on its way or nobody is there to read it. */
  enter(reply: FastifyReply): void {
    this.inside += 1;
    reply.raw.once('close', () => (this.inside -= 1));
  }

  /** Requests whose answers are not out yet. */
  get occupancy(): number {
    return this.inside;
  }

  /** Requests that are worked on, whether or not their callers are still there. */
  get atWork(): number {
    return this.admission.atWork;
  }

  context(request: FastifyRequest): ProblemContext {
    return { publicUrl: this.publicUrl, requestId: request.id };
  }

  /** Aborts when nobody waits for the answer any more, or when waiting must end because the process stops. */
  gone(reply: FastifyReply): AbortSignal {
    const over = new AbortController();
    if (this.closed || reply.raw.destroyed) over.abort();
    else this.waitingForNews.add(over);
    reply.raw.once('close', () => {
      this.waitingForNews.delete(over);
      over.abort();
    });
    return over.signal;
  }
}

export function shuttingDown(detail?: string): Problem {
  return new Problem('shutting-down', { retryAfterSeconds: RETRY_SECONDS, ...(detail === undefined ? {} : { detail }) });
}
