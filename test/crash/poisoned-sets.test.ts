import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { endServers, type ProcessAnswer } from '../kit/processes.js';
import { eventually } from '../kit/waiting.js';
import { everybodyOf, gather, gatheringOf, letLeadsGo, onOnePlan, pressAll, usersIn, type Gathering } from './gathering.js';
import { heal, type Crash } from './matrix.js';
import { Poison } from './poison.js';
import { GIVE_UP, SUBSCRIBE, type Scenario } from './scenarios.js';
import type { Sort, Statement } from './sets.js';
import { usersOf } from './stops.js';
import { FAST, World } from './world.js';
import { toldOfOthers, wrongs } from './wrongs.js';

const TIMEOUT_MS = 400_000;
const SIZE = 12;
/** Seconds, on a machine that is busy with other things. */
const WITHIN_MS = 60_000;
/** Whoever has to wait for long is told that it is not over. */
const SERVED = [200, 201, 202];
/** Nobody else comes to what waits here, however slow the machine is. */
const LATER = { RECOVERY_SCHEDULE: '300s,320s,340s,360s,1h' };

let world: World;
let poison: Poison;

beforeAll(async () => {
  world = await World.open({ ...FAST, ...LATER, SETS: 'watched' });
  poison = await Poison.mix(world);
}, TIMEOUT_MS);
beforeEach(async () => {
  await poison.lift();
  if (!world.isAlive) await world.start();
}, TIMEOUT_MS);
afterAll(async () => {
  await world?.close();
  await endServers();
}, TIMEOUT_MS);

describe('a set with one in it that is refused', () => {
  test(
    'because its key got another meaning meanwhile: the set is sent again one by one, and that one alone is told so',
    async () => {
      const { gathering, last, pressed } = await stand('record', SUBSCRIBE);
      await world.sql('insert into operation_keys (user_id, idempotency_key, fingerprint) values ($1, $2, $3)', [
        last.user,
        last.subject.key,
        'of something else',
      ]);
      const answers = await sentOneByOne(gathering, pressed, '23505');
      expect(answers.get(last.user)).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused', charged: 'no' } });
      expect(await world.sql('select id from operations where user_id = $1', [last.user])).toEqual([]);
      await expectRight(gathering, answers, last);
    },
    TIMEOUT_MS,
  );

  test(
    'because another transaction keeps its plan: the set is sent again one by one, and the others do not wait for that again',
    async () => {
      const { gathering, last, pressed } = await stand('record', SUBSCRIBE);
      const release = await world.holding('select from plans where id = $1 for update', [last.subject.plan]);
      const from = world.statements.length;
      await gather(world, gathering);
      letLeadsGo(world, gathering);
      // Those who went ahead, and all of the set but one.
      await alone(from, 'record', ['after'], 2 + SIZE - 1);
      expect(setsOf(from, 'record')).toEqual([`before ${SIZE}`, `refused ${SIZE} 55P03`]);
      await release();
      // On a machine that stands still it may have waited too long once more.
      await expectRight(gathering, await answersTo(gathering, pressed), last);
      expect(await wrongs(world, [last])).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'because the last seat is gone: all others have theirs, and the set is not sent again',
    async () => {
      const { gathering, pressed } = await stand('record', SUBSCRIBE, SIZE - 1);
      const from = world.statements.length;
      const { names } = await gather(world, gathering);
      letLeadsGo(world, gathering);
      const answers = await answersTo(gathering, pressed);
      expect(setsOf(from, 'record')).toEqual([`before ${SIZE}`, `after ${SIZE}`]);
      const last = gathering.members.find(({ user }) => user === names.at(-1)) as Crash;
      expect(answers.get(last.user)).toMatchObject({ status: 409, body: { code: 'plan-full', charged: 'no' } });
      await expectRight(gathering, answers, last);
    },
    TIMEOUT_MS,
  );

  test.each<[Sort, Scenario]>([
    ['settle', SUBSCRIBE],
    ['claim', GIVE_UP],
  ])(
    'by a constraint when it is to %s: the set is sent again one by one, and what that one could not write is written later',
    async (sort, scenario) => {
      const { gathering, last, pressed } = await stand(sort, scenario);
      await poison.give(last.user);
      const answers = await sentOneByOne(gathering, pressed, '23514');
      expect([202, 500, 503]).toContain(answers.get(last.user)?.status);
      expect(answers.get(last.user)?.body).toMatchObject({ charged: 'unknown' });
      await poison.lift();
      await expectRight(gathering, answers, last);
      expect(await wrongs(world, [last])).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'and a process that is killed while half of such a set was sent again leaves nobody lost, charged twice or stuck',
    async () => {
      const stands = [await stand('settle', SUBSCRIBE), await stand('claim', GIVE_UP), await stand('record', SUBSCRIBE)];
      for (const { gathering, last } of stands) {
        await poison.give(last.user);
        const from = world.statements.length;
        await gather(
          world,
          gathering,
          Array.from({ length: SIZE }, (_, n) => (n % 2 === 0 ? 'after' : 'before')),
        );
        await alone(from, gathering.sort, ['before'], 2 + SIZE);
        // One who went ahead, and half of the set, of whom one may be refused once more.
        await alone(from, gathering.sort, ['after', 'refused'], 1 + SIZE / 2);
        expect(setsOf(from, gathering.sort)).toEqual([`before ${SIZE}`, `refused ${SIZE} 23514`]);
      }
      await world.kill();
      await Promise.all(stands.flatMap(({ pressed }) => pressed));
      await poison.lift();
      const crashes = everybodyOf(stands.map(({ gathering }) => gathering));
      await heal(world, crashes);
      expect(await wrongs(world, crashes)).toEqual([]);
      expect(await toldOfOthers(world)).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

interface Standing {
  gathering: Gathering;
  /** The one that is to be refused. */
  last: Crash;
  pressed: Promise<ProcessAnswer | null>[];
}

/** All of a set stand before their statement. With `seats` they all buy one plan, which has so many. */
async function stand(sort: Sort, scenario: Scenario, seats?: number): Promise<Standing> {
  const gathering = await gatheringOf(world, scenario, { sort, where: 'through', size: SIZE });
  if (seats !== undefined) await onOnePlan(world, gathering, seats);
  return { gathering, last: gathering.members.at(-1) as Crash, pressed: await pressAll(world, [gathering]) };
}

/** The set is refused, and then each of it is sent alone. */
async function sentOneByOne(gathering: Gathering, pressed: Standing['pressed'], code: string) {
  const from = world.statements.length;
  const set = await gather(world, gathering);
  expect((await usersIn(world, set)).toSorted()).toEqual(usersOf(gathering.members).toSorted());
  letLeadsGo(world, gathering);
  const answers = await answersTo(gathering, pressed);
  expect(setsOf(from, gathering.sort)).toEqual([`before ${SIZE}`, `refused ${SIZE} ${code}`]);
  return answers;
}

/** What became of statements that carried several. */
function setsOf(from: number, of: Sort): string[] {
  const several = world.statements.slice(from).filter(({ sort, names }) => sort === of && names.length > 1);
  return several.map(({ at, names, code }) => [at, names.length, ...(code ? [code] : [])].join(' '));
}

/** Resolves when so many statements that carried one have come to that. */
function alone(from: number, of: Sort, to: Statement['at'][], count: number): Promise<unknown> {
  const there = () => world.statements.slice(from).filter(({ sort, names, at }) => sort === of && names.length === 1 && to.includes(at));
  return eventually(
    () => Promise.resolve(there()),
    ({ length }) => length >= count,
    WITHIN_MS,
  );
}

async function answersTo(gathering: Gathering, pressed: Standing['pressed']): Promise<Map<string, ProcessAnswer | null>> {
  const answers = await Promise.all(pressed);
  return new Map(everybodyOf([gathering]).map(({ user }, n) => [user, answers[n] ?? null]));
}

/** Everybody but the one that was refused was served, and all that follows from a crash that never was holds. */
async function expectRight(gathering: Gathering, answers: Map<string, ProcessAnswer | null>, refused: Crash): Promise<void> {
  const others = everybodyOf([gathering]).filter((crash) => crash !== refused);
  for (const { user } of others) expect(SERVED).toContain(answers.get(user)?.status);
  expect(await wrongs(world, others)).toEqual([]);
  expect(await toldOfOthers(world)).toEqual([]);
}
