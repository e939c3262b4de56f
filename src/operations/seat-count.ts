import type { DataSource, EntityManager } from 'typeorm';
import { audit, type Act } from '../platform/audit/audit.js';
import { transaction } from '../platform/database/transaction.js';
import { OPEN, sqlList } from './states.js';

/** A plan whose counters are not what its operations and subscriptions say. */
export interface Drift {
  planId: string;
  /** As the plan's row has it. */
  counted: Seats;
  /** Open operations that hold a seat, live subscriptions that sit on one. */
  found: Seats;
}

export interface Seats {
  held: number;
  taken: number;
}

/** Counts seats anew. The counters move in the statements that move operations, so there is nothing to find unless somebody wrote past them. */
export class SeatCount {
  constructor(private readonly database: DataSource) {}

  /** Plans whose counters have drifted; none in a house in order. */
  drifts(): Promise<Drift[]> {
    return driftsIn(this.database.manager);
  }

  /** Sets the counters right, with an audit row for each plan. Answers what was wrong. Rejects where a plan turns out to be oversold. */
  repair(act: Act): Promise<Drift[]> {
    return transaction(this.database, async (tx) => {
      // Whoever moves a seat locks its plan: under these locks nobody is half way.
      await tx.query('select id from plans where capacity is not null order by id for update');
      const drifts = await driftsIn(tx);
      for (const { planId, counted, found } of drifts) {
        await tx.query('update plans set seats_held = $2, seats_taken = $3 where id = $1', [planId, found.held, found.taken]);
        await audit(tx, act, { action: 'seats.recount', object: planId, before: counted, after: found });
      }
      return drifts;
    });
  }
}

/** Seats by which the counters are wrong, over all plans. */
export function seatsAdrift(drifts: readonly Drift[]): number {
  return drifts.reduce((sum, { counted, found }) => sum + Math.abs(counted.held - found.held) + Math.abs(counted.taken - found.taken), 0);
}

async function driftsIn(manager: EntityManager): Promise<Drift[]> {
  const rows = (await manager.query(DRIFTS_SQL)) as { id: string; held: number; taken: number; holding: number; sitting: number }[];
  return rows.map(({ id, held, taken, holding, sitting }) => ({
    planId: id,
    counted: { held, taken },
    found: { held: holding, taken: sitting },
  }));
}

/** One snapshot, in which every record and every settle is there as a whole or not at all. */
const DRIFTS_SQL = `
select p.id, p.seats_held as held, p.seats_taken as taken, coalesce(h.seats, 0) as holding, coalesce(t.seats, 0) as sitting
from plans p
left join (select seat_plan_id as id, count(*)::int as seats from operations
  where status in (${sqlList(OPEN)}) and seat_plan_id is not null group by 1) h on h.id = p.id
left join (select plan_id as id, count(*)::int as seats from subscriptions
  where seated and status <> 'canceled' group by 1) t on t.id = p.id
where (p.seats_held, p.seats_taken) <> (coalesce(h.seats, 0), coalesce(t.seats, 0))
order by p.id`;
