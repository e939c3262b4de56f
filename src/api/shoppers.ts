import { Problem } from '../platform/problems/problem.js';
import { issueToken } from './token.js';

const A_DAY_SECONDS = 24 * 3_600;

export interface ShoppersOptions {
  /** Null where others issue tokens: then nobody can be made up. */
  secret: string | null;
  issuer: string | null;
  audience: string | null;
  publicUrl: string;
}

/** Customers who are made up for the store. They never have a role. */
export class Shoppers {
  constructor(private readonly options: ShoppersOptions) {}

  /** Where a browser lands after 3-D Secure. */
  get returnUrl(): string {
    return `${this.options.publicUrl}/return`;
  }

  /** Throws `forbidden` where tokens are issued by somebody else. */
  async issue(userId: string): Promise<{ userId: string; token: string; expiresAt: string }> {
    const { secret, issuer, audience } = this.options;
    if (secret === null) throw new Problem('forbidden', { detail: 'Tokens are issued by whoever owns AUTH_JWKS_URL.' });
    const token = await issueToken({ secret, issuer, audience, userId, roles: [], ttlSeconds: A_DAY_SECONDS });
    return { userId, token, expiresAt: new Date(Date.now() + A_DAY_SECONDS * 1_000).toISOString() };
  }
}
