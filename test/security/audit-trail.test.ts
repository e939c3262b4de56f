import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { AuditLog } from '../../src/platform/audit/audit-log.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';
import { BODIES, bearer, everyRow, json, send } from './walk.js';

const UNWRITABLE = 'the database refuses to write this down';

let shop: Shop;

beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
});
afterAll(() => shop?.close());

/** An operation that waits for its customer. */
async function waiting(): Promise<string> {
  return (await shop.as(newUser()).subscribe('pro', { paymentMethod: 'pm_card_authenticationRequired' })).body.id as string;
}

function rowsAbout(object: string) {
  return shop.sql('select * from audit where object = $1 order by number', [object]);
}

describe('an act of an admin', () => {
  test('is written down with who, as what, when, what, on what, why and in which request', async () => {
    const id = await waiting();
    const done = await shop
      .as('operator_7', ['operator'])
      .post(`/v1/admin/operations/${id}/cancel`, { reason: 'asked to by the customer' });
    const [row] = await rowsAbout(id);
    expect(row).toMatchObject({
      actor: 'operator_7',
      actor_roles: ['operator'],
      action: 'operation.cancel',
      object: id,
      reason: 'asked to by the customer',
      before: { status: 'requires_action' },
      request_id: done.headers.get('request-id'),
    });
    expect(Math.abs(Date.now() - row.at.getTime())).toBeLessThan(60_000);
  });

  test('on a plan is written down with the plan before and after', async () => {
    const admin = shop.as('admin_1', ['admin']);
    const plan = {
      id: 'audited',
      name: 'Audited',
      price: { amount: 100, currency: 'USD' },
      interval: 'month',
      reason: 'a plan to look at',
    };
    await admin.post('/v1/admin/plans', plan);
    await admin.send(
      'PATCH',
      '/v1/admin/plans/audited',
      { name: 'Renamed', reason: 'another name for it' },
      { 'idempotency-key': newKey() },
    );
    const rows = await rowsAbout('audited');
    expect(rows.map(({ action, before, after }) => [action, before?.name ?? null, after.name])).toEqual([
      ['plan.create', null, 'Audited'],
      ['plan.update', 'Audited', 'Renamed'],
    ]);
  });

  test('on evidence is written down with the evidence', async () => {
    const { body } = await shop.as(newUser()).subscribe('pro', { paymentMethod: 'pm_sandbox_500_uncharged' });
    const evidence = { outcome: 'charged', gatewayReference: 'pi_seen_there', reason: 'seen at the gateway' };
    const done = await shop.as('admin_1', ['admin']).post(`/v1/admin/operations/${body.id}/resolve`, evidence);
    expect(done.status).toBe(200);
    const [row] = await rowsAbout(body.id);
    expect(row.before.status).toBe('unknown');
    expect(row.after).toMatchObject({ status: 'succeeded', outcome: 'charged', gatewayReference: 'pi_seen_there' });
  });

  test('that gives money back is written down with what is given back, by which refund', async () => {
    const { body } = await shop.as(newUser()).subscribe('pro');
    const wish = { amount: { amount: 500, currency: 'USD' }, reason: 'an apology for the outage' };
    const done = await shop.as('operator_7', ['operator']).post(`/v1/admin/operations/${body.id}/refund`, wish);
    expect(done.body.status).toBe('succeeded');
    const after = { refundedToCard: 500, refundedToCredit: 0, refund: done.body.id, to: 'card', amount: wish.amount };
    expect(await rowsAbout(body.id)).toMatchObject([
      { action: 'operation.refund', actor: 'operator_7', before: { refundedToCard: 0 }, after, request_id: done.headers.get('request-id') },
    ]);
  });

  test('that is refused leaves no row and does not use up its key', async () => {
    const { body } = await shop.as(newUser()).subscribe('free');
    const admin = shop.as('admin_1', ['admin']);
    for (const [verb, extra] of [
      ['recover', {}],
      ['cancel', {}],
      ['resolve', { outcome: 'charged' }],
      ['refund', {}],
    ] as const) {
      const key = newKey();
      const refused = () => admin.post(`/v1/admin/operations/${body.id}/${verb}`, { reason: 'too late for this', ...extra }, { key });
      expect((await refused()).status).toBe(409);
      expect((await refused()).status).toBe(409);
    }
    expect(await rowsAbout(body.id)).toEqual([]);
  });
});

describe('a row', () => {
  beforeAll(async () => {
    const left = { reason: 'asked to by the customer' };
    expect((await shop.as('operator_1', ['operator']).post(`/v1/admin/operations/${await waiting()}/cancel`, left)).status).toBe(200);
  });

  test.each([
    ["update audit set reason = 'nothing to see here'"],
    ["update audit set actor = 'somebody_else' where number = 1"],
    ['delete from audit where number = 1'],
    ['truncate audit'],
    ['truncate audit cascade'],
  ])('cannot be taken back: %s', async (statement) => {
    const before = await shop.sql('select * from audit order by number');
    expect(before.length).toBeGreaterThan(0);
    await expect(shop.sql(statement)).rejects.toThrow('the audit is append-only');
    expect(await shop.sql('select * from audit order by number')).toEqual(before);
  });

  test('cannot choose its number or its hash', async () => {
    const [{ last }] = await shop.sql('select max(number)::int as last from audit');
    await shop.sql(
      `insert into audit (number, id, actor, actor_roles, action, object, reason, request_id, previous_hash, hash)
       values (9999, gen_random_uuid(), 'x', '[]', 'x', 'x', 'written by hand', 'req', 'forged', 'forged')`,
    );
    expect(await shop.sql('select number::int, hash from audit order by number desc limit 1')).toEqual([
      { number: last + 1, hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
    expect(await shop.service.app.get(AuditLog).brokenLink()).toBeNull();
  });
});

describe('the chain', () => {
  /** What somebody can do who owns the table. */
  async function tamper(statement: string, undo: string): Promise<number | null> {
    await shop.sql('alter table audit disable trigger all');
    try {
      await shop.sql(statement);
      return await shop.service.app.get(AuditLog).brokenLink();
    } finally {
      await shop.sql(undo);
      await shop.sql('alter table audit enable trigger all');
    }
  }

  const restore = (column: string) => `update audit a set ${column} = k.${column} from audit_copy k where k.number = a.number`;

  beforeAll(async () => {
    const id = await waiting();
    for (const text of ['the first note', 'the second note', 'the third note'])
      await shop.as('operator_7', ['operator']).post(`/v1/admin/operations/${id}/notes`, { text });
    await shop.sql('create table audit_copy as table audit');
  });
  afterAll(() => shop.sql('drop table audit_copy'));

  test('is whole as long as nobody touches it, however many write at once', async () => {
    const id = await waiting();
    const write = (n: number) =>
      shop.as(`operator_${n}`, ['operator']).post(`/v1/admin/operations/${id}/notes`, { text: `note ${n} of many` });
    await Promise.all(Array.from({ length: 8 }, (_, n) => write(n)));
    expect(await rowsAbout(id)).toHaveLength(8);
    expect(await shop.service.app.get(AuditLog).brokenLink()).toBeNull();
  });

  test.each([
    ['one byte of a reason', 'reason', `overlay(reason placing 'X' from 2 for 1)`],
    ['who did it', 'actor', `'somebody_else'`],
    ['as what', 'actor_roles', `'["nobody"]'`],
    ['what was before', 'before', `'{"status":"succeeded"}'`],
    ['when', 'at', `at - interval '1 microsecond'`],
    ['the request', 'request_id', `'req_other'`],
    ['the hash itself', 'hash', `repeat('0', 64)`],
  ])('shows that somebody changed %s', async (_, column, value) => {
    expect(await tamper(`update audit set "${column}" = ${value} where number = 2`, restore(column))).toBe(2);
  });

  test('shows that a row is missing, and where', async () => {
    const broken = await tamper('delete from audit where number = 3', 'insert into audit select * from audit_copy where number = 3');
    expect(broken).toBe(4);
  });

  test('shows a change whose hash was made to fit', async () => {
    const rehash = `hash = encode(sha256(convert_to(jsonb_build_array(previous_hash, number, id, extract(epoch from at), actor,
      actor_roles, action, object, 'a better reason', before, after, request_id)::text, 'UTF8')), 'hex')`;
    const undo = 'update audit a set reason = k.reason, hash = k.hash from audit_copy k where k.number = a.number';
    expect(await tamper(`update audit set ${rehash}, reason = 'a better reason' where number = 2`, undo)).toBe(3);
    expect(await shop.service.app.get(AuditLog).brokenLink()).toBeNull();
  });
});

describe('a service that owns nothing in its database', () => {
  const role = `service_${newUser().slice(5).replaceAll('-', '')}`;
  let lowly: Shop;

  beforeAll(async () => {
    await shop.sql(`create role ${role} login password 'of-the-tests'`);
    await shop.sql(`grant select, insert, update, delete on all tables in schema public to ${role}`);
    await shop.sql(`revoke update, delete on audit from ${role}`);
    const url = new URL(shop.databaseUrl);
    [url.username, url.password] = [role, 'of-the-tests'];
    lowly = await Shop.open({ leases: 'postgres', env: { ROLES: 'api', DATABASE_URL: url.href } });
  });
  afterAll(async () => {
    await lowly?.close();
    await shop.sql(`drop owned by ${role}`);
    await shop.sql(`drop role ${role}`);
  });

  test('does its work', async () => {
    const user = lowly.as(newUser());
    expect((await user.subscribe('studio-a')).status).toBe(201);
    const { body } = await user.post('/v1/me/subscription/cancel', { at: 'now' });
    expect(body.status).toBe('succeeded');
    expect(
      (await lowly.as('operator_7', ['operator']).post(`/v1/admin/operations/${body.id}/notes`, { text: 'left after a minute' })).status,
    ).toBe(200);
    expect(await rowsAbout(body.id)).toHaveLength(1);
  });

  test.each([
    'update audit set reason = reason',
    'delete from audit',
    'truncate audit',
    'alter table audit disable trigger all',
    'drop table audit',
    'create table mine ()',
  ])('is refused: %s', async (statement) => {
    const client = new pg.Client({ connectionString: lowly.databaseUrl });
    await client.connect();
    await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' });
    await client.end();
  });
});

test('nothing is done that cannot be written down', async () => {
  await shop.sql(`create function refuse() returns trigger language plpgsql as $$ begin raise exception 'the disk is full'; end $$`);
  await shop.sql(`create trigger refuse before insert on audit for each row when (new.reason = '${UNWRITABLE}') execute function refuse()`);
  const doubtful = (await shop.as(newUser()).subscribe('studio-a', { paymentMethod: 'pm_sandbox_500_uncharged' })).body.id as string;
  const [id, payment] = [await waiting(), (await shop.as(newUser()).subscribe('pro')).body.id as string];
  const [user, paused] = [newUser(), newUser()];
  for (const each of [user, paused]) expect((await shop.as(each).subscribe('pro')).status).toBe(201);
  expect((await shop.as(paused).post('/v1/me/subscription/pause')).status).toBe(200);
  const { audit: _, ...before } = await everyRow(shop);
  const charges = await shop.charges();
  const authorization = await bearer('admin_1', ['admin']);
  for (const [name, body] of Object.entries(BODIES).filter(([name]) => name.includes('/admin/'))) {
    const [method = '', path = ''] = name.split(' ');
    const object = name.includes('plans') ? 'basic' : name.endsWith('/cancel') ? id : name.endsWith('/refund') ? payment : doubtful;
    const unwritable = 'text' in body ? { ...body, text: UNWRITABLE } : { ...body, reason: UNWRITABLE };
    const sent = await send(
      shop,
      method,
      path.replace('{id}', object).replace('{userId}', name.endsWith('/resume') ? paused : user),
      json(authorization),
      JSON.stringify(unwritable),
    );
    expect([name, sent.status]).toEqual([name, 500]);
  }
  const { audit: __, ...after } = await everyRow(shop);
  expect(after).toEqual(before);
  expect(await shop.charges()).toEqual(charges);
});
