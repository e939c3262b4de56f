import { applyDecorators, createParamDecorator, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiExtension } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../platform/problems/problem.js';
import { ROLES, unauthenticated, type CallerIdentity, type Role, type TokenReader } from './token.js';

export { issueToken, tokenReader, type CallerIdentity, type Role } from './token.js';

/** A route that bears no token. Every other route needs one. */
export const Public = () => applyDecorators(SetMetadata(ACCESS, { public: true } satisfies Access), ApiExtension('x-public', true));

/** A route for callers who have at least this role: viewer < operator < admin. */
export const Roles = (least: Role) => SetMetadata(ACCESS, { least } satisfies Access);

/** The verified caller. Not for public routes. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext) => callerOf(requestOf(context)));

/** The verified caller's user id. Not for public routes. */
export const CallerId = createParamDecorator((_: unknown, context: ExecutionContext) => callerOf(requestOf(context)).userId);

/** Whoever presents bad tokens is counted; throws Problem `rate-limited` when it is too many. */
export interface RefusalLimit {
  countRefusal(request: FastifyRequest): Promise<void>;
}

/** Denies by default: a route without a decorator needs a valid token, and whatever fails in here lets nobody through. */
export class CallerGuard implements CanActivate {
  constructor(
    private readonly read: TokenReader,
    private readonly limit?: RefusalLimit,
    private readonly reflector = new Reflector(),
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    // The method's word counts before its class's, so that a public controller can have a route that is not.
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [context.getHandler(), context.getClass()]);
    if (access?.public) return true;
    const request = requestOf(context);
    const caller = await this.#identify(request);
    if (access?.least && !mayAct(caller, access.least)) throw new Problem('forbidden', { detail: `This needs the role ${access.least}.` });
    callers.set(request, caller);
    return true;
  }

  async #identify(request: FastifyRequest): Promise<CallerIdentity> {
    try {
      return await this.read(bearerOf(request));
    } catch (error) {
      if (error instanceof Problem && error.code === 'unauthenticated') await this.limit?.countRefusal(request);
      throw error;
    }
  }
}

/** Who was let in with this request; null on public routes. */
export function knownCaller(request: FastifyRequest): CallerIdentity | null {
  return callers.get(request) ?? null;
}

interface Access {
  public?: true;
  least?: Role;
}

const ACCESS = 'counterfoil:access';

/** Kept beside the request, where no body, header or plugin can write. */
const callers = new WeakMap<FastifyRequest, CallerIdentity>();

function requestOf(context: ExecutionContext): FastifyRequest {
  return context.switchToHttp().getRequest<FastifyRequest>();
}

/** The verified caller of a request. Throws Problem `unauthenticated` on public routes. */
export function callerOf(request: FastifyRequest): CallerIdentity {
  const caller = knownCaller(request);
  if (!caller) throw new Problem('unauthenticated');
  return caller;
}

/** RFC 6750, section 2.1: the header alone, never the query or the body. */
function bearerOf(request: FastifyRequest): string {
  const header = request.headers.authorization;
  if (header === undefined) throw new Problem('unauthenticated');
  const [scheme = '', token = '', ...rest] = header.split(' ').filter((part) => part !== '');
  if (scheme.toLowerCase() !== 'bearer' || token === '' || rest.length > 0) throw unauthenticated('The header is not Bearer <token>.');
  return token;
}

function mayAct(caller: CallerIdentity, least: Role): boolean {
  return caller.roles.some((role) => ROLES.indexOf(role) >= ROLES.indexOf(least));
}
