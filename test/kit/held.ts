import { Leases } from '../../src/leases/leases.js';
import type { Shop } from './shop.js';
import { eventually } from './waiting.js';

/**
 * Runs `meanwhile` while the gateway has the call that `press` makes and does not answer it; then lets it go. `before`: the charge is not made yet.
 * Fails when no call arrives.
 */
export async function whileHeld<T>(
  shop: Shop,
  press: () => Promise<T>,
  meanwhile: (pressed: Promise<T>) => Promise<void>,
  at: 'arrival' | 'before' | 'after' = 'before',
): Promise<T> {
  await shop.gateway('POST', '/sandbox/hold', { at, count: 1 });
  const pressed = press();
  // Whoever fails meanwhile is told of that and not of this promise.
  pressed.catch(() => undefined);
  try {
    const { count } = (await shop.gateway('GET', '/sandbox/held?atLeast=1')) as { count: number };
    if (count < 1) throw new Error('no call reached the gateway');
    await meanwhile(pressed);
  } finally {
    await shop.gateway('POST', '/sandbox/release');
  }
  return pressed;
}

/** Every charge that the oracle shows from now on was made by this test. The gateway forgets nothing: the service would go on naming customers that are gone. */
export async function forgetCharges(shop: Shop): Promise<void> {
  await shop.forgetCharges();
}

/** Resolves when nobody is at work for this user. A lease is released after the answer, and whoever comes before that leaves the user's operations alone. */
export async function letGo(shop: Shop, userId: string): Promise<void> {
  await eventually(
    () => shop.service.app.get(Leases).list(MOST_LEASES),
    (held) => held.every(({ key }) => key !== userId),
  );
}

/** More than the tests that share a Redis hold at one time. */
const MOST_LEASES = 1_000;

/** The database's clock moves on for one operation: its next check is due now. */
export async function makeDue(shop: Shop, userId: string): Promise<void> {
  await shop.sql('update operations set next_check_at = now() where user_id = $1 and next_check_at is not null', [userId]);
}

/** The operation is as old as if it had been recorded this much earlier, and a check is due. */
export async function age(shop: Shop, userId: string, interval: string): Promise<void> {
  await shop.sql(
    `update operations set created_at = created_at - $2::interval, next_check_at = now() where user_id = $1 and next_check_at is not null`,
    [userId, interval],
  );
}

/** The seats of a plan, as the shop shows them. */
export async function seatsOf(shop: Shop, planId: string): Promise<{ capacity: number; taken: number; held: number; left: number }> {
  const { body } = await shop.as('anybody').get('/v1/plans');
  return (body as { data: { id: string; seats: never }[] }).data.find((plan) => plan.id === planId)!.seats;
}
