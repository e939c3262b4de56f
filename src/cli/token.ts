import { issueToken, type Role } from '../api/token.js';
import type { Config } from '../platform/config.js';
import { authSecret } from '../service.js';

/** Issues a token that the service on this configuration believes. */
export async function printToken(config: Config, wish: { user: string; role?: Role | undefined; hours: number }) {
  if (config.auth.jwksUrl) throw new Error('Tokens are issued by whoever owns AUTH_JWKS_URL.');
  const { issuer, audience } = config.auth;
  const secret = (await authSecret(config)) as string;
  const roles = wish.role ? [wish.role] : [];
  const token = await issueToken({ secret, userId: wish.user, roles, issuer, audience, ttlSeconds: wish.hours * 3_600 });
  return { json: { token }, text: token };
}
