import type { Evidence } from '../payment-gateway.js';
import type { Deadline } from './deadline.js';
import { evidenceOf } from './evidence.js';
import { outcomeOfRefusal, type Refusal, refusalOf } from './refusal.js';
import { outcomeOfSilence } from './silence.js';
import type { Exchange, StripeTransport, WithinExchange } from './transport.js';

/** What came of one request: a body with a 2xx, a refusal in Stripe's own form, or nothing that could be understood. */
export type Answer = { exchange: Exchange } & (
  { kind: 'body'; body: unknown } | { kind: 'refused'; refusal: Refusal } | { kind: 'silence' }
);

/** One call of the library, which bears these options: without them it is refused. */
export type Call = (options: WithinExchange) => Promise<unknown>;

export type Doubt = { kind: 'unknown'; why: string; evidence: Evidence };

/** The form of W3C Trace Context, section 3.2. */
const TRACEPARENT = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;

/** Makes one request through the library. Never rejects. The library takes an answer without an error object for a success whatever its status. */
export async function ask(transport: StripeTransport, deadline: Deadline, call: Call, traceparent?: string): Promise<Answer> {
  const exchange: Exchange = { deadline, stage: 'connecting', traceparent: wellFormed(traceparent) };
  try {
    const body = await withoutStack(() => call(transport.within(exchange)));
    const status = exchange.httpStatus ?? 0;
    return status >= 200 && status < 300 ? { kind: 'body', exchange, body } : { kind: 'silence', exchange };
  } catch (error) {
    const refusal = refusalOf(error);
    return refusal ? { kind: 'refused', exchange, refusal } : { kind: 'silence', exchange };
  }
}

/** Anything else is not passed on, and never a reason not to charge. */
function wellFormed(traceparent: string | undefined): string | undefined {
  return traceparent !== undefined && TRACEPARENT.test(traceparent) ? traceparent : undefined;
}

/** The library writes down the stack of whoever calls it, for errors that are not thrown on from here (measured: docs/performance.md). */
function withoutStack<T>(call: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return call();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** For a question rather than a charge: whatever kept it from being answered, nothing is known. */
export function doubtOf(answer: Exclude<Answer, { kind: 'body' }>): Doubt {
  const outcome = answer.kind === 'refused' ? outcomeOfRefusal(answer.refusal, answer.exchange) : outcomeOfSilence(answer.exchange);
  const evidence = outcome.evidence ?? {};
  if (outcome.kind === 'not_charged') return { kind: 'unknown', why: outcome.detail, evidence };
  return { kind: 'unknown', why: outcome.kind === 'unknown' ? outcome.why : 'the gateway refused the question', evidence };
}

export function illegible(exchange: Exchange): Doubt {
  return { kind: 'unknown', why: 'the gateway answered with something else than was asked for', evidence: evidenceOf(exchange) };
}
