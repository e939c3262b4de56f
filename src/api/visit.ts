import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Ask } from '../operations/ask.js';
import { fingerprintOf } from '../operations/intent.js';
import type { KeyUse, SightedUse } from '../operations/keys.js';
import type { Act } from '../platform/audit/audit.js';
import type { EtagCondition } from '../platform/etag.js';
import { readTraceparent } from '../platform/telemetry/trace.js';
import { callerOf, type CallerIdentity } from './caller.js';
import { readIdempotencyKey } from './idempotency-key.js';
import { readIfMatch, readPrefer } from './prefer.js';

/** A request of a known caller, as a controller sees it: who calls, under which key, and where the answer goes. */
export class Visit {
  constructor(
    readonly request: FastifyRequest,
    readonly reply: FastifyReply,
    readonly caller: CallerIdentity,
  ) {}

  /** What every request that may charge says beside its body. */
  ask(body: unknown): Omit<Ask, 'verb'> {
    const { headers } = this.request;
    const { waitMs, respondAsync, strict } = readPrefer(headers['prefer']);
    return {
      ifMatch: this.ifMatch,
      waitMs: respondAsync ? 0 : waitMs,
      strict,
      requestId: this.request.id,
      traceparent: this.traceparent(),
      ...this.keyUse(body),
    };
  }

  /** What the caller saw of what they act on; null where they do not say. */
  get ifMatch(): EtagCondition | null {
    return readIfMatch(this.request.headers['if-match']);
  }

  /** What the key of this request is used for. */
  keyUse(body: unknown): KeyUse {
    const { method, url, headers } = this.request;
    const fingerprint = fingerprintOf(method, url.split('?', 1)[0] ?? '', body ?? null);
    return { userId: this.caller.userId, key: readIdempotencyKey(headers), fingerprint };
  }

  /** … and what its caller saw. */
  sightedUse(body: unknown): SightedUse {
    return { ifMatch: this.ifMatch, ...this.keyUse(body) };
  }

  /** Who does it, and why, for the audit. */
  act(reason: string): Act {
    return { actor: this.caller.userId, roles: this.caller.roles, reason, requestId: this.request.id };
  }

  /** What was done when the same request came before is not done again. */
  replayed(): void {
    void this.reply.header('Idempotent-Replayed', 'true');
  }

  private traceparent(): string | null {
    const header = this.request.headers['traceparent'];
    return typeof header === 'string' && readTraceparent(header) ? header : null;
  }
}

/** The visit, as a parameter of a route. Not for public routes. */
export const Visiting = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const http = context.switchToHttp();
  const request = http.getRequest<FastifyRequest>();
  return new Visit(request, http.getResponse<FastifyReply>(), callerOf(request));
});
