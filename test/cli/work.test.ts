import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { newUser } from '../kit/names.js';
import { endServers, newDataDir } from '../kit/processes.js';
import { Shop } from '../kit/shop.js';
import { eventually } from '../kit/waiting.js';
import { counterfoil, environmentOf, READY_WITHIN_MS } from './counterfoil.js';

// Each starts servers or programs, which takes seconds where the machine is busy.
jest.setTimeout(120_000);

let dataDir: string;
let shop: Shop;
let env: Record<string, string>;
/** One that is over and one in doubt, whose money moved. */
const done = { id: '', user: newUser() };
const doubtful = { id: '', user: newUser() };

beforeAll(async () => {
  dataDir = await newDataDir();
  // Whoever comes first builds the program, which takes longer than a test may.
  await counterfoil(dataDir, {}, '--help');
  // What is in doubt is not stuck before a test says so, however long programs take to start.
  shop = await Shop.open({ leases: 'redlock', env: { ROLES: 'api', RECOVERY_SCHEDULE: '1h,2h' } });
  env = environmentOf(shop);
  done.id = (await shop.as(done.user).subscribe('pro')).body.id;
  doubtful.id = (await shop.as(doubtful.user).subscribe('studio-a', { paymentMethod: 'pm_sandbox_500_charged' })).body.id;
}, READY_WITHIN_MS);
afterAll(async () => {
  await shop?.close();
  await endServers();
});

const cli = (...args: string[]) => counterfoil(dataDir, env, ...args);

describe('counterfoil migrate', () => {
  test('makes an empty database ready once, however many do it at once, and again changes nothing', async () => {
    const name = `empty_${randomUUID().replaceAll('-', '')}`;
    await shop.sql(`create database ${name}`);
    const url = shop.databaseUrl.replace(/[^/]*$/, name);
    const migrate = () => counterfoil(dataDir, { ...env, DATABASE_URL: url }, 'migrate', '--json');
    const both = await Promise.all([migrate(), migrate()]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    const applied = both.map((told) => told.json().applied.length as number);
    expect([Math.min(...applied), Math.max(...applied)]).toEqual([0, expect.any(Number)]);
    expect(Math.max(...applied)).toBeGreaterThan(0);
    const again = await counterfoil(dataDir, { ...env, DATABASE_URL: url }, 'migrate');
    expect([again.code, again.stdout]).toEqual([0, 'The schema is up to date.\n']);
    expect(await tables(url)).toEqual(await tables(shop.databaseUrl));
    await shop.sql(`drop database ${name} with (force)`);
  });

  test('fails where there is no database, with a sentence and no stack', async () => {
    const { code, stdout, stderr } = await counterfoil(dataDir, { ...env, DATABASE_URL: 'postgres://127.0.0.1:1/x' }, 'migrate');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/ECONNREFUSED/);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  async function tables(url: string): Promise<unknown[]> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query(
      `select table_name, column_name, data_type from information_schema.columns where table_schema = 'public' order by 1, 2`,
    );
    await client.end();
    return rows;
  }
});

describe('counterfoil ops', () => {
  test('ls shows the newest first, a line each, and says when there is none', async () => {
    const [all, stuck] = await Promise.all([cli('ops', 'ls'), cli('ops', 'ls', '--stuck')]);
    expect([all.code, all.stderr, stuck.stdout]).toEqual([0, '', 'No operations.\n']);
    const lines = all.stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(new RegExp(`^\\S+Z  ${doubtful.id}  unknown +subscribe +\\$25\\.00  ${doubtful.user}  studio-a$`));
    expect(lines[1]).toMatch(new RegExp(`${done.id}  succeeded +subscribe +\\$19\\.00  ${done.user}  pro$`));
  });

  test('ls is narrowed down by status, user and number', async () => {
    const idsOf = async (...args: string[]) => (await cli('ops', 'ls', '--json', ...args)).json().map(({ id }: { id: string }) => id);
    expect(await Promise.all([idsOf('--status', 'succeeded', 'needs_review', '--limit', '1'), idsOf('--user', done.user)])).toEqual([
      [done.id],
      [done.id],
    ]);
  });

  test('show tells the story, as JSON too', async () => {
    const [text, json] = await Promise.all([cli('ops', 'show', done.id), cli('ops', 'show', done.id, '--json')]);
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(
      new RegExp(`^${done.id}  subscribe of ${done.user}, nothing → pro, \\$19\\.00\nsucceeded, charged: yes, 1 gateway attempts`),
    );
    for (const type of ['recorded', 'gateway.answered', 'settled']) expect(text.stdout).toMatch(new RegExp(`^  \\S+Z  ${type} `, 'm'));
    expect(json.json()).toMatchObject({
      id: done.id,
      status: 'succeeded',
      timeline: [{ type: 'recorded' }, { type: 'gateway.answered' }, { type: 'settled' }],
    });
  });

  test('show and recover of what is not there fail with a sentence', async () => {
    const [malformed, recovered] = await Promise.all([
      cli('ops', 'show', 'nonsense', '--json'),
      cli('ops', 'recover', 'op_01k0000000e0080000000000000', '--reason', 'because it must be'),
    ]);
    for (const { code, stdout, stderr } of [malformed, recovered]) {
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^.+\n$/);
    }
  });

  test('recover settles what is in doubt by what the gateway says, and writes down who did it and why', async () => {
    const [short, over] = await Promise.all([
      cli('ops', 'recover', doubtful.id, '--reason', 'short'),
      cli('ops', 'recover', done.id, '--reason', 'although it is over'),
    ]);
    expect([short.code, short.stderr]).toEqual([1, 'The reason must have at least 8 characters.\n']);
    expect([over.code, over.stderr]).toEqual([1, 'The operation is over.\n']);
    const told = await cli('ops', 'recover', doubtful.id, '--reason', 'found while looking', '--json');
    expect([told.code, told.json()]).toMatchObject([
      0,
      { id: doubtful.id, status: 'succeeded', charged: 'yes', subscription: { planId: 'studio-a' } },
    ]);
    const written = await shop.sql('select actor, reason, actor_roles from audit');
    expect(written).toEqual([{ actor: expect.stringMatching(/^cli:\w+/), reason: 'found while looking', actor_roles: ['operator'] }]);
    expect((await shop.as(doubtful.user).get('/v1/me/subscription')).body.planId).toBe('studio-a');
  });

  test('recover says with its exit code that the doubt is still there', async () => {
    const user = newUser();
    const { body } = await shop.as(user).subscribe('basic', { paymentMethod: 'pm_sandbox_500_uncharged' });
    const told = await cli('ops', 'recover', body.id, '--reason', 'asked once more');
    expect([told.code, told.stdout.split('\n')[1]]).toEqual([1, expect.stringMatching(/^unknown, charged: unknown/)]);
    await shop.sql('delete from operation_keys where user_id = $1', [user]);
    await shop.sql(`update operations set status = 'failed' where user_id = $1`, [user]);
  });
});

describe('counterfoil doctor', () => {
  const HEALTHY = ['database and schema', 'clock', 'leases', 'gateway', 'audit', 'operations'];

  test('finds that all is well, and says so line by line', async () => {
    const { stdout, stderr } = await eventually(
      () => cli('doctor'),
      ({ code }) => code === 0,
      20_000,
    );
    expect(stderr).toBe('');
    expect(stdout.match(/^ok {4}[^:]+/gm)).toEqual(HEALTHY.map((check) => `ok    ${check}`));
    expect(stdout.trimEnd().split('\n')).toHaveLength(HEALTHY.length);
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['leases', { REDIS_URLS: 'redis://127.0.0.1:1' }, /./],
    ['gateway', { STRIPE_API_BASE: 'http://127.0.0.1:1' }, /./],
  ])('finds that the %s cannot be reached, and ends with 1', async (check, broken, detail) => {
    await expectBroken(check, { ...env, ...broken }, detail);
  });

  test('finds that the database cannot be reached, and ends with 1', async () => {
    const { code, stdout, stderr } = await counterfoil(dataDir, { ...env, DATABASE_URL: 'postgres://127.0.0.1:1/x' }, 'doctor');
    expect(code).toBe(1);
    expect(stdout + stderr).toMatch(/FAIL {2}database and schema: .*ECONNREFUSED/);
  });

  test('finds that the schema is behind, and ends with 1', async () => {
    await shop.sql(`update migrations set name = name || '_gone'`);
    await expectBroken('database and schema', env, /The schema is behind/);
    await shop.sql(`update migrations set name = replace(name, '_gone', '')`);
  });

  test('finds an operation that waits for a person, and ends with 1', async () => {
    const { body } = await shop.as(newUser()).subscribe('basic', { paymentMethod: 'pm_card_authenticationRequired' });
    const uuid = `(select id from operations where status = 'requires_action')`;
    await shop.sql(`update operations set status = 'needs_review' where id = ${uuid}`);
    await expectBroken('operations', env, /counterfoil ops ls --stuck/);
    expect((await cli('ops', 'ls', '--stuck')).stdout).toContain(body.id);
    await shop.sql(`update operations set status = 'failed' where status = 'needs_review'`);
  });

  test('finds an audit that was tampered with, and ends with 1', async () => {
    await shop.sql('alter table audit disable trigger all');
    await shop.sql(`update audit set reason = 'found while sleeping' where number = 1`);
    await expectBroken('audit', env, /entry 1 was tampered with/);
  });

  /** On a machine that is very busy another check may be late as well. */
  async function expectBroken(broken: string, environment: Record<string, string>, detail: RegExp): Promise<void> {
    const told = await counterfoil(dataDir, environment, 'doctor', '--json');
    expect(told.code).toBe(1);
    expect(told.json()).toContainEqual({ check: broken, ok: false, detail: expect.stringMatching(detail) });
  }
});
