import { SeatCount, type Drift } from '../operations/seat-count.js';
import type { Config } from '../platform/config.js';
import { actOf, inRooms } from './rooms.js';

/** Compares the counters of seats with operations and subscriptions; with a reason it sets them right. Bad news where something was wrong and still is. */
export function recountSeats(config: Config, reason: string | undefined) {
  const act = reason === undefined ? null : actOf(reason);
  return inRooms(config, async (rooms) => {
    const count = rooms.get(SeatCount);
    const drifts = await (act ? count.repair(act) : count.drifts());
    const json = { repaired: act !== null, drifts };
    if (drifts.length === 0) return { json, text: 'Every seat is accounted for.' };
    const hint = act ? 'Set right.' : 'Nothing was changed; --repair --reason <text> sets it right.';
    return { json, text: [...drifts.map(line), hint].join('\n'), failed: act === null };
  });
}

function line({ planId, counted, found }: Drift): string {
  return `${planId}: held ${counted.held}, should be ${found.held}; taken ${counted.taken}, should be ${found.taken}`;
}
