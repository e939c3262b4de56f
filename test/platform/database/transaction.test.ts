import { describe, expect, jest, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { DataSource, EntityManager } from 'typeorm';
import { assertNoTransaction, transaction } from '../../../src/platform/database/transaction.js';

// Starts a program, which takes seconds where the machine is busy.
jest.setTimeout(60_000);

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
const database = { transaction: (work: (tx: EntityManager) => unknown) => work({} as EntityManager) } as unknown as DataSource;
const refused = () =>
  expect(() => assertNoTransaction('the gateway was called')).toThrow('the gateway was called inside a database transaction');

describe('a transaction', () => {
  test('is known wherever its work goes, and nowhere else', async () => {
    const { gate, open } = shut();
    const work = transaction(database, async () => {
      await gate;
      refused();
    });
    assertNoTransaction('beside it');
    open();
    await work;
    assertNoTransaction('after it');
  });

  test('is known until it is over, whichever others are over before', async () => {
    const { gate, open } = shut();
    const longer = transaction(database, async () => {
      await gate;
      refused();
    });
    await transaction(database, async () => refused());
    await expect(transaction(database, () => Promise.reject(new Error('undone')))).rejects.toThrow('undone');
    open();
    await longer;
  });

  test('is paid for by nobody once it is over: no hook runs for promises', async () => {
    const program = fileURLToPath(new URL('./followed-promises.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', program], { cwd: PROJECT });
    expect(JSON.parse(stdout)).toMatchObject({ before: false, afterSuccess: false, afterFailure: false });
  });
});

function shut(): { gate: Promise<void>; open: () => void } {
  let open = () => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  return { gate, open };
}
