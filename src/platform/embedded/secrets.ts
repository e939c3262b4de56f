import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openDataDir } from './data-dir.js';
import { codeOf } from './error-code.js';

/**
 * A secret of `bytes` random bytes (base64url), made on first use and kept in `<dataDir>/secrets/<name>`, which only the owner
 * can read. Two processes that ask for it first at the same moment get the same one.
 */
export async function secret(dataDir: string, name: string, bytes: number): Promise<string> {
  const file = join(dataDir, 'secrets', name);
  const kept = await readSecret(file);
  if (kept !== null) return kept;
  await mkdir(join(await openDataDir(dataDir), 'secrets'), { recursive: true, mode: 0o700 });
  await keepFirst(file, randomBytes(bytes).toString('base64url'));
  const won = await readSecret(file);
  if (won === null) throw new Error(`The secret ${file} was removed while it was being made.`);
  return won;
}

async function readSecret(file: string): Promise<string | null> {
  try {
    const value = (await readFile(file, 'utf8')).trim();
    if (value === '') throw new Error(`The secret in ${file} is empty; remove the file to have a new one made.`);
    return value;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** The file appears under its name only when it is whole and on disk, and a name that exists is never written again. */
async function keepFirst(file: string, value: string): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    await handle.writeFile(value);
    await handle.sync();
    await handle.close();
    await link(draft, file);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
}
