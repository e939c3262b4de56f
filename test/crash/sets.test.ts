import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { endServers } from '../kit/processes.js';
import {
  comingBack,
  everybodyOf,
  gather,
  gatheringOf,
  onOnePlan,
  ordersFor,
  pressAll,
  usersIn,
  type Gathering,
  type Whereabouts,
} from './gathering.js';
import { heal, healByClients, type Crash } from './matrix.js';
import { GIVE_UP, SUBSCRIBE, type Scenario } from './scenarios.js';
import type { Sort } from './sets.js';
import { inShare } from './share.js';
import { usersOf } from './stops.js';
import { Tally } from './tally.js';
import { FAST, World } from './world.js';
import { toldOfOthers, wrongs } from './wrongs.js';

/** Starts of several processes and hundreds of operations, on a busy machine. */
const TIMEOUT_MS = 400_000;
const SIZES = [2, 5, 16, 40];
const WHERES: readonly Whereabouts[] = ['before', 'inside', 'at the commit of', 'after'];
/** Whose first statement of that sort is the one that is shared. Those who are to be further on go first. */
const SHARED: [Sort, Scenario][] = [
  ['settle', SUBSCRIBE],
  ['claim', GIVE_UP],
  ['record', SUBSCRIBE],
  ['look', SUBSCRIBE],
];
/** Each size with each sort at each place; the first of four shares has every size, and every sort at every place. */
const ROUNDS = inShare(
  SIZES.flatMap((size, n) => WHERES.map((_, m) => ({ size, turned: n + m }))),
  process.env['CRASHES'] ?? '1/4',
);

/** Fewer than go in one statement. */
const MAX_CLAIMED = 50;
const LEFT_AT_LEAST = 10;
/** All others are put off, but not for longer than what is brought forward in the end. */
const ONLY_THESE_ARE_DUE = `
update operations set next_check_at = service_now() + case when user_id = any($1) then interval '0' else interval '9 minutes' end
where status = 'pending'`;

const tally = new Tally();
const crashed: Crash[] = [];
let world: World;

beforeAll(async () => {
  world = await World.open({ ...FAST, SETS: 'watched' });
}, TIMEOUT_MS);
afterAll(async () => {
  await world?.close();
  await endServers();
  tally.print();
}, TIMEOUT_MS);

test.each(ROUNDS)(
  'a process is killed with sets of up to $size in each sort of statement, each at another place (turned by $turned)',
  async ({ size, turned }) => {
    // Nobody comes back to those of the rounds before as long as others gather.
    await world.start({}, { ROLES: 'api' });
    const gatherings: Gathering[] = [];
    for (const [n, [sort, scenario]] of SHARED.entries()) {
      const gathering = await gatheringOf(world, scenario, { sort, where: whereOf(sort, n + turned), size: sizeOf(sort, size) });
      if (sort === 'record') await onOnePlan(world, gathering);
      gatherings.push(gathering);
    }
    const pressed = await pressAll(world, gatherings);
    for (const gathering of gatherings) {
      const set = await gather(world, gathering);
      expect((await usersIn(world, set)).toSorted()).toEqual(usersOf(gathering.members).toSorted());
    }
    await world.kill();
    // Nobody was answered, but whoever was told on a slow machine that it is not over.
    for (const answer of await Promise.all(pressed)) expect([undefined, 202]).toContain(answer?.status);
    for (const [n, gathering] of gatherings.entries())
      crashed.push(...everybodyOf([gathering]).map((crash): Crash => ({ ...crash, healer: n % 2 === 0 ? 'recovery' : 'client' })));
  },
  TIMEOUT_MS,
);

test(
  'a process that comes back to what was left open claims it as a set, and is killed before it knows',
  async () => {
    const rows = await world.sql(`select user_id from operations where status = 'pending' and user_id = any($1)`, [usersOf(crashed)]);
    const open = new Set(rows.map((row) => row.user_id as string));
    const left = crashed.filter(({ user }) => open.has(user)).slice(0, MAX_CLAIMED);
    expect(left.length).toBeGreaterThan(LEFT_AT_LEAST);
    const claiming = comingBack(left);
    await world.start(ordersFor(everybodyOf([claiming]), 'before'));
    await world.sql(ONLY_THESE_ARE_DUE, [usersOf(left)]);
    expect(await world.untilParked(usersOf(left))).toEqual([]);
    const set = await gather(world, claiming);
    expect((await usersIn(world, set)).toSorted()).toEqual(usersOf(claiming.members).toSorted());
    await world.kill();
  },
  TIMEOUT_MS,
);

test(
  'and nobody of any of these sets is lost, charged twice, stuck or answered with what is another’s',
  async () => {
    expect(crashed).toHaveLength(
      ROUNDS.flatMap(({ size }) => SHARED.map(([sort]) => sizeOf(sort, size) + 2)).reduce((sum, count) => sum + count),
    );
    await healByClients(
      world,
      crashed.filter(({ healer }) => healer === 'client'),
    );
    const { tookMs } = await heal(world, crashed);
    tally.crashed(`in sets of ${[...new Set(ROUNDS.map(({ size }) => size))].join(', ')}`, crashed.length, tookMs);
    expect(await wrongs(world, crashed)).toEqual([]);
    expect(await toldOfOthers(world)).toEqual([]);
  },
  TIMEOUT_MS,
);

/** What moves no money is looked at with fewer where time is short. */
function sizeOf(sort: Sort, size: number): number {
  const most: Partial<Record<Sort, number>> = process.env['CRASHES'] ? {} : { look: 5, claim: 16 };
  return Math.min(size, most[sort] ?? size);
}

/** What only reads cannot be held up. */
function whereOf(sort: Sort, turned: number): Whereabouts {
  const where = WHERES[turned % WHERES.length] as Whereabouts;
  return sort !== 'look' ? where : where === 'before' || where === 'inside' ? 'before' : 'after';
}
