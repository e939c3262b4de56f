import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { BadRequestException, Body, Controller, Get, Post, Res, StandardSchemaValidationPipe } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FastifyReply } from 'fastify';
import { DataSource, QueryRunnerAlreadyReleasedError, QueryRunnerProviderAlreadyReleasedError } from 'typeorm';
import { z } from 'zod';
import { invalidInput, problemFor } from '../../src/api/foreign-errors.js';
import { renderProblem } from '../../src/api/problem-body.js';
import { PROBLEMS, type ProblemCode } from '../../src/platform/problems/catalogue.js';
import { Problem } from '../../src/platform/problems/problem.js';
import { listen, PUBLIC_URL, type ListeningApp } from './listening-app.js';

const wish = z.strictObject({ planId: z.string(), 'a/b~c': z.number().optional() });
const pipe = new StandardSchemaValidationPipe({ exceptionFactory: invalidInput });

@Controller()
class Thrower {
  static next: unknown;

  @Get('throw')
  throwIt() {
    throw Thrower.next;
  }

  @Post('wish')
  wish(@Body({ schema: wish, pipes: [pipe] }) body: object) {
    return body;
  }

  @Get('half')
  half(@Res() reply: FastifyReply) {
    reply.raw.write('half an answer');
    throw new Error('too late');
  }

  @Get('things/:id')
  thing() {
    return {};
  }
}

let app: ListeningApp;
beforeAll(async () => {
  app = await listen({ controllers: [Thrower] });
});
afterAll(() => app.close());

async function problemAt(path: string, init: RequestInit = {}) {
  const response = await fetch(app.url + path, init);
  const body = (await response.json()) as Record<string, unknown>;
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(body['status']).toBe(response.status);
  expect(body['type']).toBe(`${PUBLIC_URL}/problems/${body['code'] as string}`);
  expect(body['requestId']).toMatch(/^req_/);
  expect(response.headers.get('request-id')).toBe(body['requestId']);
  expect(Object.keys(body)).toEqual(expect.arrayContaining(['title', 'detail', 'charged', 'retryable']));
  return { response, body };
}

function thrown(error: unknown) {
  Thrower.next = error;
  return problemAt('/throw');
}

function post(body: string, type = 'application/json') {
  return problemAt('/wish', { method: 'POST', body, headers: { 'content-type': type } });
}

describe('a problem', () => {
  test.each(Object.keys(PROBLEMS) as ProblemCode[])('%s is answered as its row says', async (code) => {
    const { response, body } = await thrown(new Problem(code));
    const { status, title, charged, retryable } = PROBLEMS[code];
    expect(response.status).toBe(status);
    expect(body).toMatchObject({ code, title, charged, retryable });
  });

  test('carries what it was given, and Retry-After in whole seconds', async () => {
    const { response, body } = await thrown(
      new Problem('conflicting-operation', {
        detail: 'why',
        retryAfterSeconds: 1.2,
        operationId: 'op_1',
        declineCode: 'do_not_honor',
        charged: 'yes',
        errors: [{ pointer: '/a', detail: 'b' }],
        embedded: { operation: { id: 'op_1' }, status: 200, type: 'about:blank' },
        headers: { etag: '"3"' },
        cause: new Error('canary'),
      }),
    );
    expect(response.headers.get('retry-after')).toBe('2');
    expect(response.headers.get('etag')).toBe('"3"');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(body).toMatchObject({
      detail: 'why',
      operationId: 'op_1',
      declineCode: 'do_not_honor',
      charged: 'yes',
      operation: { id: 'op_1' },
    });
    expect(body['errors']).toEqual([{ pointer: '/a', detail: 'b' }]);
    expect(JSON.stringify(body)).not.toContain('canary');
  });

  test('embedded objects never replace a member that every problem has', () => {
    const problem = new Problem('plan-full', { embedded: { status: 200, charged: 'yes', code: 'fine' } });
    expect(renderProblem(problem, { publicUrl: '', requestId: 'r' })).toMatchObject({ status: 409, charged: 'no', code: 'plan-full' });
  });
});

describe('what Nest and Fastify refuse', () => {
  test('a path that does not exist is not-found, and is not repeated', async () => {
    const { body } = await problemAt('/canary');
    expect(body['code']).toBe('not-found');
    expect(JSON.stringify(body)).not.toContain('canary');
  });

  test('a method that a path does not take is method-not-allowed, with Allow', async () => {
    const { response, body } = await problemAt('/things/7?x=1', { method: 'DELETE' });
    expect(body['code']).toBe('method-not-allowed');
    expect(response.headers.get('allow')).toBe('GET, HEAD');
  });

  test('a body that is not JSON is validation-failed, and is not repeated', async () => {
    const { body } = await post('{"canary');
    expect(body).toMatchObject({ code: 'validation-failed', detail: 'The body is not valid JSON.' });
    expect(JSON.stringify(body)).not.toContain('canary');
  });

  test('an empty JSON body is validation-failed', async () => {
    const { body } = await post('');
    expect(body).toMatchObject({ code: 'validation-failed', charged: 'no' });
  });

  test('members that reach for the prototype are validation-failed', async () => {
    expect((await post('{"__proto__":{"a":1}}')).body['code']).toBe('validation-failed');
  });

  test('a body above the limit is body-too-large', async () => {
    expect((await post(JSON.stringify({ planId: 'x'.repeat(70_000) }))).body).toMatchObject({ code: 'body-too-large', charged: 'unknown' });
  });

  test('another media type is media-type-unsupported', async () => {
    expect((await post('<a/>', 'text/xml')).body['code']).toBe('media-type-unsupported');
  });

  test('a malformed URL is validation-failed', async () => {
    expect((await problemAt('/things/%zz')).body['code']).toBe('validation-failed');
  });

  test('an id that is too long for a route is not-found', async () => {
    expect((await problemAt(`/things/${'x'.repeat(300)}`)).body['code']).toBe('not-found');
  });

  test('each place that a schema refuses is named by a JSON pointer', async () => {
    const { body } = await post('{"planId":7,"a/b~c":"x"}');
    expect(body['code']).toBe('validation-failed');
    const errors = body['errors'] as { pointer: string; detail: string }[];
    expect(errors.map(({ pointer }) => pointer)).toEqual(['/planId', '/a~1b~0c']);
    expect(errors[0]?.detail).toMatch(/expected string/);
  });

  test('what other code throws at Nest keeps its meaning, not its message', async () => {
    const { body } = await thrown(new BadRequestException('canary'));
    expect(body['code']).toBe('validation-failed');
    expect(JSON.stringify(body)).not.toContain('canary');
  });
});

describe('below HTTP', () => {
  async function raw(request: string): Promise<string> {
    const socket = connect(app.port, '127.0.0.1');
    socket.write(request);
    return text(socket);
  }

  test.each([
    ['headers that are too large', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`, 'The headers are too large.'],
    ['what is not HTTP', 'hello\r\n\r\n', 'This is not HTTP.'],
  ])('%s get a problem too', async (_, request, detail) => {
    const [head = '', body = ''] = (await raw(request)).split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1.1 400 /);
    expect(head).toContain('content-type: application/problem+json');
    expect(JSON.parse(body)).toMatchObject({ status: 400, code: 'validation-failed', detail, charged: 'unknown' });
  });
});

describe('a defect', () => {
  test('is internal-error without a word of what went wrong, and is logged with its stack', async () => {
    app.logged.length = 0;
    const { response, body } = await thrown(new TypeError('canary'));
    expect(response.status).toBe(500);
    expect(body).toMatchObject({ code: 'internal-error', charged: 'unknown', retryable: true });
    expect(JSON.stringify(body)).not.toMatch(/canary|at .*\.ts/);
    expect(app.logged).toHaveLength(1);
    expect(app.logged[0]?.event).toMatchObject({ requestId: body['requestId'], code: 'internal-error', route: '/throw' });
    expect((app.logged[0]?.event['err'] as Error).stack).toContain('canary');
  });

  test.each([[undefined], [null], ['text'], [{ statusCode: '404' }]])('that throws %p is internal-error', async (error) => {
    expect((await thrown(error)).body['code']).toBe('internal-error');
  });

  test('after the answer began ends the connection instead of the process', async () => {
    await expect(fetch(`${app.url}/half`).then((response) => response.text())).rejects.toThrow();
    expect((await problemAt('/canary')).response.status).toBe(404);
  });
});

describe('a database that is away', () => {
  test('is service-unavailable with Retry-After', async () => {
    const source = new DataSource({ type: 'postgres', url: 'postgres://a:b@127.0.0.1:1/x' });
    const refused = await source.initialize().catch((error: unknown) => error);
    const { response, body } = await thrown(refused);
    expect(body).toMatchObject({ code: 'service-unavailable', charged: 'unknown', retryable: true });
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test.each([
    ['a server that stops', { code: '57P01' }],
    ['a lost connection', { message: 'Connection terminated unexpectedly' }],
    ['too many connections', { code: '53300' }],
    ['a standby', { code: '25006' }],
    ['a lock that timed out', { driverError: { code: '55P03' } }],
    ['a reset', { code: 'ECONNRESET', syscall: 'read' }],
    // TypeORM's words where it was lost between two statements of a transaction.
    ['a connection that a transaction lost', { message: new QueryRunnerProviderAlreadyReleasedError().message }],
    ['a connection that the end of a transaction lost', { message: new QueryRunnerAlreadyReleasedError().message }],
    ['a pool that is used up', { message: 'timeout exceeded when trying to connect' }],
  ])('%s counts as away', (_, shape) => {
    expect(problemFor(Object.assign(new Error('x'), shape)).code).toBe('service-unavailable');
  });

  test.each([
    ['a broken constraint', { code: '23505' }],
    ['a file that is missing', { code: 'ENOENT', syscall: 'open' }],
    ['wrong SQL', { driverError: { code: '42601' } }],
  ])('%s is a defect', (_, shape) => {
    expect(problemFor(Object.assign(new Error('x'), shape)).code).toBe('internal-error');
  });
});
