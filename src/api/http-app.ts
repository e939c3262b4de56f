import { StandardSchemaValidationPipe, type DynamicModule, type NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Config } from '../platform/config.js';
import { newId, toPublicId } from '../platform/ids.js';
import { NestLogger } from '../platform/telemetry/logger.js';
import { Metrics } from '../platform/telemetry/metrics.js';
import { observeRequests } from '../platform/telemetry/request-log.js';
import { CallerGuard, tokenReader } from './caller.js';
import { refuseCardData } from './card-numbers.js';
import { Door } from './door.js';
import { invalidInput } from './foreign-errors.js';
import { servePages } from './pages.js';
import { answerClientError, answerFrameworkError, ProblemFilter } from './problem-filter.js';
import { RateLimit } from './rate-limit.js';
import { Routes } from './routes.js';
import { sendSecurityHeaders } from './security-headers.js';
import { standAtTheDoor, takeOnlyJson } from './hooks.js';
import { serveWeb } from './web-pages.js';

/** What a subscribing request needs is under 1 kB. */
const BODY_LIMIT_BYTES = 64 * 1024;
/** The largest events of gateways that were seen are a tenth of this. */
const WEBHOOK_BODY_LIMIT_BYTES = 256 * 1024;
/** A token has 8 kB at most; all headers together have twice that. */
const MAX_HEADER_BYTES = 16 * 1024;
/** A user id has 255 characters at most, each of up to twelve in a URL. */
const MAX_PARAM_CHARACTERS = 255 * 12;
/** Slower than this is not a client but an attack. */
const REQUEST_TIMEOUT_MS = 10_000;

/** The HTTP face: limits and refusals that stand before every route, then the routes. */
export async function createHttpApp(module: DynamicModule, config: Config, log: Logger): Promise<NestFastifyApplication> {
  const { publicUrl } = config;
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    genReqId: () => toPublicId('req', newId()),
    requestIdHeader: false,
    trustProxy: false,
    routerOptions: { maxParamLength: MAX_PARAM_CHARACTERS },
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    http: { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: REQUEST_TIMEOUT_MS },
    frameworkErrors: answerFrameworkError(publicUrl),
    clientErrorHandler: answerClientError(publicUrl),
  } as ConstructorParameters<typeof FastifyAdapter>[0]);
  const fastify = adapter.getInstance() as FastifyInstance;
  const routes = new Routes(fastify);
  fastify.addHook('onRoute', (route) => {
    if (route.url.startsWith('/v1/webhooks/')) route.bodyLimit = WEBHOOK_BODY_LIMIT_BYTES;
  });

  const options: NestApplicationOptions = { rawBody: true, logger: new NestLogger(log), abortOnError: false };
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, options);
  observeRequests(fastify, app.get(Metrics), log);
  standAtTheDoor(fastify, app.get(Door));
  takeOnlyJson(fastify);
  refuseCardData(fastify);
  sendSecurityHeaders(fastify);
  const rateLimit = new RateLimit({ perMinute: config.rateLimitPerMinute, redisUrls: config.redisUrls });
  fastify.addHook('onClose', async () => rateLimit.close());
  app.useGlobalGuards(new CallerGuard(tokenReader(config.auth), rateLimit), rateLimit);
  app.useGlobalPipes(new StandardSchemaValidationPipe({ exceptionFactory: invalidInput }));
  app.useGlobalFilters(new ProblemFilter({ publicUrl, log, routes }));
  servePages(app);
  await serveWeb(fastify, config);
  return app;
}
