import type { Problem } from '../platform/problems/problem.js';

/** What a problem's answer needs to know beside the problem. */
export interface ProblemContext {
  /** Without a trailing slash; `type` is a page below it. */
  publicUrl: string;
  requestId: string;
}

/** The body of a problem (RFC 9457), without what is embedded. */
export function renderProblem(problem: Problem, context: ProblemContext): Record<string, unknown> {
  const { row, code, extras } = problem;
  return {
    type: `${context.publicUrl}/problems/${code}`,
    title: row.title,
    status: row.status,
    detail: extras.detail ?? row.help,
    code,
    charged: extras.charged ?? row.charged,
    retryable: row.retryable,
    ...(extras.operationId === undefined ? {} : { operationId: extras.operationId }),
    requestId: context.requestId,
    ...(extras.errors === undefined ? {} : { errors: extras.errors }),
    ...(extras.declineCode === undefined ? {} : { declineCode: extras.declineCode }),
  };
}

/** The headers of a problem's answer. */
export function problemHeaders(problem: Problem, context: ProblemContext): Record<string, string> {
  const { retryAfterSeconds, headers } = problem.extras;
  return {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'request-id': context.requestId,
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterSeconds))) }),
    ...(problem.code === 'unauthenticated' ? { 'www-authenticate': 'Bearer' } : {}),
    ...headers,
  };
}
