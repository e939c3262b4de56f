import { executionAsyncId } from 'node:async_hooks';
import type { DataSource } from 'typeorm';
import { transaction } from '../../../src/platform/database/transaction.js';

/** Run in a process of its own, because Jest follows promises itself. Prints when promises are followed, as JSON. */
const database = { transaction: (work: () => Promise<unknown>) => work() } as unknown as DataSource;
const failing = () => Promise.reject(new Error('undone'));

const before = await areFollowed();
const during = await transaction(database, areFollowed);
const afterSuccess = await areFollowed();
await transaction(database, failing).catch(() => undefined);
const afterFailure = await areFollowed();
console.log(JSON.stringify({ before, during, afterSuccess, afterFailure }));

/** Promises have ids of their own only while hooks run for them (Node's documentation of `async_hooks`, "Promise execution tracking"). */
async function areFollowed(): Promise<boolean> {
  await Promise.resolve();
  const id = executionAsyncId();
  await Promise.resolve();
  return executionAsyncId() !== id;
}
