import type { FastifyReply } from 'fastify';
import type { Met } from '../operations/ask.js';
import { etagOf } from '../platform/etag.js';
import { toPublicId } from '../platform/ids.js';
import type { ProblemContext } from './problem-body.js';
import { operationView, problemOf, retryAfterSeconds } from './views.js';

/**
 * What a subscribing route answers: the operation with its subscription, or, where it failed, the problem it failed with.
 * A replay answers what the operation's state answers now; a success answers as it did the first time.
 */
export function answerWith(met: Met, reply: FastifyReply, context: ProblemContext): Record<string, unknown> {
  const { operation, subscription } = met;
  const id = toPublicId('op', operation.id);
  // Set at once: a problem is logged before its headers are set, and names the operation too.
  void reply.header('Operation-Id', id);
  const headers: Record<string, string> = { Location: `/v1/operations/${id}` };
  if (met.via === 'replayed') headers['Idempotent-Replayed'] = 'true';
  if (met.via === 'joined') headers['Operation-Joined'] = 'true';
  if (subscription) headers['ETag'] = etagOf(subscription.version);
  const wait = retryAfterSeconds(operation);
  if (wait !== null) headers['Retry-After'] = String(wait);
  if (operation.status === 'failed') {
    const problem = problemOf(operation);
    problem.extras.headers = { ...headers, ...problem.extras.headers };
    throw problem;
  }
  void reply.headers(headers).status(statusOf(met));
  return operationView(operation, subscription, context);
}

function statusOf({ operation }: Met): number {
  if (operation.isOpen) return 202;
  return operation.status === 'succeeded' && operation.result === 'created' ? 201 : 200;
}
