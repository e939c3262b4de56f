import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { endServers } from '../kit/processes.js';
import { eventually } from '../kit/waiting.js';
import { crash, crashesAt, discover, type Crash } from './matrix.js';
import { SCENARIOS } from './scenarios.js';
import { stopsOf } from './stops.js';
import { FAST, World } from './world.js';
import { wrongs } from './wrongs.js';

const TIMEOUT_MS = 400_000;
/** Recovery comes at once here, and meets the orphans too. */
const RECOVERY_SCHEDULE = '1s,2s,3s,5s,7s,9s,12s,15s,18s,22s,26s,30s,40s,60s,120s,1h';

let world: World;
beforeAll(async () => {
  world = await World.open({ ...FAST, RECOVERY_SCHEDULE });
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
    // Who presses is a client; what time or the gateway asks for is done by either process.
    for (const scenario of SCENARIOS.filter(({ tells, byTime }) => !tells && !byTime)) {
      const statements = stopsOf(await discover(world, scenario)).filter(({ gate }) => gate);
      crashes.push(...(await crashesAt(world, scenario, statements, 'client')));
    }
    const orphaned = await crash(world, crashes, { statementsGoOn: false });
    expect(orphaned.map(({ stop }) => stop.name)).toEqual(expect.arrayContaining(['at the commit of OperationStore.record']));
    let answered = 0;
    const pressed = orphaned.map(({ subject }) => subject.scenario.press(world, subject).finally(() => (answered += 1)));
    // Each has been answered, or waits for what the orphan of the first press has locked.
    let mostWaiting = 0;
    const settledOrWaiting = async (): Promise<number> => {
      const waiting = await world.gates.waitingForThose();
      mostWaiting = Math.max(mostWaiting, waiting);
      return answered + waiting;
    };
    await eventually(settledOrWaiting, (count) => count >= pressed.length);
    expect(mostWaiting).toBeGreaterThan(0);
    await world.gates.open();
    await Promise.all(pressed);
    expect(await wrongs(world, crashes)).toEqual([]);
  },
  TIMEOUT_MS,
);
