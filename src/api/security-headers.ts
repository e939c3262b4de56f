import type { FastifyInstance } from 'fastify';
import helmet from 'helmet';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';

/** Pages of the service load nothing from elsewhere. The API's page styles itself inline. */
const CONTENT_SECURITY_POLICY = {
  defaultSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:'],
  upgradeInsecureRequests: null,
};

/** What browsers are told of every answer. A route that says it otherwise is believed. The same for all, so that the library is asked once. */
export function sendSecurityHeaders(fastify: FastifyInstance): void {
  const answer = new ServerResponse(new IncomingMessage(new Socket()));
  helmet({ contentSecurityPolicy: { directives: CONTENT_SECURITY_POLICY } })(answer.req, answer, () => undefined);
  const headers = answer.getHeaders();
  fastify.addHook('onRequest', (_request, reply, done) => {
    void reply.headers(headers);
    done();
  });
}
