import { issueToken, type Role } from '../../src/api/token.js';
import { fromPublicId } from '../../src/platform/ids.js';
import type { History } from './history.js';
import { JWT_SECRET } from './house.js';
import type { Member } from './member.js';

export interface Wish {
  method: 'GET' | 'PUT' | 'POST';
  path: string;
  body?: object;
  headers?: Record<string, string>;
}

/** An answer, or null where none came. */
export type Said = {
  status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever the service said
  body: any;
} | null;

/** Longer than the service lets anybody wait; whoever frozen or cut off does not answer is given up. */
const GIVE_UP_MS = 12_000;
const TOKEN_TTL_SECONDS = 24 * 3_600;

/** Somebody with a token, who writes down what was asked and heard. */
export class Caller {
  private token: Promise<string> | null = null;

  constructor(
    readonly userId: string,
    private readonly roles: Role[],
    private readonly history: History,
  ) {}

  async ask(at: Member, key: string, { method, path, body, headers = {} }: Wish): Promise<Said> {
    const shared = { secret: JWT_SECRET, issuer: null, audience: null, ttlSeconds: TOKEN_TTL_SECONDS };
    const token = await (this.token ??= issueToken({ ...shared, userId: this.userId, roles: this.roles }));
    const request = `${method} ${path} ${body ? JSON.stringify(body) : ''}`;
    this.history.write('sent', { userId: this.userId, key, request, to: at.name });
    const startedAt = performance.now();
    try {
      const response = await fetch(`${at.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'idempotency-key': key, 'content-type': 'application/json', ...headers },
        ...(body ? { body: JSON.stringify(body) } : method === 'POST' ? { body: '{}' } : {}),
        signal: AbortSignal.timeout(GIVE_UP_MS),
      });
      const said = { status: response.status, body: (await response.json()) as Record<string, unknown> };
      this.hear(key, request, said);
      return said;
    } catch (error) {
      const why = causeOf(error);
      this.history.count(`none ${why}`);
      this.history.write('nothing heard', { userId: this.userId, key, request, why, ms: Math.round(performance.now() - startedAt) });
      return null;
    }
  }

  private hear(key: string, request: string, { status: httpStatus, body }: { status: number; body: Record<string, unknown> }): void {
    const isOperation = body['object'] === 'operation';
    const code = isOperation ? null : ((body['code'] as string | undefined) ?? null);
    const publicId = (isOperation ? body['id'] : body['operationId']) as string | undefined;
    const operationId = publicId === undefined ? null : fromPublicId('op', publicId);
    const status = isOperation ? (body['status'] as string) : code !== null && FAILED.has(code) && operationId ? 'failed' : null;
    const heard = { userId: this.userId, key, request, httpStatus, operationId, status };
    this.history.hear(heard, code, this.roles.length === 0);
  }
}

/** Problems that a failed operation is answered with. */
const FAILED = new Set(['payment-declined', 'payment-method-invalid', 'gateway-unavailable']);

/** undici says "fetch failed" of everything and keeps why in the cause. */
function causeOf(error: unknown): string {
  const { name, cause } = error as Error & { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? name;
}
