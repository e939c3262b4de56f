import type { FastifyReply } from 'fastify';
import { Problem } from '../platform/problems/problem.js';
import type { Metrics } from '../platform/telemetry/metrics.js';

/** Somebody with more tabs than this open has forgotten most of them; each costs a socket and a place. */
const MAX_STREAMS_PER_USER = 10;
/** A tab may be closed meanwhile, or its process gone. */
const RETRY_SECONDS = 10;

/** How many streams each user has open at this process. */
export class StreamPlaces {
  private readonly taken = new Map<string, number>();

  constructor(private readonly metrics: Metrics) {}

  /** Until the answer is over. Throws Problem `rate-limited`. */
  take(userId: string, reply: FastifyReply): void {
    const others = this.taken.get(userId) ?? 0;
    if (others >= MAX_STREAMS_PER_USER) {
      const detail = `There are ${MAX_STREAMS_PER_USER} streams of yours open already. Let one tab read it and tell the others.`;
      throw new Problem('rate-limited', { detail, retryAfterSeconds: RETRY_SECONDS });
    }
    if (reply.raw.destroyed) return;
    this.taken.set(userId, others + 1);
    this.metrics.eventStreams.inc();
    reply.raw.once('close', () => this.giveBack(userId));
  }

  private giveBack(userId: string): void {
    const left = (this.taken.get(userId) ?? 1) - 1;
    if (left > 0) this.taken.set(userId, left);
    else this.taken.delete(userId);
    this.metrics.eventStreams.dec();
  }
}
