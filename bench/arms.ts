import { checkedBooks } from './books.js';
import type { Ran } from './callers.js';
import type { Measured } from './figures.js';
import { openFloor } from './floor.js';
import type { House } from './house.js';
import { LEAN_TABLES } from './lean-sql.js';
import { openPeerArms } from './peer-arms.js';
import { openProgramArm, openSchema, ordersOf, PLAN } from './program-arm.js';

/** One of those that are compared. */
export interface Arm extends Measured {
  /** Of the programs before the database; none where there is none. */
  pids: number[];
  /** What must have happened before the clock runs. */
  prepare(): Promise<unknown>;
  /** With so many callers at least, where it is to become warm. */
  run(callers?: number): Promise<Ran>;
  /** Says what it did; throws where that does not agree with what it answered. */
  checkBooks(): Promise<string>;
}

export interface Course {
  callers: number;
  seconds: number;
  /** Of each caller in a round, however long they take; left out: as many as the seconds allow. */
  requests?: number;
  replay: boolean;
  /** Of the service (`ROLES`): one that is only `api` leaves to others what follows a charge. */
  roles: string;
  /** Processes of a second service arm; 1: there is none. */
  processes: number;
  /** What others offer for the same, instead of the floor. */
  peers: boolean;
}

const REPLAYS_PER_SECOND = 20_000;
/** What is repeated is fresh from a second before. */
const SECONDS_TO_REPEAT = 1;

/** Service and lean come first; what could not be had is said in a sentence. */
export async function openArms(house: House, course: Course): Promise<{ arms: Arm[]; missing: string[] }> {
  const service = await openServiceArms(house, course);
  const lean = await openProgramArm(house, course, { name: 'lean', file: './lean.ts', tables: LEAN_TABLES });
  const arms = [service.fresh, lean];
  const missing: string[] = [];
  if (course.peers) arms.push(...(await openPeerArms(house, course)));
  else if (course.processes > 1) missing.push('floor: left out, several processes hold the connections that it needs');
  else {
    const floor = await openFloorArm(house, course);
    if (floor) arms.push(floor);
    else missing.push('floor: left out, no pgbench in /usr/lib/postgresql/*/bin or in the path');
  }
  return { arms: [...arms, ...(service.several ? [service.several] : []), ...(course.replay ? [service.replay] : [])], missing };
}

export async function openServiceArms(house: House, course: Course): Promise<{ fresh: Arm; replay: Arm; several: Arm | null }> {
  await house.openPlans([PLAN], null);
  let [answered, repeated] = [0, 0];
  const { callers, seconds, processes, roles } = course;
  const checkBooks = (): Promise<string> => checkedBooks(house.database, 'public', answered, house);
  const openArm = async (name: string, count: number): Promise<Arm & { serve(how?: Partial<Course>): Promise<Ran>; urls: string[] }> => {
    const servers = await Promise.all(Array.from({ length: count }, () => house.serve(true, { ROLES: roles })));
    const urls = servers.map(({ url }) => url);
    const serve = async (how?: Partial<Course>): Promise<Ran> => {
      const ran = await house.run({ urls }, ordersOf({ ...course, ...how }));
      answered += ran.statuses['201'] ?? 0;
      return ran;
    };
    const pids = servers.map(({ pid }) => pid);
    return {
      name,
      results: [],
      pids,
      prepare: nothing,
      run: (atLeast = 0) => serve({ callers: Math.max(callers, atLeast) }),
      checkBooks,
      serve,
      urls,
    };
  };
  const fresh = await openArm('service', 1);
  const replay: Arm = {
    ...fresh,
    name: 'replay',
    results: [],
    prepare: () => fresh.serve({ seconds: SECONDS_TO_REPEAT }),
    run: async () => {
      const requests = Math.ceil((seconds * REPLAYS_PER_SECOND) / callers);
      const ran = await house.run(fresh, { ...ordersOf(course), requests, seconds, replay: true });
      repeated += ran.latenciesMs.length;
      return ran;
    },
    checkBooks: async () => `${repeated} replays, and still ${await checkBooks()}`,
  };
  return { fresh, replay, several: processes > 1 ? await openArm(`service × ${processes}`, processes) : null };
}

async function openFloorArm(house: House, { callers, seconds }: Course): Promise<Arm | null> {
  const floor = await openFloor(house.databaseUrl, 'floor', callers);
  if (floor === null) return null;
  await openSchema(house, 'floor', LEAN_TABLES);
  let answered = 0;
  return {
    name: 'floor',
    results: [],
    pids: [],
    prepare: nothing,
    run: async () => {
      const ran = await floor.run(seconds);
      answered += ran.latenciesMs.length;
      return ran;
    },
    checkBooks: async () => `${floor.clients} clients, ${await checkedBooks(house.database, 'floor', answered, null)}`,
  };
}

function nothing(): Promise<void> {
  return Promise.resolve();
}
