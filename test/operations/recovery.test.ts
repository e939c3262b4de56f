import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ChargeOutcome } from '../../src/gateways/payment-gateway.js';
import { Leases } from '../../src/leases/leases.js';
import { Recovery } from '../../src/operations/recovery.js';
import { Runner } from '../../src/operations/runner.js';
import { toPublicId } from '../../src/platform/ids.js';
import { chargesOf } from '../contention/bookkeeping.js';
import { letGo } from '../kit/held.js';
import { newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';
import { eventually } from '../kit/waiting.js';
import { abandon, age, read, storeOf, type Abandoned } from './abandoned.js';
import { pending, ScriptedGateway } from './scripted-gateway.js';

const UNKNOWN = { kind: 'unknown', why: 'no answer' } as const;
/** The schedule of the tests, in seconds from an operation's start. */
const SCHEDULE = '10s,30s,2m';

const gateway = new ScriptedGateway();
let shop: Shop;
beforeAll(async () => {
  // Nobody sweeps but the tests.
  shop = await Shop.open({ ports: { gateway }, env: { ROLES: 'api', RECOVERY_SCHEDULE: SCHEDULE } });
});
afterAll(() => shop?.close());

const sweep = () => shop.service.app.get(Recovery).sweep();

/** Seconds from an operation's start to its next check. */
async function nextCheck(id: string): Promise<number | null> {
  const [row] = await shop.sql(
    'select round(extract(epoch from next_check_at - created_at))::int as seconds from operations where id = $1',
    [id],
  );
  return (row as { seconds: number | null }).seconds;
}

/** The charge and the look-up that follows it both give no answer. */
function silent({ reference }: Abandoned): void {
  gateway.says('charge', reference, UNKNOWN).says('find', reference, UNKNOWN);
}

describe('the schedule', () => {
  test('the first check is due when the schedule says, counted from the start by the database’s clock', async () => {
    const { id } = await abandon(shop);
    expect(await nextCheck(id)).toBe(10);
    await sweep();
    expect((await read(shop, id)).operation).toMatchObject({ status: 'pending', checks: 0 });
  });

  test.each([
    { age: '11 seconds', checkedNext: 30 },
    // As late as a busy machine may be with the check, and still before the next.
    { age: '20 seconds', checkedNext: 30 },
    { age: '31 seconds', checkedNext: 120 },
    { age: '110 seconds', checkedNext: 120 },
  ])('a check $age after the start is followed by the one at $checkedNext s', async ({ age: interval, checkedNext }) => {
    const abandoned = await abandon(shop);
    silent(abandoned);
    await age(shop, abandoned.id, interval);
    await sweep();
    expect((await read(shop, abandoned.id)).operation).toMatchObject({ status: 'unknown', checks: 1 });
    expect(await nextCheck(abandoned.id)).toBe(checkedNext);
  });

  test('the last check without an answer leads to needs_review, and nobody checks after that', async () => {
    const abandoned = await abandon(shop);
    silent(abandoned);
    await age(shop, abandoned.id, '31 seconds');
    await sweep();
    await letGo(shop, abandoned.user);
    silent(abandoned);
    await age(shop, abandoned.id, '90 seconds');
    await sweep();
    expect((await read(shop, abandoned.id)).operation).toMatchObject({ status: 'needs_review', checks: 2, nextCheckAt: null });
  });

  test('checks missed while nothing ran count as one, and one precedes needs_review', async () => {
    const abandoned = await abandon(shop);
    silent(abandoned);
    await age(shop, abandoned.id, '20 days');
    await sweep();
    expect((await read(shop, abandoned.id)).operation).toMatchObject({ status: 'needs_review', checks: 1 });
    expect(gateway.askedAbout(abandoned.reference)).toEqual(['find']);
  });

  test('an operation found after everything was missed still succeeds when the gateway has the charge', async () => {
    const { id, reference } = await abandon(shop);
    gateway.says('find', reference, { kind: 'charged', gatewayReference: 'pi_late' });
    await age(shop, id, '20 days');
    await sweep();
    expect(await read(shop, id)).toMatchObject({ operation: { status: 'succeeded', checks: 1 }, subscription: { planId: 'pro' } });
  });
});

describe('a check', () => {
  test('is counted and followed by the next one before the gateway is asked, so that a crash loop counts too', async () => {
    const { id, reference } = await abandon(shop);
    const call = pending<ChargeOutcome>();
    gateway.says('charge', reference, call.answer);
    await age(shop, id, '11 seconds');
    const swept = sweep();
    await call.asked;
    expect((await read(shop, id)).operation).toMatchObject({ checks: 1, attempts: 2, fence: 2, status: 'pending' });
    expect(await nextCheck(id)).toBe(30);
    call.come({ kind: 'charged', gatewayReference: 'pi_1' });
    await swept;
    expect((await read(shop, id)).operation.status).toBe('succeeded');
  });

  test('behind the end of the schedule that crashed is made again', async () => {
    const { id, operation } = await abandon(shop);
    await age(shop, id, '5 minutes');
    const [claimed] = await storeOf(shop).claim([{ id, fence: operation.fence, by: 'a process that dies now', asks: true }]);
    expect(claimed?.last).toBe(true);
    const [{ seconds }] = await shop.sql('select extract(epoch from next_check_at - now())::int as seconds from operations where id = $1', [
      id,
    ]);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(61);
  });

  test('leaves an operation alone whose owner holds the lease', async () => {
    const { id, user, reference } = await abandon(shop);
    const acquisition = await shop.service.app.get(Leases).acquire(user);
    if (acquisition.kind !== 'acquired') throw new Error(acquisition.kind);
    await age(shop, id, '11 seconds');
    await sweep();
    expect((await read(shop, id)).operation).toMatchObject({ status: 'pending', fence: 1, checks: 0 });
    await acquisition.lease.release();
    await sweep();
    expect((await read(shop, id)).operation.status).toBe('succeeded');
    expect(gateway.askedAbout(reference)).toEqual(['charge']);
  });

  test('says in the timeline who took the operation over and what the gateway answered', async () => {
    const { id } = await abandon(shop);
    await age(shop, id, '11 seconds');
    await sweep();
    const { timeline } = (await read(shop, id)).operation;
    expect(timeline.map(({ type }) => type)).toEqual(['recorded', 'taken_over', 'gateway.answered', 'settled']);
    expect(timeline[1]?.data).toEqual({ by: 'recovery', fence: 2 });
  });
});

test('a person who has one in review asked for, and it waits for the customer after all, starts its clock again: it ends when the hour is over', async () => {
  const { operation, id, reference } = await abandon(shop);
  await shop.sql(`update operations set status = 'needs_review', next_check_at = null where id = $1`, [id]);
  gateway.says('charge', reference, { kind: 'requires_action', gatewayReference: 'pi_waits', url: 'https://bank.example/3ds' });
  await shop.service.app.get(Runner).takeOver(operation, 'admin');
  const { operation: waiting } = await read(shop, id);
  expect(waiting.status).toBe('requires_action');
  expect(waiting.nextCheckAt).not.toBeNull();
});

describe('of many operations', () => {
  test('one whose call hangs delays nobody else, and is not taken up twice', async () => {
    const all = await Promise.all(Array.from({ length: 6 }, () => abandon(shop)));
    const [poison, ...others] = all as [Abandoned, ...Abandoned[]];
    const call = pending<ChargeOutcome>();
    gateway.says('charge', poison.reference, call.answer);
    for (const { id } of all) await age(shop, id, '11 seconds');
    const swept = sweep();
    const statuses = () => Promise.all(others.map(async ({ id }) => (await read(shop, id)).operation.status));
    await eventually(statuses, (seen) => seen.every((status) => status === 'succeeded'));
    await age(shop, poison.id, '20 seconds');
    await sweep();
    expect((await read(shop, poison.id)).operation).toMatchObject({ status: 'pending', fence: 2 });
    call.come(UNKNOWN);
    await swept;
  });

  test('one that cannot be settled delays nobody else and stays open', async () => {
    const all = await Promise.all(Array.from({ length: 3 }, () => abandon(shop)));
    const [poison, ...others] = all as [Abandoned, ...Abandoned[]];
    await poisoned(poison);
    for (const { id } of all) await age(shop, id, '11 seconds');
    await sweep();
    for (const { id } of others) expect((await read(shop, id)).operation.status).toBe('succeeded');
    expect((await read(shop, poison.id)).operation).toMatchObject({ status: 'pending', checks: 1 });
    expect((await read(shop, poison.id)).operation.nextCheckAt?.getTime()).toBeGreaterThan(Date.now());
  });

  test('one that cannot be settled waits for a person after its last check', async () => {
    const poison = await abandon(shop);
    await poisoned(poison);
    await age(shop, poison.id, '3 minutes');
    await sweep();
    expect((await read(shop, poison.id)).operation).toMatchObject({ status: 'needs_review', checks: 1, nextCheckAt: null });
  });

  test('a hundred whose calls hang hold up nobody else', async () => {
    const hanging = await Promise.all(Array.from({ length: 100 }, () => abandon(shop)));
    const calls = hanging.map(({ reference }) => {
      const call = pending<ChargeOutcome>();
      gateway.says('charge', reference, call.answer);
      return call;
    });
    for (const { id } of hanging) await age(shop, id, '20 seconds');
    const swept = sweep();
    await Promise.all(calls.map(({ asked }) => asked));
    const one = await abandon(shop);
    await age(shop, one.id, '11 seconds');
    await sweep();
    expect((await read(shop, one.id)).operation.status).toBe('succeeded');
    for (const { come } of calls) come({ kind: 'charged', gatewayReference: 'pi_at_last' });
    await swept;
  });

  test('each is checked once, however many processes sweep at the same moment', async () => {
    const other = await shop.another();
    const all = await Promise.all(Array.from({ length: 10 }, () => abandon(shop)));
    for (const { id } of all) await age(shop, id, '11 seconds');
    await Promise.all([shop, other].map((each) => each.service.app.get(Recovery).sweep()));
    for (const { id, reference } of all) {
      expect((await read(shop, id)).operation).toMatchObject({ status: 'succeeded', fence: 2, checks: 1 });
      expect(gateway.askedAbout(reference)).toEqual(['charge']);
    }
  });
});

/** Whatever the gateway says, its outcome cannot be written down. */
async function poisoned({ id }: Abandoned): Promise<void> {
  const terms = { description: 'Subscription: pro', returnUrl: 'https://shop.example/return' };
  await shop.sql(`update operations set terms = $2, created_at = created_at - interval '1 minute' where id = $1`, [id, terms]);
}

describe('with its role, by itself,', () => {
  let alone: Shop;
  beforeAll(async () => {
    const env = { LEASE_TTL_MS: '1000', RECOVERY_SCHEDULE: '1s,2s,1h', RECOVERY_INTERVAL_MS: '50', GATEWAY_TIMEOUT_MS: '800' };
    alone = await Shop.open({ env });
  });
  afterAll(() => alone?.close());

  test('it finds what was abandoned and carries it to its end', async () => {
    const { id, user } = await abandon(alone);
    await eventually(
      () => read(alone, id),
      ({ operation }) => operation.status === 'succeeded',
    );
    const seen = await alone.as(user).get(`/v1/operations/${toPublicId('op', id)}`);
    expect(seen.body).toMatchObject({ status: 'succeeded', charged: 'yes', recovery: { checks: 1, nextCheckAt: null } });
    expect(await chargesOf(alone, user)).toHaveLength(1);
  });

  test.each(['timeout_charged', 'reset_charged', '500_charged', 'timeout_uncharged'])(
    'it sends again what the gateway answered with %s, and the user is charged once',
    async (fault) => {
      const user = newUser();
      const pressed = await alone.as(user).subscribe('pro', { paymentMethod: `pm_sandbox_${fault}` });
      expect(pressed).toMatchObject({ status: 202, body: { status: 'unknown', charged: 'unknown' } });
      const follow = () => alone.as(user).get(`/v1/operations/${pressed.body.id as string}`);
      await eventually(follow, ({ body }) => body.status === 'succeeded');
      expect(await chargesOf(alone, user)).toHaveLength(1);
    },
  );
});
