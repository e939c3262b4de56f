import type { DataSource } from 'typeorm';
import { fromPublicId, idBoundAt, madeAtMs } from '../platform/ids.js';
import { OPEN, sqlList } from './states.js';

const SECOND_MS = 1_000;
/** Whoever records an operation does so within moments of its request; processes' clocks may differ by a few more. */
const NEAR = { beforeMs: 5 * SECOND_MS, afterMs: 60 * SECOND_MS };
/** A request joins an operation that is at work, or one that has waited for its customer. */
const FAR = { beforeMs: 3_600 * SECOND_MS, afterMs: 60 * SECOND_MS };
/** Rows that are looked through, the nearest first: on a busy day an hour has more. */
const MAX_ROWS = 100_000;
const MAX_FOUND = 20;

/**
 * Finds operations by the id of a request that recorded one, joined one, or acted on one in an admin's hands. No index has these ids: but they are made of the
 * time at which they were made, as those of operations are, so that the primary key narrows the search down to what was recorded around that moment.
 */
export class RequestSearch {
  constructor(private readonly database: DataSource) {}

  /** Ids of operations; none where the text is no request's id, or the request left nothing behind: it only read, was refused, or came again under its key. */
  async operationsOf(requestId: string): Promise<string[]> {
    const uuid = fromPublicId('req', requestId);
    const atMs = uuid === null ? null : madeAtMs(uuid);
    if (atMs === null) return [];
    const acted = await this.actedOn(requestId, atMs);
    if (acted.length > 0) return acted;
    const near = await this.around(requestId, atMs, NEAR);
    return near.length > 0 ? near : this.around(requestId, atMs, FAR);
  }

  private async around(requestId: string, atMs: number, { beforeMs, afterMs }: typeof NEAR): Promise<string[]> {
    const rows = (await this.database.query(AROUND_SQL, [
      idBoundAt(atMs - beforeMs),
      idBoundAt(atMs + afterMs),
      JSON.stringify([{ data: { requestId } }]),
    ])) as { id: string }[];
    return rows.map(({ id }) => id);
  }

  private async actedOn(requestId: string, atMs: number): Promise<string[]> {
    const values = [idBoundAt(atMs - NEAR.beforeMs), idBoundAt(atMs + NEAR.afterMs), requestId];
    const rows = (await this.database.query(ACTED_SQL, values)) as { object: string }[];
    return rows.map(({ object }) => fromPublicId('op', object)).filter((id) => id !== null);
  }
}

const AROUND_SQL = `
select id from (
  select id, timeline from (select id, timeline from operations where id >= $1 and id < $2 order by id desc limit ${MAX_ROWS}) recorded
  union all
  select id, timeline from operations where status in (${sqlList(OPEN)}) and id < $1
) seen
where timeline @> $3::jsonb limit ${MAX_FOUND}`;

const ACTED_SQL = `select object from audit where id >= $1 and id < $2 and request_id = $3 limit ${MAX_FOUND}`;
