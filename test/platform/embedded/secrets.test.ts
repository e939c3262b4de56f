import { afterAll, describe, expect, test } from '@jest/globals';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { secret } from '../../../src/platform/embedded/secrets.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

afterAll(removeTemporaryFolders);

describe('a secret of the data folder', () => {
  test('is made once, has the bytes asked for, and stays the same', async () => {
    const dataDir = await temporaryFolder();
    const first = await secret(dataDir, 'a', 32);
    expect(Buffer.from(first, 'base64url')).toHaveLength(32);
    expect(await secret(dataDir, 'a', 32)).toBe(first);
    expect(await secret(dataDir, 'b', 32)).not.toBe(first);
  });

  test('can be read by its owner alone', async () => {
    const dataDir = await temporaryFolder();
    await secret(dataDir, 'a', 16);
    expect((await stat(join(dataDir, 'secrets', 'a'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(dataDir, 'secrets'))).mode & 0o777).toBe(0o700);
  });

  test('is the same for all who ask first at the same moment, and nothing half made stays behind', async () => {
    const dataDir = await temporaryFolder();
    // A step apart each, so that some read while others are still writing.
    const askAfter = async (steps: number): Promise<string> => {
      for (let step = 0; step < steps; step += 1) await setImmediate();
      return secret(dataDir, 'a', 16);
    };
    const all = await Promise.all(Array.from({ length: 60 }, (_, steps) => askAfter(steps)));
    expect(new Set(all).size).toBe(1);
    expect(await readdir(join(dataDir, 'secrets'))).toEqual(['a']);
  });

  test('that was emptied is an error and not an empty secret', async () => {
    const dataDir = await temporaryFolder();
    await secret(dataDir, 'a', 16);
    await writeFile(join(dataDir, 'secrets', 'a'), '');
    await expect(secret(dataDir, 'a', 16)).rejects.toThrow(/is empty; remove the file/);
  });

  test('in a data folder that cannot be made says which setting to change', async () => {
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    await expect(secret(join(file, 'data'), 'a', 16)).rejects.toThrow(/ENOTDIR|DATA_DIR/);
  });
});
