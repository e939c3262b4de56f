import { toPublicId } from '../platform/ids.js';
import { readTraceparent } from '../platform/telemetry/trace.js';
import type { Operation } from './operation.entity.js';

/** By which the lines about an operation are found, whoever works on it: its own id, and those of the request that began it, as far as there was one. */
export function logIdsOf({ id, timeline, traceparent }: Operation): {
  operationId: string;
  requestId: unknown;
  traceId: string | undefined;
} {
  const recorded = timeline.find(({ type }) => type === 'recorded');
  return {
    operationId: toPublicId('op', id),
    requestId: recorded?.data['requestId'],
    traceId: readTraceparent(traceparent ?? undefined)?.traceId,
  };
}
