import type { Socket } from 'node:net';
import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { newId, toPublicId } from '../platform/ids.js';
import { Problem } from '../platform/problems/problem.js';
import { idsOf } from '../platform/telemetry/request-log.js';
import { problemFor } from './foreign-errors.js';
import { problemHeaders, renderProblem, type ProblemContext } from './problem-body.js';
import type { Routes } from './routes.js';
import { embeddedViews } from './views.js';

export interface ProblemFilterOptions {
  publicUrl: string;
  /** Told of every answer from 500 on, with its cause. */
  log: { error(event: object, message: string): void };
  /** Without it, a wrong method is answered as a path that does not exist. */
  routes?: Routes;
}

/** Said on purpose, to many at once; the log of requests has them. */
const DELIBERATE: ReadonlySet<string> = new Set(['overloaded', 'shutting-down']);

/** The one place where an error becomes an answer: application/problem+json, whatever was thrown and whoever threw it. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly options: ProblemFilterOptions) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const problem = this.#wrongMethod(request) ?? problemFor(error);
    if (problem.row.status >= 500 && !DELIBERATE.has(problem.code)) this.#log(problem, error, request, reply);
    // An event stream has begun its answer already; all that is left to say is in the log.
    if (reply.sent || reply.raw.headersSent) return void reply.raw.destroy();
    answer(problem, { publicUrl: this.options.publicUrl, requestId: request.id }, reply);
  }

  #wrongMethod(request: FastifyRequest): Problem | null {
    const methods = request.is404 ? (this.options.routes?.methodsOf(request.url) ?? []) : [];
    // A path in another spelling, such as one with a slash more, is another path.
    if (methods.length === 0 || methods.includes(request.method)) return null;
    return new Problem('method-not-allowed', { headers: { allow: methods.join(', ') } });
  }

  #log(problem: Problem, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const route = request.routeOptions?.url ?? null;
    const what = { err: error, code: problem.code, method: request.method, route, ...idsOf(request, reply) };
    this.options.log.error(what, problem.message);
  }
}

/** For Fastify's option `frameworkErrors`: what the router refuses before any hook runs, such as a malformed URL. */
export function answerFrameworkError(publicUrl: string) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void =>
    answer(problemFor(error), { publicUrl, requestId: request.id }, reply);
}

/** For Fastify's option `clientErrorHandler`: what is not even HTTP, has too large headers or does not arrive in time. */
export function answerClientError(publicUrl: string) {
  return (error: Error & { code?: string }, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    const problem = new Problem('validation-failed', {
      detail: CLIENT_ERRORS[error.code ?? ''] ?? 'This is not HTTP.',
      charged: 'unknown',
    });
    const context = { publicUrl, requestId: toPublicId('req', newId()) };
    const body = JSON.stringify(renderProblem(problem, context));
    const headers = { ...problemHeaders(problem, context), 'content-length': Buffer.byteLength(body), connection: 'close' };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    socket.end(['HTTP/1.1 400 Bad Request', ...lines, '', body].join('\r\n'));
  };
}

const CLIENT_ERRORS: Record<string, string> = {
  HPE_HEADER_OVERFLOW: 'The headers are too large.',
  ERR_HTTP_REQUEST_TIMEOUT: 'The request did not arrive in time.',
};

function answer(problem: Problem, context: ProblemContext, reply: FastifyReply): void {
  void reply
    .status(problem.row.status)
    .headers(problemHeaders(problem, context))
    .send({ ...embeddedViews(problem, context), ...renderProblem(problem, context) });
}
