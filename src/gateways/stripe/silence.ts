import type { ChargeOutcome } from '../payment-gateway.js';
import { codeOr, evidenceOf } from './evidence.js';
import type { Exchange } from './transport.js';

/** Failures to connect that say: there is nobody, or no way there. */
const NOBODY_THERE: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Failures during a TLS handshake that are a lost connection and no verdict on certificate or protocol. */
const LOST: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNABORTED', 'ABORT_ERR', 'unnamed']);

/**
 * What it means that no well-formed answer came. Only a failure that is of the right kind *and* happened before the
 * connection stood proves that nothing was sent; by its code alone none does.
 */
export function outcomeOfSilence(exchange: Exchange): ChargeOutcome {
  const codes = codesOf(exchange.failure);
  const evidence = evidenceOf(exchange, codes[0]);
  if (neverSent(exchange, codes)) {
    return { kind: 'not_charged', why: 'unreachable', detail: `the connection failed: ${codes.join(', ')}`.slice(0, 200), evidence };
  }
  if (exchange.deadline.passed) return { kind: 'unknown', why: 'the call was given up', evidence };
  const what = exchange.httpStatus === undefined ? 'the connection failed' : 'the answer could not be read';
  return { kind: 'unknown', why: `${what}: ${codeOr('no definite answer', ...codes)}`, evidence };
}

function neverSent(exchange: Exchange, codes: string[]): boolean {
  if (exchange.stage === 'sent' || exchange.deadline.passed || codes.length === 0) return false;
  return exchange.stage === 'connecting' ? codes.every((code) => NOBODY_THERE.has(code)) : codes.every((code) => !LOST.has(code));
}

/** The codes of a failure. Where several addresses were tried (RFC 8305) it holds a failure for each, and every one of them counts. */
function codesOf(failure: unknown): string[] {
  if (failure === undefined || failure === null) return [];
  const { code, errors } = failure as { code?: unknown; errors?: unknown };
  if (Array.isArray(errors) && errors.length > 0) return [...new Set(errors.flatMap(codesOf))];
  return [typeof code === 'string' ? code : 'unnamed'];
}
