import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { endServers } from '../kit/processes.js';
import { eventually } from '../kit/waiting.js';
import { crash, crashesAt, discover, type Crash } from './matrix.js';
import { SCENARIOS } from './scenarios.js';
import { stopsOf } from './stops.js';
import { FAST, World } from './world.js';
import { wrongs } from './wrongs.js';

const TIMEOUT_MS = 400_000;

let world: World;
beforeAll(async () => {
  world = await World.open(FAST);
  await Promise.all([world.start(), world.startBeside()]);
}, TIMEOUT_MS);
afterAll(async () => {
  await world?.close();
  await endServers();
}, TIMEOUT_MS);

test(
  'a statement whose client was killed, and which commits only after that client has pressed again elsewhere, is met and not repeated',
  async () => {
    const crashes: Crash[] = [];
    for (const scenario of SCENARIOS.filter(({ tells }) => !tells)) {
      const statements = stopsOf(await discover(world, scenario)).filter(({ gate }) => gate);
      crashes.push(...(await crashesAt(world, scenario, statements, 'client')));
    }
    const orphaned = await crash(world, crashes, { statementsGoOn: false });
    expect(orphaned.map(({ stop }) => stop.name)).toEqual(expect.arrayContaining(['at the commit of OperationStore.record']));
    let answered = 0;
    const pressed = orphaned.map(({ subject }) => subject.scenario.press(world, subject).finally(() => (answered += 1)));
    // Each has been answered, or waits for what the orphan of the first press has locked.
    const settledOrWaiting = async (): Promise<number> => answered + (await world.gates.waitingForThose());
    await eventually(settledOrWaiting, (count) => count >= pressed.length);
    expect(answered).toBeLessThan(pressed.length);
    await world.gates.open();
    await Promise.all(pressed);
    expect(await wrongs(world, crashes)).toEqual([]);
  },
  TIMEOUT_MS,
);
