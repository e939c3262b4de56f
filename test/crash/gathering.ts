import { eventually } from '../kit/waiting.js';
import { pressUntilParked, type Crash } from './matrix.js';
import type { Orders } from './failpoints.js';
import { ready, type Scenario } from './scenarios.js';
import type { Course, Sort, Statement } from './sets.js';
import { usersOf } from './stops.js';
import type { World } from './world.js';

/** Where a set is: with its process before it was sent, in a statement that waits in the middle or at its commit, with what was answered; or further on. */
export type Whereabouts = 'before' | 'inside' | 'at the commit of' | 'after' | 'through';

/** Who goes in one statement, and the two who keep those places until all the others have come. */
export interface Gathering {
  sort: Sort;
  where: Whereabouts;
  leads: Crash[];
  members: Crash[];
}

/** As many statements of a sort may be under way. */
const LEADS = 2;

/** Users who are ready to press: as many as the set is to have, and those who go ahead. */
export async function gatheringOf(
  world: World,
  scenario: Scenario,
  { sort, where, size }: { sort: Sort; where: Whereabouts; size: number },
): Promise<Gathering> {
  const subjects = await ready(world, scenario, size + LEADS);
  const name = `${where} OperationStore.${sort} in a set of ${size}`;
  const crashes = subjects.map((subject, n): Crash => {
    const stop = { name: n < LEADS ? `${name}, ahead of it` : name, parkAt: `before OperationStore.${sort}` };
    return { subject, user: subject.user, names: subject.names, stop, healer: 'recovery' };
  });
  return { sort, where, leads: crashes.slice(0, LEADS), members: crashes.slice(LEADS) };
}

/** Those whose operations a process takes over, to be claimed in one statement. */
export function comingBack(crashes: readonly Crash[], where: Whereabouts = 'after'): Gathering {
  const claiming = crashes.map((crash) => ({ ...crash, stop: { ...crash.stop, parkAt: 'before OperationStore.claim' } }));
  return { sort: 'claim', where, leads: claiming.slice(0, LEADS), members: claiming.slice(LEADS) };
}

/** All of a set buy the same plan, which has a seat for each of them. */
export async function onOnePlan(world: World, { members }: Gathering, seats = members.length): Promise<void> {
  const plan = members[0]?.subject.plan as string;
  await world.sql('update plans set capacity = $2 where id = $1', [plan, seats]);
  for (const { subject } of members) subject.plan = plan;
}

/** Everybody of these has pressed and stands before the statement. Answers with what each press comes to, in the order of `everybodyOf`. */
export async function pressAll(world: World, gatherings: readonly Gathering[]): Promise<ReturnType<typeof pressUntilParked>> {
  const all = everybodyOf(gatherings);
  world.order(ordersFor(all, 'before'));
  const pressed = await pressUntilParked(world, all);
  const missing = await world.untilParked(usersOf(all));
  if (missing.length > 0) throw new Error(`${missing.length} did not come to their statement`);
  return pressed;
}

/**
 * Brings all who stand before a statement into one. Those who go ahead stop in a statement of their own each, so that nobody else is sent; when all the
 * others have asked, one of the two goes on, and makes room for the set. Answers with the statement, when it is where it is to be.
 */
export async function gather(world: World, { sort, where, leads, members }: Gathering, then: Course[] = []): Promise<Statement> {
  const course = where === 'before' || where === 'after' ? where : 'through';
  world.orderSets({ sort, next: ['before', 'before', course, ...then] });
  const from = world.statements.length;
  const sent = (at: Statement['at']) => world.statements.slice(from).filter((statement) => statement.sort === sort && statement.at === at);
  // One after the other: where statements of other sorts are under way, two that come at once would share theirs.
  for (const [n, lead] of leads.entries()) {
    world.order(ordersFor([lead], 'after'));
    await seen(() => sent('before').length === n + 1);
  }
  const held = where === 'inside' || where === 'at the commit of';
  const waiting = await world.gates.waiting();
  if (held) await world.gates.close(where, [members.at(-1)?.user as string]);
  world.order(ordersFor(members, where === 'through' ? null : 'after'));
  world.orderSets({ sort, goOn: 1 });
  await seen(() => sent('before').length > LEADS);
  const set = sent('before')[LEADS] as Statement;
  if (held)
    await eventually(
      () => world.gates.waiting(),
      (count) => count > waiting,
    );
  if (where === 'after') await seen(() => sent('after').some(({ names }) => names.join() === set.names.join()));
  return set;
}

/** Those who went ahead go on too. */
export function letLeadsGo(world: World, { sort, leads }: Gathering): void {
  world.order(ordersFor(leads, null));
  world.orderSets({ sort, next: [], goOn: LEADS });
}

/** The users of a statement, in its order. */
export async function usersIn(world: World, { sort, names }: Statement): Promise<string[]> {
  if (sort === 'look' || sort === 'record') return names;
  const rows = await world.sql('select id, user_id from operations where id = any($1)', [names]);
  const users = new Map(rows.map((row) => [row.id as string, row.user_id as string]));
  return names.map((id) => users.get(id) ?? id);
}

export function everybodyOf(gatherings: readonly Gathering[]): Crash[] {
  return gatherings.flatMap(({ leads, members }) => [...leads, ...members]);
}

/** To the one side of the statement that they stand before or to the other; or as far as they come. */
export function ordersFor(crashes: readonly Crash[], side: 'before' | 'after' | null): Orders {
  return Object.fromEntries(
    crashes.map(({ user, names, stop }) => [user, { names, parkAt: side && stop.parkAt.replace(/^before/, side) }]),
  );
}

function seen(holds: () => boolean): Promise<boolean> {
  return eventually(() => Promise.resolve(holds()), Boolean);
}
