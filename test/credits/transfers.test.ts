import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { grantCredit } from '../../src/credits/grants.js';
import { TRANSFER_SQL } from '../../src/credits/transfer.sql.js';
import { newId } from '../../src/platform/ids.js';
import { createDatabase, type TestDatabase } from '../kit/databases.js';
import { FaultProxy, READY_FOR_QUERY, type Direction } from '../kit/fault-proxy.js';
import { expectInvariants } from '../kit/invariants.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop, type Answer } from '../kit/shop.js';
import { atOnce, eventually } from '../kit/waiting.js';
import { balancesOf, lockOf, movedBy, transfer, usd, userWith } from './purses.js';
import { inTheWay, waitingSessions } from '../kit/in-the-way.js';

let database: TestDatabase;
let proxy: FaultProxy;
/** Its database is behind the proxy. */
let shop: Shop;
let from: string;
let to: string;
let key: string;

beforeAll(async () => {
  database = await createDatabase();
  const { hostname: host, port } = new URL(database.url);
  proxy = await FaultProxy.to({ host, port: Number(port) });
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api', DATABASE_URL: proxy.instead(database.url) } });
});
afterAll(async () => {
  await expectInvariants(shop);
  await shop.close();
  proxy.close();
  await database.drop();
});
beforeEach(async () => {
  [from, to, key] = [await userWith(shop, { USD: 100 }), await userWith(shop, { USD: 100 }), newKey()];
});

const codes = (answers: Answer[]) => answers.map(({ status, body }) => String(body.code ?? status)).sort();

describe('transfers of one user that wait for each other', () => {
  test('under one key are one: who comes second and finds the credit gone is answered what the first did with it', async () => {
    const answers = await inTheWay(shop, lockOf(from), async (waiting, client) => {
      const sent = [0, 1].map(() => transfer(shop, from, to, 100, { key }));
      await waiting(2);
      await client.query('rollback');
      return Promise.all(sent);
    });
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(answers[0]?.body).toEqual(answers[1]?.body);
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true')).toHaveLength(1);
    expect(await movedBy(shop, from)).toBe(100);
  });

  test('under one key are one, also where there is credit for both', async () => {
    const answers = await inTheWay(shop, lockOf(from), async (waiting, client) => {
      const sent = [0, 1, 2].map(() => transfer(shop, from, to, 30, { key }));
      await waiting(3);
      await client.query('rollback');
      return Promise.all(sent);
    });
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1);
    expect(await movedBy(shop, from)).toBe(30);
  });

  test('under a key each, with credit for one: one is served, the other refused with what is left', async () => {
    const answers = await inTheWay(shop, lockOf(from), async (waiting, client) => {
      const sent = [60, 70].map((amount) => transfer(shop, from, to, amount));
      await waiting(2);
      await client.query('rollback');
      return Promise.all(sent);
    });
    expect(codes(answers)).toEqual(['201', 'insufficient-credit']);
    const [refused] = answers.filter(({ status }) => status === 409) as [Answer];
    expect(refused.body.credits.data).toEqual([{ currency: 'USD', balance: 100 - (await movedBy(shop, from)), reserved: 0 }]);
  });

  test('find out what the sender saw when it is their turn: of two that saw the same, one is served and the other concedes', async () => {
    const answers = await inTheWay(shop, lockOf(from), async (waiting, client) => {
      const sent = [10, 20].map((amount) => transfer(shop, from, to, amount, { 'if-match': '"1"' }));
      await waiting(2);
      await client.query('rollback');
      return Promise.all(sent);
    });
    expect(codes(answers)).toEqual(['201', 'credits-changed']);
    const [refused] = answers.filter(({ status }) => status === 412) as [Answer];
    expect([refused.headers.get('etag'), refused.body.credits.version]).toEqual(['"2"', 2]);
  });
});

describe('the accounts of a transfer', () => {
  test('are taken as they stand when they are locked: credit that came in meanwhile can be given away', async () => {
    const rows = await shop.service.app.get(DataSource).transaction(async (tx) => {
      await grantCredit(tx, { movementId: newId(), userId: from, amount: usd(500), ifMatch: null });
      const asked = {
        movement_id: newId(),
        from_user_id: from,
        to_user_id: to,
        ...usd(300),
        seen: null,
        idempotency_key: key,
        fingerprint: 'f',
      };
      const moving = shop.sql(TRANSFER_SQL, [JSON.stringify(asked)]);
      await eventually(waitingSessions(shop), (sessions) => sessions.length === 1);
      return { moving };
    });
    expect(await rows.moving).toHaveLength(1);
    expect(await balancesOf(shop, from)).toEqual({ USD: 300 });
  });

  test.each(['sender', 'receiver'])(
    'are locked in one order: while the first is taken, here that of the %s, the other is free',
    async (first) => {
      const [one, other] = [from, to].sort() as [string, string];
      const [sender, receiver] = first === 'sender' ? [one, other] : [other, one];
      await inTheWay(shop, lockOf(one), async (waiting, client) => {
        const sent = transfer(shop, sender, receiver, 10);
        await waiting(1);
        const free = await client.query('select user_id from credit_accounts where user_id = $1 for update skip locked', [other]);
        expect(free.rows).toHaveLength(1);
        await client.query('rollback');
        expect((await sent).status).toBe(201);
      });
    },
  );

  test('never keep two in both directions from their end', async () => {
    const answers = await atOnce(40, (n) => transfer(shop, n % 2 ? from : to, n % 2 ? to : from, 1));
    expect(codes(answers)).toEqual(Array(40).fill('201'));
    expect([await balancesOf(shop, from), await balancesOf(shop, to)]).toEqual([{ USD: 100 }, { USD: 100 }]);
  });

  test('are opened once, however many give to a newcomer at once', async () => {
    const newcomer = newUser();
    const answers = await atOnce(16, (n) => transfer(shop, n % 2 ? from : to, newcomer, 5));
    expect(codes(answers)).toEqual(Array(16).fill('201'));
    expect(await balancesOf(shop, newcomer)).toEqual({ USD: 80 });
  });
});

describe('a transfer whose connection is lost', () => {
  const cut = (direction: Direction) => proxy.cut(direction, 'credits.transfer.1', ...(direction === 'answers' ? [READY_FOR_QUERY] : []));

  test('after its commit costs the sender nothing: what is there is told', async () => {
    await transfer(shop, from, to, 1);
    const happened = cut('answers');
    const answer = await transfer(shop, from, to, 60, { key });
    await happened;
    expect([answer.status, answer.headers.get('idempotent-replayed')]).toEqual([201, null]);
    expect(await movedBy(shop, from)).toBe(61);
    expect((await transfer(shop, from, to, 60, { key })).body).toEqual(answer.body);
    expect(await movedBy(shop, from)).toBe(61);
  });

  test('before it was executed is 503, moves nothing, and the same key succeeds', async () => {
    const happened = cut('requests');
    const answer = await transfer(shop, from, to, 60, { key });
    await happened;
    expect(answer.body).toMatchObject({ status: 503, code: 'service-unavailable', charged: 'unknown', retryable: true });
    expect(await movedBy(shop, from)).toBe(0);
    expect((await transfer(shop, from, to, 60, { key })).status).toBe(201);
    expect(await movedBy(shop, from)).toBe(60);
  });
});

test.each(['40001', '40P01'])('a transfer that the database asks to have again, with %s, is sent again', async (sqlstate) => {
  await shop.sql('create sequence if not exists raised');
  await shop.sql('alter sequence raised restart');
  await shop.sql(`create or replace function raise_twice() returns trigger language plpgsql as $$
    begin if nextval('raised') <= 2 then raise exception 'raised by a test' using errcode = '${sqlstate}'; end if; return new; end $$`);
  await shop.sql('create or replace trigger raise_twice before insert on credit_entries for each row execute function raise_twice()');
  try {
    expect((await transfer(shop, from, to, 10, { key })).status).toBe(201);
  } finally {
    await shop.sql('drop trigger raise_twice on credit_entries');
  }
  expect(await movedBy(shop, from)).toBe(10);
});
