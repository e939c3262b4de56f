import { answerOf, type Schemas } from '../../service/client.ts';
import type { SignedIn } from '../session.ts';
import type { Filter } from './address.ts';

const PAGE_SIZE = 50;
const EXPORT_PAGE_SIZE = 200;
/** More rows than a spreadsheet is good for; 50 requests. */
export const EXPORT_MAX_ROWS = 10_000;

/** One page of operations, with counts per status. */
export function askForPage({ service }: SignedIn, filter: Filter, cursor: string | null) {
  const query = { ...filter, limit: String(PAGE_SIZE), ...(cursor === null ? {} : { cursor }) };
  return answerOf(service.GET('/v1/admin/operations', { params: { query } }));
}

/** All that the filter leaves, page by page, up to `EXPORT_MAX_ROWS`. */
export async function askForAll({ service }: SignedIn, filter: Filter): Promise<{ operations: Schemas['Operation'][]; more: boolean }> {
  const operations: Schemas['Operation'][] = [];
  let cursor: string | null = null;
  do {
    const query = { ...filter, limit: String(EXPORT_PAGE_SIZE), ...(cursor === null ? {} : { cursor }) };
    const page: Awaited<ReturnType<typeof askForPage>> = await answerOf(service.GET('/v1/admin/operations', { params: { query } }));
    operations.push(...page.data);
    cursor = page.nextCursor;
  } while (cursor !== null && operations.length < EXPORT_MAX_ROWS);
  return { operations, more: cursor !== null };
}
