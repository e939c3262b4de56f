import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Admission } from './admission.js';
import type { ProblemContext } from './problem-body.js';

/** What every controller stands behind: how many come in, what they are told about themselves, and when waiting for them is over. */
export class Door {
  private readonly stopping = new AbortController();
  private inside = 0;

  constructor(
    private readonly publicUrl: string,
    private readonly admission: Admission,
  ) {}

  get closing(): boolean {
    return this.stopping.signal.aborted;
  }

  /** From now on nothing new comes in, and whoever only waits for news is answered. */
  close(): void {
    this.stopping.abort();
  }

  /** Throws Problem `overloaded`. */
  async admit<T>(work: () => Promise<T>): Promise<T> {
    return this.admission.admit(work);
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

  context(request: FastifyRequest): ProblemContext {
    return { publicUrl: this.publicUrl, requestId: request.id };
  }

  /** Aborts when nobody waits for the answer any more, or when waiting must end because the process stops. */
  gone(reply: FastifyReply): AbortSignal {
    const left = new AbortController();
    reply.raw.once('close', () => left.abort());
    return AbortSignal.any([left.signal, this.stopping.signal]);
  }
}
