import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import {
  createRemoteJWKSet,
  errors,
  jwtVerify,
  SignJWT,
  UnsecuredJWT,
  type JWTHeaderParameters,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
} from 'jose';
import { Problem } from '../platform/problems/problem.js';

/** Each role may do what the ones before it may. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who calls, as a verified token says. */
export interface CallerIdentity {
  userId: string;
  roles: Role[];
  /** When the token is no longer believed, in milliseconds since 1970. */
  believedUntilMs: number;
}

/** How tokens are believed: by a secret shared with whoever issues them, or by the public keys at an address. */
export interface TokenTrust {
  secret: string | null;
  jwksUrl: string | null;
  issuer: string | null;
  audience: string | null;
  /** The claim that holds the roles, as a list. */
  rolesClaim: string;
}

/** Answers who calls; throws Problem `unauthenticated`, or `service-unavailable` when the keys cannot be fetched. */
export type TokenReader = (token: string) => Promise<CallerIdentity>;

/** Exactly one of `secret` and `jwksUrl` must be set. The algorithms are pinned to it, so that no public key passes for a secret. */
export function tokenReader(trust: TokenTrust): TokenReader {
  const options: JWTVerifyOptions = {
    requiredClaims: ['exp', 'sub'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    ...(trust.issuer === null ? {} : { issuer: trust.issuer }),
    ...(trust.audience === null ? {} : { audience: trust.audience }),
  };
  const verify = trust.jwksUrl === null ? bySecret(trust.secret, options) : byPublicKeys(new URL(trust.jwksUrl), options);
  return async (token) => {
    if (token.length > MAX_TOKEN_CHARACTERS) throw unauthenticated('The token is too long.');
    try {
      const { payload, protectedHeader } = await verify(token);
      if (!isAccessToken(protectedHeader.typ)) throw unauthenticated('The token is not an access token.');
      if (!isUserId(payload.sub)) throw unauthenticated('The token names no user.');
      return { userId: payload.sub, roles: rolesIn(payload[trust.rolesClaim]), believedUntilMs: believedUntilMs(payload.exp as number) };
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw unauthenticated('The token has expired.', error);
      if (error instanceof errors.JOSEError) throw unauthenticated('The token is not valid.', error);
      throw error;
    }
  };
}

/** For the CLI and the start-up banner. */
export async function issueToken(wish: TokenWish): Promise<string> {
  const jwt = new SignJWT({ roles: wish.roles }).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).setSubject(wish.userId).setIssuedAt();
  if (wish.issuer) jwt.setIssuer(wish.issuer);
  if (wish.audience) jwt.setAudience(wish.audience);
  return jwt.setExpirationTime(Math.floor(Date.now() / 1000) + wish.ttlSeconds).sign(Buffer.from(wish.secret));
}

export interface TokenWish {
  secret: string;
  userId: string;
  roles: Role[];
  ttlSeconds: number;
  /** Needed where the service checks it. */
  issuer?: string | null;
  audience?: string | null;
}

/** RFC 6750, section 3: the challenge says whether a token was missing or bad. */
export function unauthenticated(detail: string, cause?: unknown): Problem {
  return new Problem('unauthenticated', { detail, cause, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } });
}

/** Clocks of issuer and service may differ by this much. */
const CLOCK_TOLERANCE_SECONDS = 60;
/** A token with a few roles has less than 1 kB; verifying a huge one costs us and not the sender. */
const MAX_TOKEN_CHARACTERS = 8_192;
/** The issuer answers from memory; a caller waits for this. */
const JWKS_TIMEOUT_MS = 2_000;
/** How long a key that the issuer withdrew is still believed. */
const JWKS_REFRESH_MS = 600_000;
/** What is visible and in one piece: it goes into logs, headers and the gateway's metadata. */
export const USER_ID = /^[^\p{C}\p{Z}]{1,255}$/u;

/** Throws an error of the library for a token that is not to be believed. */
type Verify = (token: string) => Verified | Promise<Verified>;

interface Verified {
  payload: JWTPayload;
  protectedHeader: JWTHeaderParameters;
}

/** The header of a token whose signature was looked at already. */
const SIGNATURE_APART = Buffer.from('{"alg":"none"}').toString('base64url');

/**
 * HS256 by the hash itself, which takes microseconds: the library would hand each token to another thread, and wait for it (measured: docs/performance.md).
 * The signature comes first, so that nothing is read that somebody else wrote. What the claims must say, the library looks at here as well.
 */
function bySecret(secret: string | null, options: JWTVerifyOptions): Verify {
  if (secret === null) throw new Error('a token reader needs a secret or the address of public keys');
  const key = createSecretKey(Buffer.from(secret));
  let known: { encoded: string; read: JWTHeaderParameters } = { encoded: '', read: {} as JWTHeaderParameters };
  return (token) => {
    const [header = '', claims = '', signature = '', ...more] = token.split('.');
    const expected = createHmac('sha256', key).update(`${header}.${claims}`).digest('base64url');
    if (more.length > 0 || !isSame(signature, expected)) throw new errors.JWSSignatureVerificationFailed();
    // Whoever issues tokens gives all of them the same header.
    if (header !== known.encoded) known = { encoded: header, read: headerIn(header) };
    const protectedHeader = known.read;
    if (protectedHeader.alg !== 'HS256' || protectedHeader.crit !== undefined)
      throw new errors.JOSENotSupported('The header asks for more.');
    return { payload: UnsecuredJWT.decode(`${SIGNATURE_APART}.${claims}.`, options).payload, protectedHeader };
  };
}

function headerIn(encoded: string): JWTHeaderParameters {
  try {
    return { ...(JSON.parse(Buffer.from(encoded, 'base64url').toString()) as JWTHeaderParameters) };
  } catch (cause) {
    throw new errors.JWSInvalid('The header is no JSON.', { cause });
  }
}

/** In a time that does not tell where they differ. */
function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function byPublicKeys(url: URL, options: JWTVerifyOptions): Verify {
  const [key, algorithms] = [publicKeys(url), ['RS256', 'PS256', 'ES256', 'EdDSA']];
  return (token) => jwtVerify(token, key, { ...options, algorithms });
}

/**
 * Keys come from the pinned address alone; what a token's header says about where to find one is never read. While the
 * issuer cannot be reached, keys already known go on being believed; a token that needs another key is then nobody's fault.
 */
function publicKeys(url: URL): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(url, { timeoutDuration: JWKS_TIMEOUT_MS, cacheMaxAge: Infinity });
  let refreshAtMs = performance.now() + JWKS_REFRESH_MS;
  return async (header, token) => {
    if (performance.now() >= refreshAtMs) {
      refreshAtMs = performance.now() + JWKS_REFRESH_MS;
      remote.reload().catch(() => undefined);
    }
    try {
      return await remote(header, token);
    } catch (error) {
      if (TOKEN_FAULTS.some((fault) => error instanceof fault)) throw error;
      throw new Problem('service-unavailable', {
        detail: 'The keys of the token issuer cannot be fetched.',
        retryAfterSeconds: 2,
        cause: error,
      });
    }
  };
}

/** What choosing a key can blame on the token; everything else is the issuer's or the network's. */
const TOKEN_FAULTS = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];

/** RFC 9068, section 4, and RFC 8725, section 3.11: a token made for another purpose says so in `typ`. */
function isAccessToken(typ: string | undefined): boolean {
  return typ === undefined || ['jwt', 'at+jwt'].includes(typ.toLowerCase().replace(/^application\//, ''));
}

function isUserId(sub: unknown): sub is string {
  return typeof sub === 'string' && USER_ID.test(sub);
}

/** `exp` is in seconds, and is a required claim. */
function believedUntilMs(exp: number): number {
  return (exp + CLOCK_TOLERANCE_SECONDS) * 1_000;
}

function rolesIn(claim: unknown): Role[] {
  return Array.isArray(claim) ? ROLES.filter((role) => claim.includes(role)) : [];
}
