import { execFile } from 'node:child_process';
import { chmod, chown, lstat, mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { codeOf, messageOf } from './error-code.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { reaches, type ServerUser } from './server-user.js';

const run = promisify(execFile);

/** Where root keeps data that Postgres' user could not reach below the data folder. */
const MACHINE_FOLDER = '/var/lib/counterfoil';

const DRAFT = 'postgres-draft-';

export const OWNER = 'counterfoil';

/** The environment of Postgres' programs: none of the PG* variables that the caller may have set for another server. */
export const POSTGRES_ENV = { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' };

export interface ClusterOptions {
  dataDir: string;
  binaries: PostgresBinaries;
  user: ServerUser | null;
  password: string;
  durable: boolean;
}

/** The folder of a cluster that this version can open; made when there is none. Never a link: what it leads over may be closed to Postgres. */
export async function openCluster(options: ClusterOptions): Promise<string> {
  const folder = clusterFolder(options.dataDir);
  const major = await writtenByMajor(folder);
  if (major === null) await createCluster(folder, options);
  else if (major !== options.binaries.major) throw otherMajor(folder, major, options.binaries.major);
  return realpath(folder);
}

export function clusterFolder(dataDir: string): string {
  return join(dataDir, 'postgres');
}

async function writtenByMajor(folder: string): Promise<number | null> {
  try {
    return Number.parseInt(await readFile(join(folder, 'PG_VERSION'), 'utf8'), 10);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    if (codeOf(error) === 'EACCES')
      throw new Error(`The data in ${folder} belongs to another user; start as that one or as root.`, { cause: error });
    throw error;
  }
}

function otherMajor(folder: string, found: number, ours: number): Error {
  return new Error(
    `The data in ${folder} was written by Postgres ${found} and this is Postgres ${ours}: ` +
      `move the folder away to begin anew, or dump and restore it with Postgres ${found} and set DATABASE_URL.`,
  );
}

/** Made beside its place and moved there when whole, so that a crash on the way leaves nothing that looks like a cluster. */
async function createCluster(folder: string, options: ClusterOptions): Promise<void> {
  await refuseForeignContent(folder);
  await removeDrafts(dirname(folder));
  const parent = await parentFor(folder, options.user);
  const draft = await mkdtemp(join(parent, parent === dirname(folder) ? DRAFT : 'postgres-'));
  try {
    if (options.user !== null) await chown(draft, options.user.uid, options.user.gid);
    await initialise(draft, options);
    if (parent === dirname(folder)) await rename(draft, folder);
    else await symlink(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

/** Of first starts that were killed. It is our turn, so nobody is at work on one. */
async function removeDrafts(dataDir: string): Promise<void> {
  const drafts = (await readdir(dataDir)).filter((name) => name.startsWith(DRAFT));
  await Promise.all(drafts.map((name) => rm(join(dataDir, name), { recursive: true, force: true })));
}

async function refuseForeignContent(folder: string): Promise<void> {
  const found = await lstat(folder).catch(() => null);
  if (found?.isSymbolicLink()) await rm(folder);
  else if (found !== null) throw new Error(`${folder} is there and is not a Postgres cluster; move it away.`);
}

/** The data folder is ours, so a mode that keeps Postgres' user from passing through it is changed. What lies above it is not ours. */
async function parentFor(folder: string, user: ServerUser | null): Promise<string> {
  const dataDir = dirname(folder);
  if (await reaches(user, dataDir)) return dataDir;
  if (await reaches(user, dirname(dataDir))) {
    await chmod(dataDir, (await stat(dataDir)).mode | 0o001);
    return dataDir;
  }
  await mkdir(MACHINE_FOLDER, { recursive: true, mode: 0o755 });
  return MACHINE_FOLDER;
}

/** UTF8 with Postgres' own C.UTF-8, so that no order of text depends on the machine's locales. */
async function initialise(folder: string, { binaries, user, password, durable }: ClusterOptions): Promise<void> {
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  await withPasswordFile(user, password, async (file) => {
    const args = ['-D', folder, '-U', OWNER, '--auth=scram-sha-256', `--pwfile=${file}`, ...locale, ...(durable ? [] : ['--no-sync'])];
    await run(binaries.initdb, args, { cwd: '/', env: POSTGRES_ENV, ...user }).catch((error: unknown) => {
      throw new Error(`Postgres could not initialise ${folder}: ${reasonOf(error)}`, { cause: error });
    });
  });
}

/** initdb takes a password from a file only, and reads it as the user that it runs as. */
async function withPasswordFile(user: ServerUser | null, password: string, work: (file: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join((await reaches(user, tmpdir())) ? tmpdir() : '/tmp', 'counterfoil-init-'));
  try {
    const file = join(folder, 'password');
    await writeFile(file, password, { mode: 0o600 });
    if (user !== null) {
      await chown(file, user.uid, user.gid);
      await chown(folder, user.uid, user.gid);
    }
    await work(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function reasonOf(error: unknown): string {
  const stderr = typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr) : '';
  const line = stderr.split('\n').find((text) => /error|fatal/i.test(text));
  return line?.trim() ?? messageOf(error);
}
