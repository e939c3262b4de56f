import type { Pool } from 'pg';
import { fill } from '../test/kit/filled.js';
import type { Arm } from './arms.js';
import { OPEN_PLANS_SQL, type House } from './house.js';
import { ordersOf, PLAN } from './program-arm.js';

export interface FilledArm {
  arm: Arm;
  pool: Pool;
}

/** The service on a database of its own in which so many operations have happened. */
export async function openFilledArm(
  house: House,
  { name, database, size, callers, seconds }: { name: string; database: string; size: number; callers: number; seconds: number },
): Promise<FilledArm> {
  const { url, pool } = await house.openDatabase(database);
  const startedAt = performance.now();
  if (size > 0) await fill(pool, size);
  process.stderr.write(`${size} operations filled in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s\n`);
  await pool.query(OPEN_PLANS_SQL, [[PLAN], null]);
  const server = await house.serve(true, { DATABASE_URL: url, ROLES: 'api' });
  let answered = 0;
  const arm: Arm = {
    name,
    results: [],
    pids: [server.pid],
    prepare: () => Promise.resolve(),
    run: async () => {
      const ran = await house.run(
        { urls: [server.url] },
        ordersOf({ callers, seconds, replay: false, processes: 1, roles: 'api', peers: false }),
      );
      answered += ran.statuses['201'] ?? 0;
      return ran;
    },
    checkBooks: () => Promise.resolve(`${answered}`),
  };
  return { arm, pool };
}

/** A measurement of something that went wrong is none. */
export async function checkBooksOf(house: House, opened: FilledArm[]): Promise<void> {
  let [answered, succeeded] = [0, 0];
  for (const { arm, pool } of opened) {
    answered += Number(await arm.checkBooks());
    const { rows } = await pool.query(`select count(*)::int as count from operations where to_plan_id = $1 and status = 'succeeded'`, [
      PLAN,
    ]);
    succeeded += (rows[0] as { count: number }).count;
  }
  const charged = await house.charges();
  process.stderr.write(`${answered} answered, ${succeeded} succeeded, ${charged} charged\n`);
  if (new Set([answered, succeeded, charged]).size > 1) throw new Error('the books do not agree');
}
