import type { Lease } from '../leases/leases.js';
import type { Clock } from '../platform/clock.js';
import type { Happening } from './timeline.js';

/** A caller whose patience ends presses again; more than these say nothing new. */
const MAX_ANSWERS = 20;

/**
 * What this process sees beside the gateway while it carries an operation on. It is written down by the commit of the outcome, each with the milliseconds before that:
 * no commit is made for it, and where the process dies it is not known.
 */
export class Meanwhile {
  private readonly answers: { requestId: string; status: number; atMs: number }[] = [];

  constructor(
    private readonly lease: Lease | null,
    private readonly clock: Clock,
  ) {}

  /** A request was answered before there was an outcome. */
  answered(requestId: string, status: number): void {
    if (this.answers.length < MAX_ANSWERS) this.answers.push({ requestId, status, atMs: this.clock.monotonicMs() });
  }

  /** In the order in which it happened. */
  happened(): Omit<Happening, 'at'>[] {
    const nowMs = this.clock.monotonicMs();
    const extended = (this.lease?.extendedAtMs ?? []).map((atMs) => ({ type: 'lease.extended' as const, atMs, data: {} }));
    const answered = this.answers.map(({ atMs, ...data }) => ({ type: 'request.answered' as const, atMs, data }));
    return [...extended, ...answered]
      .sort((one, other) => one.atMs - other.atMs)
      .map(({ type, atMs, data }) => ({ type, data: { ...data, msBefore: Math.max(0, Math.round(nowMs - atMs)) } }));
  }
}
