import { afterAll, afterEach, describe, expect, jest, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunningPostgres, runningPostgresUrl, startPostgres } from '../../../src/platform/embedded/postgres.js';
import { isAlive, identityOf } from '../../../src/platform/embedded/process-identity.js';
import { otherProcess } from './other-process.js';
import { sql } from './sql.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

// Each starts servers or programs, which takes seconds where the machine is busy.
jest.setTimeout(120_000);

const started: RunningPostgres[] = [];
afterEach(() => Promise.all(started.splice(0).map((postgres) => postgres.stop())));
afterAll(removeTemporaryFolders);

async function start(dataDir: string, port?: number): Promise<RunningPostgres> {
  const postgres = await startPostgres({ dataDir, durable: false, ...(port === undefined ? {} : { port }) });
  started.push(postgres);
  return postgres;
}

const bootTime = (url: string) => sql(url, 'select pg_postmaster_start_time()::text');

describe('an embedded Postgres', () => {
  test('speaks UTF8 and UTC to user and database counterfoil on 127.0.0.1 alone', async () => {
    const { url } = await start(await temporaryFolder());
    expect(new URL(url)).toMatchObject({ hostname: '127.0.0.1', username: 'counterfoil', pathname: '/counterfoil' });
    const settings = ['server_encoding', 'TimeZone', 'listen_addresses', 'unix_socket_directories'].map(
      (name) => `current_setting('${name}')`,
    );
    expect(await sql(url, `select ${settings.join()}`)).toEqual(['UTF8', 'UTC', '127.0.0.1', '']);
  });

  test('is durable unless it is told not to be', async () => {
    const postgres = await startPostgres({ dataDir: await temporaryFolder() });
    started.push(postgres);
    const settings = ['fsync', 'synchronous_commit', 'full_page_writes', 'max_connections'].map((name) => `current_setting('${name}')`);
    expect(await sql(postgres.url, `select ${settings.join()}`)).toEqual(['on', 'on', 'on', '100']);
  });

  test('lets nobody in without the generated password, which no other user can read', async () => {
    const dataDir = await temporaryFolder();
    const { url } = await start(dataDir);
    const wrong = new URL(url);
    wrong.password = 'wrong';
    await expect(sql(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    expect((await stat(join(dataDir, 'secrets', 'postgres-password'))).mode & 0o077).toBe(0);
    expect(await sql(url, "select rolpassword like 'SCRAM-SHA-256$%' from pg_authid where rolname = 'counterfoil'")).toEqual([true]);
  });

  test('keeps its data and its port when it is stopped and started', async () => {
    const dataDir = await temporaryFolder();
    const first = await start(dataDir);
    await sql(first.url, 'create table kept as select 42 as answer');
    await first.stop();
    await expect(sql(first.url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const second = await start(dataDir);
    expect(second.url).toBe(first.url);
    expect(second.adopted).toBe(false);
    expect(await sql(second.url, 'select answer from kept')).toEqual([42]);
  });

  test('takes another port when somebody listens on the one of last time', async () => {
    const dataDir = await temporaryFolder();
    const first = await start(dataDir);
    await first.stop();
    const stranger = createServer().listen(Number(new URL(first.url).port), '127.0.0.1');
    await once(stranger, 'listening');
    const second = await start(dataDir);
    stranger.close();
    expect(new URL(second.url).port).not.toBe(new URL(first.url).port);
    expect(await sql(second.url, 'select 1')).toEqual([1]);
  });

  test('on a port that was asked for and is taken is refused in one sentence that says where to look', async () => {
    const stranger = createServer().listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const address = stranger.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const refused = start(await temporaryFolder(), port);
    await expect(refused).rejects.toThrow(/^Postgres ended while it started: .*(lock|TCP|listen|bind).* \(log: .*postgres\.log\)\.$/);
    stranger.close();
  });

  test('can be found by others who only look, and is not started by them', async () => {
    const dataDir = await temporaryFolder();
    expect(await runningPostgresUrl(dataDir)).toBeNull();
    const running = await start(dataDir);
    const { url } = running;
    expect(await runningPostgresUrl(dataDir)).toBe(url);
    await running.stop();
    expect(await runningPostgresUrl(dataDir)).toBeNull();
  });
});

describe('an embedded Postgres that several processes use', () => {
  test('is started once when they start at the same moment, and stopped by the last one', async () => {
    const dataDir = await temporaryFolder();
    const [one, two] = await Promise.all([otherProcess('postgres', { dataDir }), otherProcess('postgres', { dataDir })]);
    expect([one, two].filter(({ answer }) => answer['adopted'] === true)).toHaveLength(1);
    expect(one.answer['url']).toBe(two.answer['url']);
    const [starter, joiner] = one.answer['adopted'] ? [two, one] : [one, two];
    const url = String(one.answer['url']);
    await starter.finish();
    expect(await sql(url, 'select 1')).toEqual([1]);
    await joiner.finish();
    await expect(sql(url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('goes on when one that joined lets go', async () => {
    const dataDir = await temporaryFolder();
    const { url } = await start(dataDir);
    const joiner = await otherProcess('postgres', { dataDir });
    expect(joiner.answer['adopted']).toBe(true);
    await joiner.finish();
    expect(await sql(url, 'select 1')).toEqual([1]);
  });

  test('outlives the one that was killed, is adopted without a restart, and ends with its adopter', async () => {
    const dataDir = await temporaryFolder();
    const killed = await otherProcess('postgres', { dataDir });
    const booted = await bootTime(String(killed.answer['url']));
    await killed.kill();
    const adopter = await start(dataDir);
    expect(adopter.adopted).toBe(true);
    expect(await bootTime(adopter.url)).toEqual(booted);
    await adopter.stop();
    await expect(sql(adopter.url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('does not hear the Ctrl-C that its parent drains after', async () => {
    const parent = await otherProcess('postgres', { dataDir: await temporaryFolder() });
    process.kill(-parent.pid, 'SIGINT');
    const server = await identityOf(Number(parent.answer['pid']));
    // A fast shutdown takes some 40 ms; there is nothing to wait for that does not happen.
    await sleep(300);
    expect(server !== null && (await isAlive(server))).toBe(true);
    expect(await sql(String(parent.answer['url']), 'select 1')).toEqual([1]);
    await parent.finish();
  });
});

describe('after a crash, an embedded Postgres', () => {
  test('that was killed itself is started again with what was committed', async () => {
    const dataDir = await temporaryFolder();
    const first = await start(dataDir);
    await sql(first.url, 'create table kept as select 42 as answer');
    process.kill(first.pid, 'SIGKILL');
    const second = await start(dataDir);
    expect(second.adopted).toBe(false);
    expect(second.pid).not.toBe(first.pid);
    expect(await sql(second.url, 'select answer from kept')).toEqual([42]);
  });

  test('is started although its pid file names a process that is somebody else by now', async () => {
    const dataDir = await temporaryFolder();
    const stopped = await start(dataDir);
    await stopped.stop();
    const folder = join(dataDir, 'postgres');
    const { uid, gid } = await stat(folder);
    const stranger = spawn('sleep', ['60'], { uid, gid });
    await once(stranger, 'spawn');
    const port = new URL(stopped.url).port;
    await writeFile(join(folder, 'postmaster.pid'), [stranger.pid, folder, 1, port, '', '127.0.0.1', '', 'ready', ''].join('\n'), {
      mode: 0o600,
    });
    await chown(join(folder, 'postmaster.pid'), uid, gid);
    expect(await runningPostgresUrl(dataDir)).toBeNull();
    const again = await start(dataDir);
    expect(await sql(again.url, 'select 1')).toEqual([1]);
    expect(stranger.exitCode).toBeNull();
    stranger.kill();
  });

  test('in the middle of its first start begins anew and leaves no half cluster behind', async () => {
    const dataDir = await temporaryFolder();
    await mkdir(join(dataDir, 'postgres-draft-killed'));
    await start(dataDir);
    expect((await readdir(dataDir)).sort()).toEqual(['logs', 'postgres', 'run', 'secrets']);
  });
});

describe('an embedded Postgres is refused in one sentence', () => {
  test('when the data was written by another major version', async () => {
    const dataDir = await temporaryFolder();
    await mkdir(join(dataDir, 'postgres'));
    await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '15\n');
    await expect(start(dataDir)).rejects.toThrow(/was written by Postgres 15 and this is Postgres 18: move the folder away/);
  });

  test('when something else lies where the data belongs, and it is left alone', async () => {
    const dataDir = await temporaryFolder();
    await mkdir(join(dataDir, 'postgres'));
    await writeFile(join(dataDir, 'postgres', 'photo'), 'mine');
    await expect(start(dataDir)).rejects.toThrow(/is not a Postgres cluster; move it away\.$/);
    expect(await readFile(join(dataDir, 'postgres', 'photo'), 'utf8')).toBe('mine');
  });

  test('when the data folder cannot be made', async () => {
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    await expect(start(join(file, 'data'))).rejects.toThrow(/^The data folder .* cannot be written \(ENOTDIR\): set DATA_DIR/);
  });
});
