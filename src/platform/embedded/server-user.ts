import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whom to run a program as, in the form that `spawn` takes. */
export interface ServerUser {
  uid: number;
  gid: number;
}

/** Postgres refuses to run as root. Preferred is the account that Debian and others keep for it. */
const ACCOUNTS = ['postgres', 'nobody'];

/** null: as ourselves. Root runs Postgres as the owner of the data, or when there is no data yet as `postgres`, else `nobody`. */
export async function serverUser(data: string): Promise<ServerUser | null> {
  if (process.getuid?.() !== 0) return null;
  const owner = await stat(data).catch(() => null);
  if (owner !== null && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  for (const account of ACCOUNTS) {
    const [uid, gid] = await Promise.all([idOf(account, '-u'), idOf(account, '-g')]);
    if (uid !== null && gid !== null) return { uid, gid };
  }
  throw new Error('Postgres does not run as root and there is no user postgres or nobody: start as another user, or set DATABASE_URL.');
}

/** Whether that user can go into the folder, or run the file. Asks the kernel, which alone knows of lists, mounts and capabilities. */
export async function reaches(user: ServerUser | null, path: string): Promise<boolean> {
  return run('/bin/sh', ['-c', 'test -x "$1"', 'sh', path], { cwd: '/', ...user }).then(
    () => true,
    () => false,
  );
}

async function idOf(account: string, which: '-u' | '-g'): Promise<number | null> {
  return run('id', [which, account]).then(
    ({ stdout }) => Number(stdout),
    () => null,
  );
}
