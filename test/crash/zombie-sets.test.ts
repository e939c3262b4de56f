import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { endServers } from '../kit/processes.js';
import { eventually } from '../kit/waiting.js';
import { comingBack, everybodyOf, gather, gatheringOf, letLeadsGo, ordersFor, pressAll, usersIn, type Gathering } from './gathering.js';
import { SUBSCRIBE } from './scenarios.js';
import { usersOf } from './stops.js';
import { FAST, World } from './world.js';
import { toldOfOthers, wrongs } from './wrongs.js';

const TIMEOUT_MS = 400_000;
/** A second, on a machine that is busy with other things. */
const SETTLED_WITHIN_MS = 60_000;
/** Taken over by somebody else while their owner is frozen. */
const STALE = 16;
/** Left alone meanwhile. */
const FRESH = 8;
/** Nobody comes to those who are left alone, however slow the machine is. */
const LATER = { RECOVERY_SCHEDULE: '300s,320s,340s,360s,1h' };

let world: World;
beforeAll(async () => {
  world = await World.open({ ...FAST, ...LATER, SETS: 'watched' });
}, TIMEOUT_MS);
afterAll(async () => {
  await world?.close();
  await endServers();
}, TIMEOUT_MS);

test(
  'of a set that a frozen process settles when it wakes those that a second process took over as a set are refused, and the others settle',
  async () => {
    await world.start({}, { ROLES: 'api' });
    const settling = await gatheringOf(world, SUBSCRIBE, { sort: 'settle', where: 'through', size: STALE + FRESH });
    const stale = settling.members.filter((_, n) => n % 3 !== 2);
    const fresh = settling.members.filter((_, n) => n % 3 === 2);
    expect([stale.length, fresh.length]).toEqual([STALE, FRESH]);
    const pressed = await pressAll(world, [settling]);
    world.freeze();
    await takenOver(stale);
    const before = await over(usersOf(stale));
    expect(before).toHaveLength(STALE);
    world.thaw();

    const set = await gather(world, settling);
    expect((await usersIn(world, set)).toSorted()).toEqual(usersOf(settling.members).toSorted());
    letLeadsGo(world, settling);
    const answers = await Promise.all(pressed);
    for (const answer of answers) expect([201, 202]).toContain(answer?.status);
    expect(await over(usersOf(stale))).toEqual(before);
    await eventually(
      () => over(usersOf(fresh)),
      ({ length }) => length === FRESH,
      SETTLED_WITHIN_MS,
    );
    expect(await over(usersOf(fresh))).toEqual(Array.from({ length: FRESH }, () => expect.objectContaining({ checks: 0 })));
    expect(await wrongs(world, [...settling.leads, ...settling.members])).toEqual([]);
    expect(await toldOfOthers(world)).toEqual([]);
  },
  TIMEOUT_MS,
);

/** By a second process, which claims them in one statement, finds their charges and settles them; and is gone then. */
async function takenOver(stale: Gathering['members']): Promise<void> {
  const claiming = comingBack(stale, 'through');
  await world.startBeside(ordersFor(everybodyOf([claiming]), 'before'));
  world.turn();
  await world.sql('update operations set next_check_at = service_now() where user_id = any($1)', [usersOf(stale)]);
  expect(await world.untilParked(usersOf(stale))).toEqual([]);
  const set = await gather(world, claiming);
  expect((await usersIn(world, set)).toSorted()).toEqual(usersOf(claiming.members).toSorted());
  letLeadsGo(world, claiming);
  await eventually(
    () => over(usersOf(stale)),
    ({ length }) => length === STALE,
    SETTLED_WITHIN_MS,
  );
  world.turn();
  await world.killBeside();
}

/** What is over, as it may never change again. */
function over(users: string[]): Promise<object[]> {
  return world.sql(
    `select o.id, o.status, o.version, o.fence, o.checks, o.gateway_reference, s.version as subscription
     from operations o left join subscriptions s on s.id = o.subscription_id where o.user_id = any($1) and o.settled_at is not null order by o.id`,
    [users],
  );
}
