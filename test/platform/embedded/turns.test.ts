import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownIdentity } from '../../../src/platform/embedded/process-identity.js';
import { inTurn } from '../../../src/platform/embedded/turns.js';
import { otherProcess } from './other-process.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

// Each starts servers or programs, which takes seconds where the machine is busy.
jest.setTimeout(120_000);

afterAll(removeTemporaryFolders);

describe('turns in a folder', () => {
  test('are taken by one process at a time', async () => {
    const folder = await temporaryFolder();
    const log = join(await temporaryFolder(), 'log');
    const others = await Promise.all([1, 2, 3].map(() => otherProcess('turns', { folder, log, count: 40 })));
    await Promise.all(others.map((other) => other.finish()));
    const lines = (await readFile(log, 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(3 * 40 * 2);
    const pairs = lines.flatMap((line, index) => (index % 2 === 0 ? [[line, lines[index + 1]]] : []));
    for (const [start, end] of pairs) expect(end).toBe(start?.replace('in', 'out'));
  });

  test('are taken by one task at a time within a process', async () => {
    const folder = await temporaryFolder();
    let inside = 0;
    await Promise.all(
      Array.from({ length: 15 }, () =>
        inTurn(folder, async () => {
          inside += 1;
          await new Promise((resolve) => setImmediate(resolve));
          expect(inside).toBe(1);
          inside -= 1;
        }),
      ),
    );
  });

  test('of a process that died in its turn are free at once', async () => {
    const folder = await temporaryFolder();
    await expect(otherProcess('dieInTurn', { folder })).rejects.toThrow();
    expect((await readdir(folder)).some((name) => name.startsWith('turn.'))).toBe(true);
    expect(await inTurn(folder, () => Promise.resolve('mine'))).toBe('mine');
  });

  test('of a dead process whose number somebody else bears by now are free at once', async () => {
    const folder = await temporaryFolder();
    const [pid] = (await ownIdentity()).split('-');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'turn.7'), `${pid}-1`);
    expect(await inTurn(folder, () => Promise.resolve('mine'))).toBe('mine');
  });

  test('are given back when the work fails', async () => {
    const folder = await temporaryFolder();
    await expect(inTurn(folder, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await inTurn(folder, () => Promise.resolve('mine'))).toBe('mine');
  });

  test('leave one file behind, however many there were', async () => {
    const folder = await temporaryFolder();
    for (let turn = 0; turn < 5; turn += 1) await inTurn(folder, () => Promise.resolve());
    expect(await readdir(folder)).toEqual(['turn.5']);
  });
});
