import { randomBytes } from 'node:crypto';

/** What a traceparent header says (W3C Trace Context, section 3.2). */
export interface TraceParent {
  /** 32 lower-case hex digits. */
  traceId: string;
  /** 16 lower-case hex digits: the span of whoever sent it. */
  spanId: string;
  sampled: boolean;
}

/** null for what is missing or malformed: the caller then has no trace, and ours begins. */
export function readTraceparent(header: string | string[] | undefined): TraceParent | null {
  if (typeof header !== 'string') return null;
  const [, version, traceId = '', spanId = '', flags = '', rest] = TRACEPARENT.exec(header.trim()) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && rest !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED };
}

/** The header for the next hop: same trace, a span of our own. A new trace where there is none, or a malformed one. */
export function childTraceparent(parent: string | undefined | null): string {
  const { traceId, sampled } = readTraceparent(parent ?? undefined) ?? { traceId: randomHex(16), sampled: false };
  return `00-${traceId}-${randomHex(8)}-${sampled ? '01' : '00'}`;
}

/** Version 00 ends after the flags; later versions may go on after another dash. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.{0,200})?$/;
const SAMPLED = 1;

/** Never all zeros, which would mean "no id". */
function randomHex(bytes: number): string {
  const id = randomBytes(bytes);
  id[0] = (id[0] ?? 0) | 1;
  return id.toString('hex');
}
