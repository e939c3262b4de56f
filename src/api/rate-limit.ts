import { SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import { Problem } from '../platform/problems/problem.js';
import { knownCaller, type RefusalLimit } from './caller.js';

/** A route that is never refused for being asked often: probes, scrapes, and the gateway's events, which come from few addresses. */
export const Unmetered = () => SetMetadata(UNMETERED, true);

export interface RateLimitOptions {
  /** Requests per user, or per address where no user is known; 0 = no limit. */
  perMinute: number;
  /** Shared between replicas on the first of these. Without one, every process counts for itself. */
  redisUrls: string[];
}

/**
 * Counts requests per user in windows of 60 s and throws Problem `rate-limited` beyond the limit. Stands behind the caller
 * guard. An address is that of the socket: what a header says about it could be anything. When Redis is away or silent,
 * this process counts for itself.
 */
export class RateLimit implements CanActivate, RefusalLimit {
  readonly #limiter: RateLimiterAbstract | null;
  readonly #redis: Redis | null;
  readonly #reflector = new Reflector();

  constructor({ perMinute, redisUrls: [redisUrl] }: RateLimitOptions) {
    this.#redis = perMinute > 0 && redisUrl !== undefined ? connect(redisUrl) : null;
    this.#limiter = perMinute > 0 ? limiterOf(perMinute, this.#redis) : null;
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.#reflector.getAllAndOverride<boolean | undefined>(UNMETERED, [context.getHandler(), context.getClass()])) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const caller = knownCaller(request);
    await this.#count(caller ? `user:${caller.userId}` : addressKey(request));
    return true;
  }

  /** Bad tokens are counted by address, apart from its other requests: guessing must not lock out who shares the address. */
  countRefusal(request: FastifyRequest): Promise<void> {
    return this.#count(`refused:${addressKey(request)}`);
  }

  close(): void {
    this.#redis?.disconnect();
  }

  async #count(key: string): Promise<void> {
    try {
      await this.#limiter?.consume(key);
    } catch (error) {
      if (error instanceof RateLimiterRes) throw new Problem('rate-limited', { retryAfterSeconds: error.msBeforeNext / 1_000 });
      throw error;
    }
  }
}

const UNMETERED = 'counterfoil:unmetered';
const WINDOW_SECONDS = 60;
/** A request waits for a silent Redis at most this long. */
const COMMAND_TIMEOUT_MS = 150;
/** A Redis that stays silent this long is disconnected: from then on it costs nothing. */
const SILENCE_MS = 500;
const MAX_RECONNECT_DELAY_MS = 1_000;

function limiterOf(perMinute: number, redis: Redis | null): RateLimiterAbstract {
  const limit = { points: perMinute, duration: WINDOW_SECONDS };
  const memory = new RateLimiterMemory(limit);
  if (!redis) return memory;
  return new RateLimiterRedis({
    ...limit,
    storeClient: redis,
    keyPrefix: 'counterfoil:rate',
    rejectIfRedisNotReady: true,
    insuranceLimiter: memory,
    // Whoever is over the limit is refused without asking Redis again.
    inMemoryBlockOnConsumed: perMinute + 1,
  });
}

function connect(url: string): Redis {
  let isLeft = false;
  const redis = new Redis(url, {
    commandTimeout: COMMAND_TIMEOUT_MS,
    socketTimeout: SILENCE_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    enableAutoPipelining: true,
    // After a failover the connection to the former primary may stay open for ever. It is left once, though all commands in flight are refused.
    reconnectOnError: ({ message }) => !isLeft && (isLeft = message.includes('READONLY')),
    retryStrategy: (attempt) => Math.min(attempt * 50, MAX_RECONNECT_DELAY_MS),
  });
  // Every command fails with its own error; without a listener ioredis would print each failed connection.
  redis.on('error', () => undefined).on('close', () => (isLeft = false));
  return redis;
}

/** Of an IPv6 address the network (/64), because whoever has one address there has them all. */
function addressKey(request: FastifyRequest): string {
  const address = (request.socket.remoteAddress ?? 'unknown').replace(/^::ffff:(?=\d+\.)/, '');
  return `ip:${address.includes(':') ? networkOf(address) : address}`;
}

function networkOf(address: string): string {
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const before = head === '' ? [] : head.split(':');
  const after = tail ? tail.split(':') : [];
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return [...before, ...zeros, ...after].slice(0, 4).join(':');
}
