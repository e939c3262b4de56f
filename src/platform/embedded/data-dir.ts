import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { codeOf } from './error-code.js';

/** The absolute path of the data folder, made when it is not there. Throws one sentence when it cannot be written. */
export async function openDataDir(dataDir: string): Promise<string> {
  const folder = resolve(dataDir);
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK | constants.X_OK);
    return folder;
  } catch (error) {
    throw new Error(`The data folder ${folder} cannot be written (${codeOf(error) ?? 'unknown'}): set DATA_DIR to one that can.`, {
      cause: error,
    });
  }
}
