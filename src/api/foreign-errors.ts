import { isNativeError } from 'node:util/types';
import { HttpException } from '@nestjs/common';
import { sqlState } from '../platform/database/named-statement.js';
import type { ProblemCode } from '../platform/problems/catalogue.js';
import { Problem, type InputError, type ProblemExtras } from '../platform/problems/problem.js';

/**
 * The problem that stands for whatever was thrown. Messages of others are never passed on: a JSON parser quotes the body,
 * a database quotes values.
 */
export function problemFor(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const byCode = BY_CODE[codeOf(error) ?? codeOf((error as { cause?: unknown } | null)?.cause) ?? ''];
  if (byCode) return new Problem(byCode.code, { ...byCode.extras, cause: error });
  if (UNSTORABLE_SQLSTATE.test(sqlState(error) ?? '')) return new Problem('validation-failed', { detail: UNSTORABLE, cause: error });
  if (isDatabaseAway(error)) return new Problem('service-unavailable', { retryAfterSeconds: DATABASE_RETRY_SECONDS, cause: error });
  return new Problem(BY_STATUS[statusOf(error)] ?? fallback(statusOf(error)), { cause: error });
}

/** For Nest's StandardSchemaValidationPipe, option `exceptionFactory`. */
export function invalidInput(issues: readonly SchemaIssue[]): Problem {
  return new Problem('validation-failed', { errors: issues.slice(0, MAX_ERRORS).map(inputErrorOf) });
}

/** Standard Schema v1. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** A failover of Postgres takes seconds; a caller that comes back sooner only adds load. */
const DATABASE_RETRY_SECONDS = 2;
/** More than a person can read at once; a hostile body has thousands. */
const MAX_ERRORS = 50;

const BY_CODE: Record<string, { code: ProblemCode; extras: ProblemExtras }> = {
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'validation-failed', extras: { detail: 'The body is empty although Content-Type says JSON.' } },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'validation-failed', extras: { detail: 'The body is not valid JSON.' } },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: { code: 'validation-failed', extras: { detail: 'Content-Length does not fit the body.' } },
  FST_ERR_BAD_URL: { code: 'validation-failed', extras: { detail: 'The URL is malformed.' } },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'not-found', extras: {} },
};

const BY_STATUS: Record<number, ProblemCode> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  413: 'body-too-large',
  414: 'not-found',
  415: 'media-type-unsupported',
  429: 'rate-limited',
  503: 'service-unavailable',
};

function fallback(status: number): ProblemCode {
  return status >= 400 && status < 500 ? 'validation-failed' : 'internal-error';
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const { statusCode } = (error ?? {}) as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : 500;
}

function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

/** Connection lost, refused or used up, a server that starts, stops or is read-only, a statement or lock that timed out or that rivals keep from its end. */
const AWAY_SQLSTATE = /^(08...|40001|40P01|53...|57P0[1-5]|57014|55P03|25006)$/;
const AWAY_ERRNO = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENOENT)$/;
/** pg and TypeORM give these no code; TypeORM lets a query runner go whose connection is lost. */
const AWAY_MESSAGE =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|Query read timeout|timeout exceeded when trying to connect|Cannot use a pool after|Cannot execute operation because connection|Query runner already released|Database connection provided by a query runner was already released)/;

/** Text with a NUL or half a character, and a time outside the calendar: JSON and URLs can say them, Postgres cannot. */
const UNSTORABLE_SQLSTATE = /^(22021|22P05|22008)$/;
const UNSTORABLE = 'The request holds a character or a time that cannot be stored.';

/** Nothing but the database is called while a request is answered whose failures can come here: gateways answer with values. */
function isDatabaseAway(error: unknown): boolean {
  if (!isNativeError(error) || error instanceof HttpException) return false;
  // Every address of a host name was tried in vain.
  if (error.name === 'AggregateError') return (error as AggregateError).errors.some(isDatabaseAway);
  const code = sqlState(error) ?? '';
  return AWAY_SQLSTATE.test(code) || (AWAY_ERRNO.test(code) && isOfNetwork(error)) || AWAY_MESSAGE.test(error.message);
}

/** Tells a socket that is missing from a file that is. */
function isOfNetwork(error: Error & { syscall?: string; driverError?: { syscall?: string } }): boolean {
  return ['connect', 'getaddrinfo', 'read', 'write'].includes(error.driverError?.syscall ?? error.syscall ?? '');
}

function inputErrorOf({ message, path = [] }: SchemaIssue): InputError {
  const keys = path.map((part) => String(typeof part === 'object' ? part.key : part));
  return { pointer: keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''), detail: message };
}
