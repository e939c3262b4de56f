import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../platform/config.js';
import { html } from './html.js';

/** Where `npm run build` puts the pages, seen from the compiled service and from its sources alike. */
const BUILT = fileURLToPath(new URL('../../dist/web/', import.meta.url));
const A_YEAR_SECONDS = 31_536_000;
/** A path below the console is a screen of it; one that names a file is not there. A user may be called like a file. */
const FILE = /^(?!users\/).*\.(js|css|map|svg|png|ico|json|txt|html)$/i;

/** The console, and in sandbox mode the store. Each page is served where it is; what is not there is a 404 and never another page. */
export async function serveWeb(fastify: FastifyInstance, config: Config): Promise<void> {
  const sendConsole = consoleOf(config);
  await fastify.register(async (scope: FastifyInstance) => {
    await scope.register(fastifyStatic, { root: BUILT, serve: false });
    scope.get<{ Params: { file: string } }>('/assets/:file', (request, reply) =>
      // Named by their content: what is under a name never changes.
      reply.sendFile(request.params.file, join(BUILT, 'assets'), { immutable: true, maxAge: A_YEAR_SECONDS * 1_000 }),
    );
    scope.get('/console', (_request, reply) => sendConsole(reply));
    scope.get<{ Params: { '*': string } }>('/console/*', (request, reply) =>
      FILE.test(request.params['*']) ? reply.callNotFound() : sendConsole(reply),
    );
    if (config.gateway !== 'sandbox') return;
    scope.get('/store', (_request, reply) => sendPage(reply, 'store/index.html', STORE_POLICY));
    scope.get('/store/tab', (_request, reply) => sendPage(reply, 'store/tab/index.html', TAB_POLICY));
  });
}

/** It is told how people sign in, and may speak to the issuer where there is one. */
function consoleOf({ auth: { issuer, audience, rolesClaim }, consoleSignIn }: Config): (reply: FastifyReply) => Promise<FastifyReply> {
  const settings = { rolesClaim, issuer: consoleSignIn && { issuer, audience, ...consoleSignIn } };
  const connects = consoleSignIn && issuer ? `'self' ${new URL(issuer).origin}` : "'self'";
  const policy = policyOf({ connects, holds: "'none'", isHeldBy: "'none'" });
  return async (reply) => {
    const page = await readFile(join(BUILT, 'console/index.html'), 'utf8');
    void reply.headers({ 'content-security-policy': policy, 'cache-control': 'no-cache' }).type('text/html; charset=utf-8');
    return reply.send(page.replace(SIGN_IN, () => html`<meta name="counterfoil-sign-in" content="${JSON.stringify(settings)}" />`.text));
  };
}

const SIGN_IN = '<meta name="counterfoil-sign-in" content="" />';

function sendPage(reply: FastifyReply, file: string, policy: string): FastifyReply {
  void reply.headers({ 'content-security-policy': policy, 'cache-control': 'no-cache' });
  return reply.sendFile(file, BUILT, { cacheControl: false });
}

/** Nothing from elsewhere, nothing inline but styles, which the components set while they are dragged, opened or measured. */
function policyOf({ connects = "'self'", holds, isHeldBy }: { connects?: string; holds: string; isHeldBy: string }): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    `connect-src ${connects}`,
    `frame-src ${holds}`,
    `frame-ancestors ${isHeldBy}`,
    "base-uri 'none'",
    "form-action 'self'",
  ].join('; ');
}

/** It shows tabs of a customer side by side, in frames. */
const STORE_POLICY = policyOf({ holds: "'self'", isHeldBy: "'none'" });
const TAB_POLICY = policyOf({ holds: "'none'", isHeldBy: "'self'" });
