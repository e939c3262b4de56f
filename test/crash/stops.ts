import { GATES, type Gate } from './gates.js';
import type { World } from './world.js';

const HOLDS = ['arrival', 'before', 'after'] as const;
const HELD_CALLS = { 'PaymentGateway.charge': 'charge', 'PaymentGateway.refund': 'refund' } as const;

type Movement = (typeof HELD_CALLS)[keyof typeof HELD_CALLS];

/** Where an operation is when its process dies. */
export interface Stop {
  /** In words, for reports. */
  name: string;
  /** The point at which its user stops in the process. */
  parkAt: string;
  /** From that point it goes on into a statement, and waits there. */
  gate?: Gate;
  /** From that point it goes on to the gateway, and waits there. */
  hold?: { at: (typeof HOLDS)[number]; of: Movement };
}

/** Cards are kept behind an operation: whether that comes before its end or after it, nobody knows. */
const OF_CARDS = /CardStore\.|PaymentGateway\.(createCustomer|keepCard)/;

/** Somebody who stops somewhere. */
export interface Stopping {
  user: string;
  /** What else its rows are known by. */
  names: string[];
  stop: Stop;
}

/** Every point of a trace, the inside of every statement, and every place at the gateway: of operations, or where cards are kept. */
export function stopsOf(trace: readonly string[], of: 'operations' | 'cards' = 'operations'): Stop[] {
  return trace.flatMap((point) => {
    if (OF_CARDS.test(point) !== (of === 'cards')) return [];
    const [, call = '', nth = ''] = /^before (\S+)(.*)$/.exec(point) ?? [];
    const movement = HELD_CALLS[call as keyof typeof HELD_CALLS] as Movement | undefined;
    return [
      { name: point, parkAt: point },
      ...(/^(Operation|Card)Store\./.test(call) ? GATES.map((gate) => ({ name: `${gate} ${call}${nth}`, parkAt: point, gate })) : []),
      ...(movement
        ? HOLDS.map((at) => ({ name: `at the gateway (${at}) in ${call}${nth}`, parkAt: point, hold: { at, of: movement } }))
        : []),
    ];
  });
}

/**
 * Resolves when everybody has stopped but those who are missing, who did not come. Answers with those who are where they were to be: a statement that writes nothing of its user's cannot be
 * held up, and a replay is held at the gateway on arrival only; such a user has come to the next point instead.
 */
export async function untilAllStopped<Who extends Stopping>(world: World, all: readonly Who[], missing: string[]): Promise<Who[]> {
  const stopped = all.filter(({ user }) => !missing.includes(user));
  for (const movement of Object.values(HELD_CALLS)) await intoTheGateway(world, stopped, movement);
  await intoStatements(
    world,
    stopped.filter(({ stop }) => stop.gate),
  );
  return stopped.filter(({ user, stop }) => !(stop.gate || stop.hold) || !world.parked.has(user));
}

async function intoTheGateway(world: World, all: readonly Stopping[], movement: Movement): Promise<void> {
  const held = async (): Promise<number> =>
    ((await world.around.gateway('GET', `/sandbox/held?of=${movement}`)) as { count: number }).count;
  for (const at of HOLDS) {
    const going = all.filter(({ stop }) => stop.hold?.of === movement && stop.hold.at === at);
    if (going.length === 0) continue;
    const before = await held();
    await world.around.gateway('POST', '/sandbox/hold', { of: movement, at, count: going.length });
    goOn(world, going);
    await world.untilParked(usersOf(going), async () => (await held()) - before);
  }
}

/** Last, because nobody waits for a lock for longer than 5 s. */
async function intoStatements(world: World, going: readonly Stopping[]): Promise<void> {
  for (const gate of GATES) {
    const here = going.filter(({ stop }) => stop.gate === gate);
    if (here.length > 0)
      await world.gates.close(
        gate,
        here.flatMap(({ user, names }) => [user, ...names]),
      );
  }
  goOn(world, going);
  await world.untilParked(usersOf(going), () => world.gates.waiting());
}

export function usersOf(all: readonly Stopping[]): string[] {
  return all.map(({ user }) => user);
}

/** As far as the end of the call that they stand before, if they come to that. */
function goOn(world: World, going: readonly Stopping[]): void {
  world.order(Object.fromEntries(going.map(({ user, stop }) => [user, { parkAt: stop.parkAt.replace(/^before/, 'after') }])));
}
