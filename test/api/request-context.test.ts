import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Body, Controller, Get, Post } from '@nestjs/common';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLogger } from '../../src/platform/telemetry/logger.js';
import { Metrics } from '../../src/platform/telemetry/metrics.js';
import { currentContext, noteOperation, observeRequests } from '../../src/platform/telemetry/request-context.js';
import { listen, type ListeningApp } from './listening-app.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const metrics = new Metrics();
const lines: string[] = [];

@Controller('things')
class Rooms {
  @Get(':id')
  get() {
    return currentContext();
  }

  @Post()
  async post(@Body() body: { pause: number }) {
    noteOperation('op_1');
    await new Promise((done) => setTimeout(done, body.pause));
    return currentContext();
  }
}

let app: ListeningApp;
beforeAll(async () => {
  const log = createLogger('info', { write: (line: string) => void lines.push(line) });
  app = await listen({ controllers: [Rooms], prepare: (fastify) => observeRequests(fastify, metrics, log) });
});
afterAll(() => app.close());

async function post(pause: number) {
  const body = JSON.stringify({ pause });
  const response = await fetch(`${app.url}/things`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  return { id: response.headers.get('request-id'), context: await response.json() };
}

test('every request has its own context, behind its body too, and its id in the answer', async () => {
  const answers = await Promise.all([30, 5, 20, 1].map(post));
  for (const { id, context } of answers) expect(context).toEqual({ requestId: id, traceId: null, operationId: 'op_1' });
  expect(new Set(answers.map(({ id }) => id)).size).toBe(4);
});

test('a body that arrives late finds the context of its own request again', async () => {
  const socket = connect(app.port, '127.0.0.1');
  const answer = text(socket);
  const body = '{"pause":0}';
  socket.write(
    `POST /things HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n{`,
  );
  // By the time this is answered, the head above has been read.
  await fetch(`${app.url}/things/1`);
  socket.write(body.slice(1));
  const [head = '', context = ''] = (await answer).split('\r\n\r\n');
  const id = /request-id: (\S+)/.exec(head)?.[1];
  expect(JSON.parse(context)).toEqual({ requestId: id, traceId: null, operationId: 'op_1' });
});

test('the trace of the caller is taken up', async () => {
  const response = await fetch(`${app.url}/things/1`, { headers: { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` } });
  expect(await response.json()).toMatchObject({ traceId: TRACE });
});

test('requests are counted by route and status, never by path', async () => {
  await fetch(`${app.url}/things/secret-id`);
  await fetch(`${app.url}/nothing/secret-id`);
  const scrape = await metrics.registry.metrics();
  expect(scrape).toMatch(/http_request_seconds_count\{method="GET",route="\/things\/:id",status="200"\} [1-9]/);
  expect(scrape).toContain('status="404"');
  expect(scrape).not.toContain('secret-id');
});

test('what changes something is logged with its ids', async () => {
  lines.length = 0;
  const { id } = await post(0);
  expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
    expect.objectContaining({ message: 'request', method: 'POST', route: '/things', status: 201, requestId: id, operationId: 'op_1' }),
  ]);
});
