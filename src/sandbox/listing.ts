import type { Form } from './form.js';
import type { Intent } from './records.js';
import { invalidRequest, resourceMissing } from './stripe-error.js';

const DEFAULT_PAGE_ITEMS = 10;
const MAX_PAGE_ITEMS = 100;

export const LIST_PARAMETERS = ['created', 'ending_before', 'expand', 'limit', 'starting_after'] as const;

export interface Page<Item> {
  items: Item[];
  hasMore: boolean;
}

/** Newest first, as all of Stripe's lists, https://docs.stripe.com/api/pagination. Throws when the cursor names nothing. */
export function pageOf<Item extends { id: string; createdAt: number }>(
  all: ReadonlyMap<string, Item>,
  form: Form,
  matches: (item: Item) => boolean = () => true,
): Page<Item> {
  const limit = limitIn(form);
  const wasCreated = createdIn(form);
  const after = cursorIn(form, 'starting_after', all);
  const before = cursorIn(form, 'ending_before', all);
  const newestFirst = [...all.values()].reverse();
  const from = after === null ? 0 : newestFirst.indexOf(after) + 1;
  const to = before === null ? newestFirst.length : newestFirst.indexOf(before);
  const found = newestFirst.slice(from, to).filter((item) => wasCreated(item.createdAt) && matches(item));
  // Paging backwards shows the items next to the cursor, not the first of all.
  return { items: before === null ? found.slice(0, limit) : found.slice(-limit), hasMore: found.length > limit };
}

export function limitIn(form: Form): number {
  const limit = form.integer('limit') ?? DEFAULT_PAGE_ITEMS;
  if (limit < 1 || limit > MAX_PAGE_ITEMS) {
    throw invalidRequest(`Limit must be between 1 and ${MAX_PAGE_ITEMS}.`, { code: 'parameter_invalid_integer', param: 'limit' });
  }
  return limit;
}

/**
 * Stripe's search language, https://docs.stripe.com/search#search-query-language, as far as `metadata['…']:'…'` and `status:'…'`
 * joined by AND. Stripe's index lags by up to a minute and must not be used for reading one's own writes: here everything is found
 * at once unless `searchLagMs` is set. Not to be found proves nothing in either place.
 */
export function matcherOf(query: string): (intent: Intent) => boolean {
  const clauses = query.split(/ +AND +/i).map(clauseOf);
  return (intent) => clauses.every((matches) => matches(intent));
}

function clauseOf(text: string): (intent: Intent) => boolean {
  const [, metadataKey, field, quoted] = CLAUSE.exec(text.trim()) ?? [];
  const value = quoted?.replace(/\\(['"\\])/g, '$1');
  if (value !== undefined && metadataKey !== undefined) return (intent) => intent.metadata[metadataKey] === value;
  if (value !== undefined && field === 'status') return (intent) => intent.status === value;
  throw invalidRequest("The sandbox searches for metadata['key']:'value' and status:'value', joined by AND.", { param: 'query' });
}

const CLAUSE = /^(?:metadata\[["']([^"'[\]]{1,40})["']\]|([a-z_]{1,40})):["']((?:[^"'\\]|\\.){0,500})["']$/;

function cursorIn<Item>(form: Form, name: string, all: ReadonlyMap<string, Item>): Item | null {
  const id = form.text(name);
  if (id === null) return null;
  const item = all.get(id);
  if (item === undefined) throw resourceMissing('object', id, name, 400);
  return item;
}

/** `created=…` is a second, `created[gte]=…` and its like are bounds, in seconds since 1970. */
function createdIn(form: Form): (createdAtMs: number) => boolean {
  const exactly = form.integer('created');
  const gt = form.integer('created[gt]') ?? Number.NEGATIVE_INFINITY;
  const gte = form.integer('created[gte]') ?? Number.NEGATIVE_INFINITY;
  const lt = form.integer('created[lt]') ?? Number.POSITIVE_INFINITY;
  const lte = form.integer('created[lte]') ?? Number.POSITIVE_INFINITY;
  return (createdAtMs) => {
    const created = Math.floor(createdAtMs / 1_000);
    return created > gt && created >= gte && created < lt && created <= lte && (exactly === null || created === exactly);
  };
}
