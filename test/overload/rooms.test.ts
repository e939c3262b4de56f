import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify';
import { Admission } from '../../src/api/admission.js';
import { Door } from '../../src/api/door.js';
import { standAtTheDoor } from '../../src/api/hooks.js';

/** One request of each sort, and how many of the sort are let in at one time. */
const SORTS = {
  webhook: [{ method: 'POST', url: '/v1/webhooks/stripe' }, 128],
  operator: [{ method: 'POST', url: '/v1/admin/operations/op_1/recover' }, 64],
  'console that listens': [{ method: 'GET', url: '/v1/admin/events' }, 128],
  'customer who comes back': [{ method: 'POST', url: '/v1/operations/op_1/confirm' }, 256],
  transfer: [{ method: 'POST', url: '/v1/me/credits/transfers' }, 256],
  'reader of events': [{ method: 'GET', url: '/v1/me/events' }, 1_024],
  question: [{ method: 'GET', url: '/v1/me/subscription' }, 2_048],
} as const satisfies Record<string, readonly [InjectOptions, number]>;
type Sort = keyof typeof SORTS;

const CHARGE = { method: 'PUT', url: '/v1/me/subscription', payload: { planId: 'pro' } } as const;
const LONG_MS = 60_000;

let fastify: FastifyInstance;
let door: Door;
let handled: number;
let release: () => void;
beforeEach(() => {
  const released = new Promise<void>((resolve) => (release = resolve));
  [fastify, handled] = [Fastify(), 0];
  door = new Door('http://here', new Admission(1, 1, LONG_MS));
  standAtTheDoor(fastify, door);
  fastify.get('/livez', async () => ({ status: 'alive' }));
  fastify.all('/v1/*', async () => {
    handled += 1;
    await released;
    return {};
  });
});
afterEach(async () => {
  release();
  await fastify.close();
});

/** Asks so often at one time, and waits until all of them are inside. */
async function fill(sort: Sort): Promise<{ answers: Promise<{ statusCode: number }[]> }> {
  const [asked, atOnce] = SORTS[sort];
  const before = handled;
  const answers = Promise.all(Array.from({ length: atOnce }, async () => fastify.inject(asked)));
  while (handled < before + atOnce) await new Promise(setImmediate);
  return { answers };
}

async function ask(asked: InjectOptions): Promise<{ statusCode: number; body: string; headers: Record<string, unknown> }> {
  return fastify.inject(asked);
}

describe.each(Object.keys(SORTS) as Sort[])('beyond as many as there is room for, a %s', (sort) => {
  const [one] = SORTS[sort];

  test('is turned away with 503 overloaded and Retry-After, and let in again when there is room', async () => {
    const { answers } = await fill(sort);
    const refused = await ask(one);
    expect([refused.statusCode, JSON.parse(refused.body), refused.headers['retry-after']]).toMatchObject([
      503,
      { code: 'overloaded' },
      '1',
    ]);
    release();
    expect((await answers).every(({ statusCode }) => statusCode === 200)).toBe(true);
    expect((await ask(one)).statusCode).toBe(200);
    expect(handled).toBe(SORTS[sort][1] + 1);
  });

  test('takes no room from any other', async () => {
    const { answers } = await fill(sort);
    const others = (Object.keys(SORTS) as Sort[]).filter((other) => other !== sort);
    const asked = others.map((other) => ask(SORTS[other][0]));
    while (handled < SORTS[sort][1] + others.length) await new Promise(setImmediate);
    expect((await ask({ method: 'GET', url: '/livez' })).statusCode).toBe(200);
    release();
    expect((await Promise.all(asked)).map(({ statusCode }) => statusCode)).toEqual(others.map(() => 200));
    await answers;
  });
});

describe('while no more requests that charge are let in', () => {
  test('they are turned away before their body is read; all others are let in', async () => {
    let leave!: () => void;
    const left = new Promise<void>((resolve) => (leave = resolve));
    const admitted = [door.admit(() => left), door.admit(() => left)];
    expect(door.crowded).toBe(true);
    const answer = await ask({ ...CHARGE, payload: 'not JSON', headers: { 'content-type': 'application/json' } });
    expect([answer.statusCode, JSON.parse(answer.body), answer.headers['retry-after']]).toMatchObject([503, { code: 'overloaded' }, '1']);
    const asked = Object.values(SORTS).map(([one]) => ask(one));
    while (handled < asked.length) await new Promise(setImmediate);
    leave();
    release();
    expect((await Promise.all(asked)).map(({ statusCode }) => statusCode)).toEqual(asked.map(() => 200));
    await Promise.all(admitted);
    expect((await ask(CHARGE)).statusCode).toBe(200);
  });
});

test('what goes on after its answer keeps its place', async () => {
  let end!: () => void;
  const goesOn = new Promise<void>((resolve) => (end = resolve));
  expect(await door.admit(async () => 'accepted', { goesOn: () => goesOn })).toBe('accepted');
  expect(door.atWork).toBe(1);
  end();
  await goesOn;
  await new Promise(setImmediate);
  expect(door.atWork).toBe(0);
});

test('whoever was let in just before the door closed, and has not begun, does not begin any more', async () => {
  door.close();
  let begun = false;
  const late = door.admit(async () => (begun = true));
  await expect(late).rejects.toMatchObject({ code: 'shutting-down' });
  expect(begun).toBe(false);
});
