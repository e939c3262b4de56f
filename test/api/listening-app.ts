import 'reflect-metadata';
import { Module, type CanActivate, type Type } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { answerClientError, answerFrameworkError, ProblemFilter } from '../../src/api/problem-filter.js';
import { Routes } from '../../src/api/routes.js';
import { newId, toPublicId } from '../../src/platform/ids.js';

export const PUBLIC_URL = 'https://pay.example.com';

/** A small application behind the real door, on a free port of the loopback. */
export interface ListeningApp {
  url: string;
  port: number;
  /** What the filter wrote into the log. */
  logged: { event: Record<string, unknown>; message: string }[];
  close(): Promise<void>;
}

export interface AppParts {
  controllers: Type[];
  /** Run in this order. */
  guards?: CanActivate[];
  /** Called before any route exists. */
  prepare?: (fastify: FastifyInstance) => void;
}

export async function listen({ controllers, guards = [], prepare }: AppParts): Promise<ListeningApp> {
  class TestModule {}
  Module({ controllers, providers: guards.map((guard) => ({ provide: APP_GUARD, useValue: guard })) })(TestModule);
  const adapter = new FastifyAdapter({
    bodyLimit: 65_536,
    genReqId: () => toPublicId('req', newId()),
    frameworkErrors: answerFrameworkError(PUBLIC_URL),
    clientErrorHandler: answerClientError(PUBLIC_URL),
    forceCloseConnections: true,
  });
  const fastify = adapter.getInstance() as FastifyInstance;
  const routes = new Routes(fastify);
  prepare?.(fastify);
  const app = await NestFactory.create<NestFastifyApplication>(TestModule, adapter, { logger: false });
  const logged: ListeningApp['logged'] = [];
  const log = { error: (event: object, message: string) => void logged.push({ event: event as Record<string, unknown>, message }) };
  app.useGlobalFilters(new ProblemFilter({ publicUrl: PUBLIC_URL, log, routes }));
  await app.listen(0, '127.0.0.1');
  const port = Number(new URL(await app.getUrl()).port);
  return { url: `http://127.0.0.1:${port}`, port, logged, close: () => app.close() };
}
