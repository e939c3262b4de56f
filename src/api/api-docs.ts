import { applyDecorators, Injectable, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ApiExtension, ApiHeader, ApiResponse } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { PROBLEMS, type ProblemCode } from '../platform/problems/catalogue.js';
import { readIdempotencyKey } from './idempotency-key.js';
import { problem } from './schemas.js';

/** Judges the key before the body: a guard runs before any pipe. */
@Injectable()
class KeyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    readIdempotencyKey(context.switchToHttp().getRequest<FastifyRequest>().headers);
    return true;
  }
}

const KEY_PROBLEMS = ['idempotency-key-missing', 'idempotency-key-invalid', 'idempotency-key-reused'] as const;

/** What each sort of keyed route can refuse. */
const SORTS = {
  subscribing: [
    'validation-failed',
    'not-found',
    'payment-declined',
    'not-subscribed',
    'conflicting-operation',
    'request-outstanding',
    'already-subscribed',
    'plan-full',
    'quote-stale',
    'subscription-changed',
    'plan-not-found',
    'payment-method-required',
    'payment-method-invalid',
    'currency-mismatch',
    'subscription-paused',
    'gateway-unavailable',
    'service-unavailable',
    'shutting-down',
    'overloaded',
  ],
  card: [
    'validation-failed',
    'not-subscribed',
    'payment-declined',
    'payment-method-invalid',
    'subscription-changed',
    'gateway-unavailable',
    'service-unavailable',
    'overloaded',
  ],
  operation: ['not-found', 'operation-not-cancelable', 'conflicting-operation', 'operation-changed'],
  transfer: ['validation-failed', 'insufficient-credit', 'credits-changed', 'credit-limit-reached', 'service-unavailable', 'overloaded'],
  admin: ['validation-failed', 'forbidden', 'not-found', 'conflicting-operation'],
} as const satisfies Record<string, readonly ProblemCode[]>;

/** A route that takes an Idempotency-Key. `more`: what this one can refuse beside what its sort does. */
export function Keyed(sort: keyof typeof SORTS, ...more: ProblemCode[]): MethodDecorator {
  const headers = [
    ApiHeader({
      name: 'Idempotency-Key',
      required: true,
      description: 'made once per press of the button and kept for every retry',
      schema: { type: 'string', minLength: 8, maxLength: 255 },
    }),
  ];
  if (sort === 'subscribing') headers.push(...SUBSCRIBING_HEADERS);
  return applyDecorators(UseGuards(KeyGuard), ...headers, ApiProblems(...KEY_PROBLEMS, ...SORTS[sort], ...more));
}

/** A route that can be told what its caller saw, and refuses where that is not so any more. */
export function ApiIfMatch(description: string): MethodDecorator & ClassDecorator {
  return ApiHeader({ name: 'If-Match', required: false, description });
}

const SUBSCRIBING_HEADERS = [
  ApiIfMatch('the ETag of the subscription that the caller saw'),
  ApiHeader({ name: 'Prefer', required: false, description: 'wait=N (seconds, default 8, at most 30), respond-async, handling=strict' }),
];

/** A route that answers a stream of events. `more`: what it can refuse beside what every one does. */
export function ApiStream(...more: ProblemCode[]): MethodDecorator {
  const stream = { status: 200, description: 'The stream', content: { 'text/event-stream': { schema: { type: 'string' } } } } as const;
  return applyDecorators(ApiResponse(stream), ApiProblems(...more, 'overloaded', 'shutting-down'));
}

/** The refusals of a route, one response for each status. Once for a route: of two, the document shows one. */
export function ApiProblems(...codes: ProblemCode[]): MethodDecorator & ClassDecorator {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of codes) byStatus.set(PROBLEMS[code].status, [...(byStatus.get(PROBLEMS[code].status) ?? []), code]);
  return applyDecorators(
    ...[...byStatus].map(([status, of]) =>
      ApiResponse({ status, standardSchema: problem, description: of.map((code) => PROBLEMS[code].title).join(' · ') }),
    ),
    ApiExtension('x-problems', codes),
  );
}
