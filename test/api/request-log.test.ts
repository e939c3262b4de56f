import { Body, Controller, Get, Post, Res } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { FastifyReply } from 'fastify';
import { createLogger } from '../../src/platform/telemetry/logger.js';
import { Metrics } from '../../src/platform/telemetry/metrics.js';
import { observeRequests } from '../../src/platform/telemetry/request-log.js';
import { listen, type ListeningApp } from './listening-app.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const metrics = new Metrics();
const lines: string[] = [];

@Controller('things')
class Rooms {
  @Get(':id')
  get() {
    return {};
  }

  @Post()
  async post(@Body() body: { pause: number; operation?: string }, @Res({ passthrough: true }) reply: FastifyReply) {
    if (body.operation) void reply.header('Operation-Id', body.operation);
    await new Promise((done) => setTimeout(done, body.pause));
    return {};
  }
}

let app: ListeningApp;
beforeAll(async () => {
  const log = createLogger('info', { write: (line: string) => void lines.push(line) });
  app = await listen({ controllers: [Rooms], prepare: (fastify) => observeRequests(fastify, metrics, log) });
});
beforeEach(() => void (lines.length = 0));
afterAll(() => app.close());

async function post(pause: number, { operation, traceparent }: { operation?: string; traceparent?: string } = {}): Promise<string | null> {
  const headers = { 'content-type': 'application/json', ...(traceparent === undefined ? {} : { traceparent }) };
  const response = await fetch(`${app.url}/things`, { method: 'POST', body: JSON.stringify({ pause, operation }), headers });
  return response.headers.get('request-id');
}

const written = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);

test('every request has an id of its own, which its answer bears and its line', async () => {
  const pauses = [30, 5, 20, 1];
  const ids = await Promise.all(pauses.map((pause) => post(pause, { operation: `op_${pause}` })));
  expect(new Set(ids).size).toBe(pauses.length);
  const named = written().map(({ requestId, operationId }) => [operationId, requestId]);
  expect(Object.fromEntries(named)).toEqual(Object.fromEntries(ids.map((id, n) => [`op_${pauses[n]}`, id])));
});

test('what changes something is logged with its ids; the operation is the one that the answer names', async () => {
  const id = await post(0, { operation: 'op_1', traceparent: `00-${TRACE}-00f067aa0ba902b7-01` });
  const ids = { requestId: id, traceId: TRACE, operationId: 'op_1' };
  expect(written()).toEqual([expect.objectContaining({ message: 'request', method: 'POST', route: '/things', status: 201, ...ids })]);
});

test('a request without a trace and without an operation says so', async () => {
  const id = await post(0);
  expect(written()).toMatchObject([{ requestId: id, traceId: null }]);
  expect(written()[0]).not.toHaveProperty('operationId');
});

test('requests are counted by route and status, never by path', async () => {
  await fetch(`${app.url}/things/secret-id`);
  await fetch(`${app.url}/nothing/secret-id`);
  const scrape = await metrics.registry.metrics();
  expect(scrape).toMatch(/http_request_seconds_count\{method="GET",route="\/things\/:id",status="200"\} [1-9]/);
  expect(scrape).toContain('status="404"');
  expect(scrape).not.toContain('secret-id');
});
