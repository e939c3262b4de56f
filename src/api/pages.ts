import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import { PROBLEMS, type ProblemCode } from '../platform/problems/catalogue.js';
import { problemPage, problemsPage } from '../platform/problems/pages.js';
import { openApiOf } from './openapi.js';

/** What people read: the API's page, its document, and a page for each problem. */
export function servePages(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  SwaggerModule.setup('docs', app, () => openApiOf(app), {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'Counterfoil API',
    customCss: '.swagger-ui .topbar { display: none }',
  });
  fastify.get('/', (_request, reply) => reply.redirect('/docs'));
  fastify.get('/return', (_request, reply) => reply.type('text/html; charset=utf-8').send(RETURN_PAGE));
  fastify.get('/problems', (_request, reply) => reply.type('text/html; charset=utf-8').send(problemsPage()));
  fastify.get<{ Params: { slug: string } }>('/problems/:slug', (request, reply) => {
    const { slug } = request.params;
    if (!Object.hasOwn(PROBLEMS, slug)) return reply.callNotFound();
    return reply.type('text/html; charset=utf-8').send(problemPage(slug as ProblemCode));
  });
}

/** Where a browser lands after 3-D Secure. It says nothing about the outcome, because the gateway's word alone counts. */
const RETURN_PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<title>Thank you · Counterfoil</title><style>:root{color-scheme:light dark}body{font:1rem/1.6 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}</style></head>
<body><main><h1>Thank you</h1><p>Your bank has answered. The payment is being confirmed; you can close this page and return to the shop.</p></main></body></html>
`;
