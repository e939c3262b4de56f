import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { FaultProxy } from '../kit/fault-proxy.js';
import { endServers, newDataDir, startServer, type ProcessAnswer, type ServerProcess } from '../kit/processes.js';
import type { Shop } from '../kit/shop.js';
import { eventually } from '../kit/waiting.js';
import { deliver } from '../operations/gateway-events.js';
import { ANSWERS, Middleman, type BadAnswer, type When } from './middleman.js';
import { expectWell, openScene, pressers, type FaultScene, type Presser } from './scene.js';

/** A cold build of the program on a busy machine. */
const START_TIMEOUT_MS = 150_000;
/** A case takes a second or two; on a machine with other work it may take twenty times as long. */
const CASE_TIMEOUT_MS = 60_000;
const PATIENCE_MS = 40_000;
/** Checks are brought forward by the tests, so that each of them is one that was meant. */
const SETTINGS = { GATEWAY_TIMEOUT_MS: '1000', RECOVERY_INTERVAL_MS: '50', RECOVERY_SCHEDULE: '1h,2h,3h,24h' };
const CHARGES = '/v1/payment_intents';
const REFUNDS = '/v1/refunds';
const WHENS: When[] = ['before', 'after'];

/** What a client is told: doubt wherever the answer says nothing, and `no` only where the gateway says that it did nothing. */
const DOUBT = { status: 202, body: { status: 'unknown', charged: 'unknown' } };
const REFUSED = { status: 503, body: { code: 'gateway-unavailable', charged: 'no', retryable: false } };
const TOLD = Object.fromEntries(Object.keys(ANSWERS).map((answer) => [answer, DOUBT])) as Record<BadAnswer, typeof DOUBT | typeof REFUSED>;
TOLD['a 429'] = REFUSED;
TOLD['a 401 for our key'] = REFUSED;
/** A gateway that says so and has charged all the same breaks its word; what is found is given back. */
const LIES: Record<string, boolean> = { 'a 429': true, 'a 401 for our key': true };

let scene: FaultScene;
let middleman: Middleman;
let proxy: FaultProxy;
let server: ServerProcess;
let presser: Presser;
let known: Set<string>;
let cases = 0;

beforeAll(async () => {
  scene = await openScene(SETTINGS);
  middleman = new Middleman(scene.env['STRIPE_API_BASE'] as string);
  proxy = await FaultProxy.to({ host: '127.0.0.1', port: await middleman.listen() });
  scene.env['STRIPE_API_BASE'] = `http://127.0.0.1:${proxy.port}`;
  server = await startServer({ dataDir: await newDataDir(), env: scene.env });
}, START_TIMEOUT_MS);
afterAll(async () => {
  await endServers();
  proxy?.close();
  middleman?.close();
  await scene?.close();
});
beforeEach(async () => {
  [presser] = pressers(1) as [Presser];
  known = new Set((await scene.charges()).map(({ id }) => id));
  cases += 1;
});

const press = () => scene.press(server, presser);
const charges = async () => (await scene.charges()).filter(({ id }) => !known.has(id));
const rows = (kind = 'subscribe') =>
  scene.sql('select id, kind, status, checks, attempts, reference from operations where user_id = $1 and kind = $2', [presser.user, kind]);
const makeDue = () =>
  scene.sql('update operations set next_check_at = now() where user_id = $1 and next_check_at is not null', [presser.user]);

/** Brings checks forward, one after the other, until it is over. A check may meet a busy machine and come to nothing. */
async function carriedOn(kind = 'subscribe'): Promise<{ status: string; checks: number }> {
  const look = async () => {
    await makeDue();
    return (await rows(kind))[0] as { status: string; checks: number };
  };
  return eventually(look, (row) => row !== undefined && !['pending', 'unknown'].includes(row.status), PATIENCE_MS);
}

/** With a new key. On a machine that stands still for the gateway's deadline it takes a check. */
async function expectNextPressServed(): Promise<void> {
  const [{ key }] = pressers(1) as [Presser];
  const served = async () => {
    await makeDue();
    return scene.press(server, { ...presser, key });
  };
  await eventually(served, ({ status }) => status === 201, PATIENCE_MS);
  expect(await charges()).toMatchObject([{ status: 'succeeded', amountRefunded: 0 }]);
}

async function expectPaidOnce(told: ProcessAnswer): Promise<void> {
  expect(await carriedOn()).toMatchObject({ status: 'succeeded' });
  expect(await press()).toMatchObject({ status: 201, body: { id: told.body.id, charged: 'yes', result: 'created' } });
  expect(await rows()).toHaveLength(1);
  expect(await charges()).toMatchObject([{ status: 'succeeded', amount: 1_900, amountRefunded: 0 }]);
}

const honest = (Object.keys(ANSWERS) as BadAnswer[]).flatMap((answer) =>
  WHENS.filter((when) => when === 'before' || !LIES[answer]).map((when) => [answer, when] as const),
);

describe('a charge that is answered with', () => {
  test.each(honest.filter(([answer]) => TOLD[answer] === DOUBT))(
    '%s, %s it was made, is in doubt, and recovery finds out: one charge stays',
    async (answer, when) => {
      middleman.spoil(CHARGES, answer, when);
      const told = await press();
      expect(told).toMatchObject(TOLD[answer]);
      expect(await charges()).toHaveLength(when === 'after' ? 1 : 0);
      await expectPaidOnce(told);
    },
    CASE_TIMEOUT_MS,
  );

  test.each(honest.filter(([answer]) => TOLD[answer] === REFUSED))(
    '%s, %s it was made, was not made: the client is told so, the same key is told the same, and a new press is served',
    async (answer) => {
      middleman.spoil(CHARGES, answer, 'before');
      expect(await press()).toMatchObject(TOLD[answer]);
      expect(await press()).toMatchObject(TOLD[answer]);
      expect([await rows(), await charges()]).toMatchObject([[{ status: 'failed', checks: 0, attempts: 1 }], []]);
      await expectNextPressServed();
    },
    CASE_TIMEOUT_MS,
  );

  test.each(Object.keys(LIES) as BadAnswer[])(
    '%s although it was made is given back as soon as the gateway says that it was',
    async (answer) => {
      await lateMoney(answer);
      expect(await carriedOn('refund')).toMatchObject({ status: 'succeeded' });
      expect(await rows()).toMatchObject([{ status: 'failed' }]);
      expect(await charges()).toMatchObject([{ status: 'succeeded', amountRefunded: 1_900 }]);
    },
    CASE_TIMEOUT_MS,
  );
});

describe('a gateway', () => {
  test(
    'that refuses the connection was not reached: the client is told so, and a new press is served when it is back',
    async () => {
      proxy.refuse();
      proxy.reset();
      expect(await press()).toMatchObject(REFUSED);
      expect(await rows()).toMatchObject([{ status: 'failed', attempts: 1 }]);
      await proxy.heal();
      await expectNextPressServed();
    },
    CASE_TIMEOUT_MS,
  );

  test(
    'that is away when an operation in doubt is checked leaves it in doubt, and it is paid once when it is back',
    async () => {
      middleman.spoil(CHARGES, 'no answer at all', 'after');
      const told = await press();
      proxy.refuse();
      proxy.reset();
      await makeDue();
      await eventually(rows, ([row]) => row.checks > 0 && row.status === 'unknown', PATIENCE_MS);
      await proxy.heal();
      await expectPaidOnce(told);
    },
    CASE_TIMEOUT_MS,
  );

  test(
    'whose network delivers a request after it was given up charges once, whoever comes first',
    async () => {
      proxy.hang('requests');
      const told = await press();
      expect(told).toMatchObject(DOUBT);
      await proxy.heal();
      await expectPaidOnce(told);
    },
    CASE_TIMEOUT_MS,
  );

  test(
    'that is slow to say what it has to say is given up in time, and paid once',
    async () => {
      proxy.slow(200);
      const told = await press();
      expect(told).toMatchObject(DOUBT);
      await proxy.heal();
      await expectPaidOnce(told);
    },
    CASE_TIMEOUT_MS,
  );
});

describe('a refund that is answered with', () => {
  test.each(honest)(
    '%s, %s it was made, is looked for, stays open where it is not found, and is asked for again: the money goes back once',
    async (answer, when) => {
      await lateMoney('a 429', () => middleman.spoil(REFUNDS, answer, when));
      const [refund] = await eventually(
        () => rows('refund'),
        ([row]) => row?.checks > 0 && row?.status !== 'pending',
        PATIENCE_MS,
      );
      // The same check looks for what was made, where the machine leaves it the time.
      expect(when === 'after' ? ['succeeded', 'unknown'] : ['unknown']).toContain(refund.status);
      expect(await charges()).toMatchObject([{ amountRefunded: when === 'after' ? 1_900 : 0 }]);
      // Who pressed is told what is true of the press: nothing of it stays charged.
      expect(await press()).toMatchObject(REFUSED);
      expect(await carriedOn('refund')).toMatchObject({ status: 'succeeded' });
      expect(await rows('refund')).toHaveLength(1);
      expect(await charges()).toMatchObject([{ status: 'succeeded', amountRefunded: 1_900 }]);
    },
    CASE_TIMEOUT_MS,
  );
});

test('through all of that the process lived, and the books agree with the gateway', async () => {
  await expectWell(server);
  await scene.expectInvariants(PATIENCE_MS);
  process.stdout.write(`gateway: ${cases - 1} cases, ${middleman.spoilt} answers spoilt, ${(await scene.charges()).length} charges\n`);
});

/** A charge whose gateway said that there was none, and then that there is. */
async function lateMoney(answer: BadAnswer, meanwhile?: () => void): Promise<void> {
  middleman.spoil(CHARGES, answer, 'after');
  expect(await press()).toMatchObject(REFUSED);
  meanwhile?.();
  const [charge] = await charges();
  const said = { reference: charge?.reference ?? null, gatewayReference: charge?.id as string };
  expect(await deliver({ url: server.url } as Shop, scene.env['STRIPE_WEBHOOK_SECRET'] as string, said)).toBe(200);
}
