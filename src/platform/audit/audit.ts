import type { EntityManager } from 'typeorm';
import { newId } from '../ids.js';

/** Who did what, and why. */
export interface Act {
  actor: string;
  roles: readonly string[];
  reason: string;
  requestId: string;
}

export interface AuditRow {
  id: string;
  at: Date;
  actor: string;
  action: string;
  object: string;
  reason: string;
  before: unknown;
  after: unknown;
  requestId: string;
}

/**
 * Writes the audit row of an act, in the transaction of the act. Rows are chained by hash inside the database and refuse
 * to be updated or deleted there.
 */
export async function audit(
  tx: EntityManager,
  act: Act,
  what: { action: string; object: string; before?: unknown; after?: unknown },
): Promise<void> {
  await tx.query(
    `insert into audit (id, actor, actor_roles, action, object, reason, before, after, request_id, previous_hash, hash)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', '')`,
    [
      newId(),
      act.actor,
      JSON.stringify(act.roles),
      what.action,
      what.object,
      act.reason,
      json(what.before),
      json(what.after),
      act.requestId,
    ],
  );
}

/** Rows of the audit, newest first, of one object, actor or action where they are named. */
export async function readAudit(
  tx: EntityManager,
  filter: {
    object?: string | undefined;
    actor?: string | undefined;
    action?: string | undefined;
    beforeNumber?: number | undefined;
    limit: number;
  },
): Promise<(AuditRow & { number: number })[]> {
  const rows = (await tx.query(
    `select number::int, id, at, actor, action, object, reason, before, after, request_id as "requestId" from audit
     where ($1::text is null or object = $1) and ($2::text is null or actor = $2) and ($3::text is null or action = $3)
       and ($4::bigint is null or number < $4)
     order by number desc limit $5`,
    [filter.object ?? null, filter.actor ?? null, filter.action ?? null, filter.beforeNumber ?? null, filter.limit],
  )) as (AuditRow & { number: number })[];
  return rows;
}

/** The number of the first row that does not fit its predecessor; null when the chain is whole. */
export async function brokenLink(tx: EntityManager): Promise<number | null> {
  const [row] = (await tx.query(
    `select min(number)::int as number from (
       select a.*, coalesce(lag(hash) over (order by number), '') as before_hash, row_number() over (order by number) as place from audit a) chain
     where number <> place or previous_hash <> before_hash
       or hash <> encode(sha256(convert_to(jsonb_build_array(previous_hash, number, id, extract(epoch from at), actor,
         actor_roles, action, object, reason, before, after, request_id)::text, 'UTF8')), 'hex')`,
  )) as { number: number | null }[];
  return row?.number ?? null;
}

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
