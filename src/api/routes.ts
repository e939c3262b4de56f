import type { FastifyInstance, RouteOptions } from 'fastify';

/** Which methods a path takes, for the Allow header of 405 (RFC 9110, section 15.5.6). */
export class Routes {
  readonly #routes: { method: string; pattern: string[] }[] = [];

  /** Must be called before the routes are registered. */
  constructor(fastify: FastifyInstance) {
    fastify.addHook('onRoute', (route) => this.#remember(route));
  }

  methodsOf(url: string): string[] {
    const path = segmentsOf(url);
    const methods = this.#routes.filter(({ pattern }) => fits(pattern, path)).map(({ method }) => method);
    return [...new Set(methods)].sort();
  }

  #remember(route: RouteOptions): void {
    for (const method of [route.method].flat()) this.#routes.push({ method, pattern: segmentsOf(route.url) });
  }
}

function segmentsOf(url: string): string[] {
  return (url.split('?', 1)[0] ?? '').split('/').filter((segment) => segment !== '');
}

function fits(pattern: string[], path: string[]): boolean {
  const wildcard = pattern.at(-1) === '*';
  if (wildcard ? path.length < pattern.length - 1 : path.length !== pattern.length) return false;
  return pattern.every((segment, index) => segment === '*' || segment.startsWith(':') || segment === path[index]);
}
