import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { settled } from '../kit/invariants.js';
import { newKey } from '../kit/names.js';
import { endServers, newDataDir, startServer, type ProcessAnswer, type ServerProcess } from '../kit/processes.js';
import { startTestRedis, type TestRedis } from '../kit/servers.js';
import { eventually } from '../kit/waiting.js';
import { expectWell, openScene, pressers, type FaultScene, type Presser } from './scene.js';

/** A cold build of the program on a busy machine. */
const START_TIMEOUT_MS = 150_000;
/** A round takes a few seconds; on a machine with other work it may take twenty times as long. */
const ROUND_TIMEOUT_MS = 120_000;
const SETTLE_WITHIN_MS = 60_000;
/** In flight at once. Where both servers have a call at the gateway for each, half of what it parks at most. */
const CROWD = 100;
/** In the database, waiting for a lock, when the server is frozen. The others wait for a connection, or are not that far. */
const STATEMENTS = 8;
/** As short as they may be: the frozen one has outlived its lease after a second. */
const SHORT = { LEASE_TTL_MS: '1000', RECOVERY_SCHEDULE: '1s,2s,4s,8s,16s,1h', RECOVERY_INTERVAL_MS: '100' };

let scene: FaultScene;
let redis: TestRedis;
let [one, two] = [] as unknown as [ServerProcess, ServerProcess];
let rounds = 0;
let operations = 0;
let unchanged = 0;

beforeAll(async () => {
  [scene, redis] = await Promise.all([openScene(SHORT), startTestRedis()]);
  const start = async () => startServer({ dataDir: await newDataDir(), env: { ...scene.env, REDIS_URLS: redis.url } });
  [one, two] = await Promise.all([start(), start()]);
}, START_TIMEOUT_MS);
afterAll(async () => {
  await endServers();
  await redis?.stop();
  await scene?.close();
});

/** Whatever became of a round, the next one finds both servers awake. */
afterEach(async () => {
  await unlock();
  await release();
  for (const server of [one, two]) server?.signal('SIGCONT');
});

const hold = (at: string, count = CROWD) => scene.gateway('POST', '/sandbox/hold', { at, count });
const release = () => scene.gateway('POST', '/sandbox/release');
const parked = (atLeast: number) =>
  eventually(
    () => scene.gateway('GET', `/sandbox/held?atLeast=${atLeast}`) as Promise<{ count: number }>,
    ({ count }) => count >= atLeast,
    SETTLE_WITHIN_MS,
  );
const blocked = () => eventually(scene.waitingForLocks, (waiting) => waiting >= STATEMENTS, SETTLE_WITHIN_MS);
const checked = () =>
  eventually(
    () => scene.sql('select id from operations where settled_at is null and checks = 0 limit 1'),
    (rows) => rows.length === 0,
    SETTLE_WITHIN_MS,
  );

/** All at the first server at one moment. Nobody's answer is waited for here. */
function pressAll(crowd: Presser[]): Promise<ProcessAnswer>[] {
  return crowd.map((presser) => {
    const pressed = scene.press(one, presser);
    pressed.catch(() => undefined);
    return pressed;
  });
}

/** Where everybody stands when the first server is frozen, and what goes on until it thaws. */
interface Round {
  /** What the customers have done before. */
  first?(crowd: Presser[]): Promise<unknown>;
  /** Resolves when all stand there. */
  reach(): Promise<unknown>;
  /** While the first server is frozen. */
  meanwhile(crowd: Presser[]): Promise<unknown>;
  /** The database may be slow to let it in when it wakes, so that it leaves to recovery what it could not write. */
  mayLeaveOpen?: true;
  /** When it has thawed. */
  after?(): Promise<unknown>;
  arm(): Promise<unknown>;
}

let unlock = () => Promise.resolve();
const lock = async () => {
  unlock = await scene.lockOperations();
};
const settledByTheOther = () => settled(scene, SETTLE_WITHIN_MS);

const ROUNDS: Record<string, Round> = {
  'with a lease in hand, before and in the middle of recording': {
    mayLeaveOpen: true,
    arm: lock,
    reach: blocked,
    meanwhile: async (crowd) => {
      await unlock();
      await Promise.all(crowd.map((presser) => scene.press(two, presser)));
      await settledByTheOther();
    },
  },
  'with calls on their way that arrive after its successor has charged': {
    arm: () => hold('arrival'),
    reach: () => parked(CROWD),
    meanwhile: settledByTheOther,
    after: release,
  },
  'with calls at the gateway that charge while it is frozen': {
    arm: () => hold('before'),
    reach: () => parked(CROWD),
    meanwhile: async () => {
      await checked();
      await release();
      await settledByTheOther();
    },
  },
  'with charges made whose answers it reads when all is settled': {
    arm: () => hold('after'),
    reach: () => parked(CROWD),
    meanwhile: settledByTheOther,
    after: release,
  },
  'with changes of plan charged whose answers it reads when all is settled': {
    first: (crowd) => Promise.all(crowd.map(({ user }) => scene.press(two, { user, key: newKey() }, 'basic'))),
    arm: () => hold('after'),
    reach: () => parked(CROWD),
    meanwhile: settledByTheOther,
    after: release,
  },
  'with answers in hand, before and in the middle of settling': {
    mayLeaveOpen: true,
    arm: () => hold('after'),
    reach: async () => {
      await parked(CROWD);
      await lock();
      await release();
      await blocked();
    },
    meanwhile: async () => {
      await unlock();
      await settledByTheOther();
    },
  },
  'and its successor too, with a call of both at the gateway for each': {
    arm: () => hold('arrival', CROWD * 2),
    reach: () => parked(CROWD),
    meanwhile: async () => {
      await parked(CROWD * 2);
      two.signal('SIGSTOP');
    },
    after: async () => {
      await release();
      await settled(scene, SETTLE_WITHIN_MS);
      two.signal('SIGCONT');
    },
  },
};

describe(`a server that is frozen past its lease with ${CROWD} operations in flight`, () => {
  test.each(Object.entries(ROUNDS))(
    '%s: what is over stays as it is, and everybody is charged once',
    async (_, round) => {
      const crowd = pressers(CROWD);
      await round.first?.(crowd);
      await round.arm();
      const printed = one.output().length;
      const pressed = pressAll(crowd);
      await round.reach();
      one.signal('SIGSTOP');
      await round.meanwhile(crowd);
      const before = await over(crowd);
      one.signal('SIGCONT');
      await round.after?.();
      const answers = await Promise.all(pressed);
      const again = await Promise.all(crowd.map((presser) => scene.pressUntilOver(two, presser)));
      expect(new Set(again.map(({ status }) => status))).toEqual(new Set([round.first ? 200 : 201]));
      // It may have woken too late for its database or for the patience of its caller, and says then that it does not know.
      const unserved = answers.filter(({ status }) => status > 201);
      for (const { status, body } of unserved) expect([[202, 503].includes(status), body.charged]).toEqual([true, 'unknown']);
      expect(await over(crowd)).toEqual(expect.arrayContaining(before));
      if (!round.mayLeaveOpen) expect(one.output().slice(printed)).not.toContain('operation left open');
      await scene.expectInvariants(SETTLE_WITHIN_MS);
      rounds += 1;
      operations += crowd.length;
      unchanged += before.length;
    },
    ROUND_TIMEOUT_MS,
  );

  test('at least 200 operations were in the hands of a frozen process, in every state that it can be frozen in', async () => {
    expect(rounds).toBe(Object.keys(ROUNDS).length);
    expect(operations).toBeGreaterThanOrEqual(200);
    const staying = (await scene.charges()).filter(({ status }) => status === 'succeeded');
    const [{ paid }] = await scene.sql(`select count(*)::int as paid from operations where status = 'succeeded'`);
    expect(staying).toHaveLength(paid as number);
    for (const server of [one, two]) await expectWell(server);
    process.stdout.write(`zombies: ${rounds} rounds, ${operations} operations, ${unchanged} over before their former owner woke\n`);
  });
});

/** What is over, as it may never change again. */
async function over(crowd: Presser[]): Promise<unknown[]> {
  return scene.sql(
    'select o.id, o.status, o.version, o.fence, o.gateway_reference, s.version as subscription from operations o left join subscriptions s on s.id = o.subscription_id where o.user_id = any($1) and o.settled_at is not null order by o.id',
    [crowd.map(({ user }) => user)],
  );
}
