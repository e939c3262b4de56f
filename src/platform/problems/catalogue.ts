import { AT_THE_DOOR } from './at-the-door.js';
import { IN_THE_HOUSE } from './in-the-house.js';
import { IN_THE_SHOP } from './in-the-shop.js';

export type { Charged, ProblemRow } from './problem-row.js';

/**
 * Every refusal the service can give, as rows of data. The problem+json filter, the pages under
 * `/problems/<slug>`, `docs/problems.md` and the OpenAPI document are all printed from this table.
 *
 * `charged` says whether money moved *for this request* (RFC 9457 extension member): `unknown` where the answer is
 * given before the request's key could be looked up, because an earlier request with that key may have been charged.
 * `retryable` means: the same request with the same key may succeed later without anything being changed.
 */
export const PROBLEMS = { ...AT_THE_DOOR, ...IN_THE_SHOP, ...IN_THE_HOUSE };

export type ProblemCode = keyof typeof PROBLEMS;
