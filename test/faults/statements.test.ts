import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createDatabase, type TestDatabase } from '../kit/databases.js';
import { FaultProxy, READY_FOR_QUERY, type Direction } from '../kit/fault-proxy.js';
import { expectInvariants } from '../kit/invariants.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop, type Answer, type ChargeRow } from '../kit/shop.js';
import { eventually } from '../kit/waiting.js';

/** A statement of the protocol, by the name under which it is prepared. */
type Step = 'look' | 'record' | 'claim' | 'settle';

const SETTLE_WITHIN_MS = 20_000;
const GOOD_CARD = 'pm_card_visa';
/** More often than anything is tried again. */
const ALWAYS = 1_000;

let database: TestDatabase;
let direct: pg.Pool;
let proxy: FaultProxy;
let shop: Shop;
let user: string;
let key: string;
/** Charges of the tests before. */
let known: Set<string>;

beforeAll(async () => {
  database = await createDatabase();
  direct = new pg.Pool({ connectionString: database.url, max: 2 });
  await direct.query(RAISING);
  const { hostname: host, port } = new URL(database.url);
  proxy = await FaultProxy.to({ host, port: Number(port) });
  // A later check than any test waits for, unless it is brought forward.
  const env = { DATABASE_URL: proxy.instead(database.url), RECOVERY_INTERVAL_MS: '50', RECOVERY_SCHEDULE: '1h,2h,3h,4h' };
  shop = await Shop.open({ env });
});
afterAll(async () => {
  await proxy?.heal();
  await shop?.close();
  proxy?.close();
  await direct?.end();
  await database?.drop();
});
beforeEach(async () => {
  await calm();
  [user, key] = [newUser(), newKey()];
  known = new Set((await shop.charges()).map(({ id }) => id));
});

/** Raises an error in a statement of the protocol as often as `fault` says; a sequence counts, because it does not roll back. */
const RAISING = `
  create table fault (step text, sqlstate text, times int);
  create sequence faults_raised;
  create function raise_fault() returns trigger language plpgsql as $$
  declare armed fault;
  begin
    select * into armed from fault where step = case when tg_op = 'INSERT' then 'record' when new.fence > old.fence then 'claim'
      when new.status <> old.status then 'settle' end;
    if found and nextval('faults_raised') <= armed.times then raise exception 'raised by a test' using errcode = armed.sqlstate; end if;
    return new;
  end $$;
  create trigger fault before insert or update on operations for each row execute function raise_fault()`;

async function raise(step: Step, sqlstate: string, times: number): Promise<void> {
  await sql('insert into fault values ($1, $2, $3)', [step, sqlstate, times]);
  await sql('alter sequence faults_raised restart');
}

async function sql(text: string, values: unknown[] = []) {
  return (await direct.query(text, values)).rows;
}

const calm = () => sql('delete from fault');
const raised = async () => Number((await sql('select case when is_called then last_value else 0 end as n from faults_raised'))[0].n);
const cut = (step: Step, direction: Direction) =>
  proxy.cut(direction, `operations.${step}`, ...(direction === 'answers' ? [READY_FOR_QUERY] : []));
const press = (paymentMethod = GOOD_CARD, headers = {}): Promise<Answer> =>
  shop.as(user).subscribe('pro', { key, paymentMethod, ...headers });
const charges = async (): Promise<ChargeRow[]> => (await shop.charges()).filter(({ id }) => !known.has(id));
const rows = () => sql('select id, status, fence, checks, version, timeline from operations where user_id = $1', [user]);
const settles = async () => (await rows())[0].timeline.filter(({ type }: { type: string }) => type === 'settled').length as number;
const makeDue = () => sql('update operations set next_check_at = now() where user_id = $1 and next_check_at is not null', [user]);
const succeeded = () => eventually(rows, ([row]) => row?.status === 'succeeded', SETTLE_WITHIN_MS);

/** One operation, one charge, the same key answers 201, and the books agree. */
async function expectOneCharge(): Promise<void> {
  const again = await eventually(
    () => press(),
    ({ status }) => status < 500,
    SETTLE_WITHIN_MS,
  );
  expect([again.status, again.body.charged]).toEqual([201, 'yes']);
  expect(await rows()).toHaveLength(1);
  const made = await charges();
  expect(made).toMatchObject([{ status: 'succeeded', amount: 1_900 }]);
  expect(await sql('select reference from operations where user_id = $1', [user])).toEqual([{ reference: made[0]?.reference }]);
}

function expectUnavailable({ status, headers, body }: Answer): void {
  expect([status, body]).toMatchObject([503, { code: 'service-unavailable', charged: 'unknown', retryable: true }]);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
}

/** The serialisation failure and the deadlock are said to be worth another try, and prove that nothing was written. */
const PASSING = ['40001', '40P01'];
/** Says that the disk is full. */
const DISK_FULL = '53100';

describe('an error of the database that passes when it is tried again', () => {
  test.each(PASSING.flatMap((state) => (['record', 'settle'] as const).map((step) => [state, step] as const)))(
    '%s in %s is met by trying again: the caller hears nothing of it',
    async (state, step) => {
      await raise(step, state, 1);
      const answer = await press();
      expect([answer.status, answer.body.charged, await raised()]).toEqual([201, 'yes', 2]);
      await calm();
      await expectOneCharge();
    },
  );

  test.each(PASSING)('%s in claim is met by trying again: the check is made all the same', async (state) => {
    await leftOpen();
    await raise('claim', state, 1);
    await makeDue();
    expect(await succeeded()).toMatchObject([{ checks: 1, fence: 2 }]);
    expect(await raised()).toBe(2);
    await calm();
    await expectOneCharge();
  });
});

describe('an error of the database that stays for a while', () => {
  test.each([...PASSING, DISK_FULL])('%s in record is answered 503; nothing is charged, and the same key succeeds later', async (state) => {
    await raise('record', state, ALWAYS);
    expectUnavailable(await press());
    expect([await rows(), await charges()]).toEqual([[], []]);
    await calm();
    await expectOneCharge();
  });

  test.each([...PASSING, DISK_FULL])(
    '%s in settle leaves the operation open: the caller is answered 202 charged unknown, and recovery writes it down',
    async (state) => {
      await raise('settle', state, ALWAYS);
      const answer = await press();
      expect([answer.status, answer.body]).toMatchObject([202, { status: 'pending', charged: 'unknown' }]);
      expect(answer.headers.get('retry-after')).not.toBeNull();
      await calm();
      await makeDue();
      expect(await succeeded()).toMatchObject([{ checks: 1 }]);
      await expectOneCharge();
    },
  );

  test.each([...PASSING, DISK_FULL])(
    '%s in claim: who repeats the request is answered 503 or 202, never that nothing was charged, and recovery goes on trying',
    async (state) => {
      await leftOpen();
      await raise('claim', state, ALWAYS);
      await makeDue();
      const answer = await press(GOOD_CARD, { prefer: 'wait=1' });
      expect([202, 503]).toContain(answer.status);
      expect(answer.body.charged).toBe('unknown');
      const tries = await raised();
      await eventually(raised, (now) => now > tries + 2, SETTLE_WITHIN_MS);
      expect(await rows()).toMatchObject([{ status: 'pending', checks: 0, fence: 1 }]);
      await calm();
      await succeeded();
      await expectOneCharge();
    },
  );
});

describe('a connection that breaks around a commit', () => {
  test('before record is executed: 503, nothing is recorded or charged, and the same key succeeds', async () => {
    const happened = cut('record', 'requests');
    expectUnavailable(await press());
    await happened;
    expect([await rows(), await charges()]).toEqual([[], []]);
    await expectOneCharge();
  });

  test('after record is committed: it is read again, and the caller is served', async () => {
    const happened = cut('record', 'answers');
    const answer = await press();
    await happened;
    expect([answer.status, answer.body.charged]).toEqual([201, 'yes']);
    await expectOneCharge();
  });

  test('after record is committed, and again when it is read: the caller does not know, and the same key meets what was recorded', async () => {
    await recordedUnseen();
    await expectOneCharge();
  });

  test('after record is committed, and nobody comes back: recovery carries it out, and it is charged once', async () => {
    await recordedUnseen();
    await makeDue();
    expect(await succeeded()).toMatchObject([{ checks: 1 }]);
    await expectOneCharge();
  });

  /** What the gateway says, what the caller is told, and what is written. */
  const OUTCOMES = [
    ['a charge', GOOD_CARD, 201, 'succeeded', 'yes'],
    ['a refusal', 'pm_card_chargeDeclined', 402, 'failed', 'no'],
    ['a customer who must authenticate', 'pm_card_authenticationRequired', 202, 'requires_action', 'no'],
    ['doubt', 'pm_sandbox_500_uncharged', 202, 'unknown', 'unknown'],
  ] as const;
  test.each(OUTCOMES.flatMap((outcome) => (['requests', 'answers'] as const).map((direction) => [direction, ...outcome] as const)))(
    'in the %s of a settle that writes %s: it is sent or read again, and the caller is told what is true',
    async (direction, _, card, status, written, charged) => {
      const happened = cut('settle', direction);
      const answer = await press(card);
      await happened;
      expect([answer.status, answer.body.charged]).toEqual([status, charged]);
      expect(await rows()).toMatchObject([{ status: written }]);
      const attempts = (await charges()).map((charge) => charge.attempts);
      expect(attempts).toEqual(written === 'unknown' ? [] : [1]);
      if (written === 'succeeded') {
        expect(await settles()).toBe(1);
        await expectOneCharge();
      }
    },
  );

  test.each(['requests', 'answers'] as const)('in the %s of a claim: the check comes again, and it is charged once', async (direction) => {
    await leftOpen();
    const happened = cut('claim', direction);
    await makeDue();
    await happened;
    const [row] = await rows();
    expect(row).toMatchObject(direction === 'answers' ? { checks: 1, fence: 2 } : { checks: expect.any(Number) });
    await makeDue();
    await succeeded();
    await expectOneCharge();
  });

  test('at every try of a settle: 202, charged unknown; the money is found by the next check', async () => {
    const all = [0, 1, 2].map(() => cut('settle', 'requests'));
    const answer = await press();
    expect([answer.status, answer.body]).toMatchObject([202, { status: 'pending', charged: 'unknown' }]);
    await Promise.all(all);
    await makeDue();
    expect(await succeeded()).toMatchObject([{ checks: 1 }]);
    await expectOneCharge();
  });
});

test('after all of that the books agree with the gateway', async () => {
  await expectInvariants({ sql, charges: () => shop.charges() });
});

/** An operation that was recorded for a caller who was told that nobody knows. */
async function recordedUnseen(): Promise<void> {
  // A look is asked once more by itself.
  const happened = cut('record', 'answers').then(() => Promise.all([cut('look', 'requests'), cut('look', 'requests')]));
  expectUnavailable(await press());
  await happened;
  expect(await rows()).toMatchObject([{ status: 'pending' }]);
  expect(await charges()).toEqual([]);
}

/** An operation whose charge was made and whose outcome nobody could write down. */
async function leftOpen(): Promise<void> {
  await raise('settle', DISK_FULL, ALWAYS);
  const answer = await press();
  expect([answer.status, answer.body.status]).toEqual([202, 'pending']);
  await calm();
}
