import { beforeEach, expect, test } from '@jest/globals';
import { Failpoints, type Report } from './failpoints.js';

/** A port as small as they come. */
class Desk {
  readonly served: string[] = [];

  async serve(userId: string): Promise<string> {
    this.served.push(userId);
    return `served ${userId}`;
  }

  async waiting(): Promise<{ id: string; userId: string }[]> {
    return [
      { id: 'op_1', userId: 'ann' },
      { id: 'op_2', userId: 'ben' },
    ];
  }

  async close(id: string): Promise<string> {
    return `closed ${id}`;
  }

  async acquire(userId: string): Promise<{ lease: { release(): Promise<void> } }> {
    return { lease: { release: async () => void this.served.push(`released by ${userId}`) } };
  }
}

let reports: Report[];
let failpoints: Failpoints;
let behind: Desk;
let desk: Desk;
beforeEach(() => {
  reports = [];
  failpoints = new Failpoints((report) => reports.push(report));
  behind = new Desk();
  desk = failpoints.around('OperationStore', behind);
});

const nothing = Symbol('nothing');
const soon = (promise: Promise<unknown>) => Promise.race([promise, new Promise((resolve) => setImmediate(() => resolve(nothing)))]);

async function traceOf(user: string): Promise<string[] | undefined> {
  failpoints.tell();
  const told = reports.at(-1);
  return told && 'traces' in told ? told.traces[user] : undefined;
}

test('a user stops at the point that it is told, says so, and goes on when it is told to', async () => {
  failpoints.order({ ann: { parkAt: 'before OperationStore.serve' } });
  const served = desk.serve('ann');
  expect(await soon(served)).toBe(nothing);
  expect(behind.served).toEqual([]);
  expect(reports).toEqual([{ parked: 'ann', at: 'before OperationStore.serve' }]);
  failpoints.order({ ann: {} });
  expect(await served).toBe('served ann');
});

test('at the end of a call the work is done and the caller does not hear of it', async () => {
  failpoints.order({ ann: { parkAt: 'after OperationStore.serve' } });
  expect(await soon(desk.serve('ann'))).toBe(nothing);
  expect(behind.served).toEqual(['ann']);
});

test('once stopped, a user stops in every other call, and nobody else does', async () => {
  failpoints.order({ ann: { parkAt: 'after OperationStore.serve' }, ben: {} });
  await soon(desk.serve('ann'));
  expect(await soon(desk.serve('ann'))).toBe(nothing);
  expect(await soon(desk.acquire('ann'))).toBe(nothing);
  expect(await soon(desk.serve('ben'))).toBe('served ben');
  expect(await soon(desk.serve('somebody'))).toBe('served somebody');
});

test('points are found by passing them; one that is passed again is numbered', async () => {
  failpoints.order({ ann: {} });
  await desk.serve('ann');
  await desk.serve('ann');
  expect(await traceOf('ann')).toEqual([
    'before OperationStore.serve',
    'after OperationStore.serve',
    'before OperationStore.serve #2',
    'after OperationStore.serve #2',
  ]);
});

test('an answer about many is given without those who stop after it', async () => {
  failpoints.order({ ann: { parkAt: 'after OperationStore.waiting' }, ben: {} });
  expect(await desk.waiting()).toEqual([{ id: 'op_2', userId: 'ben' }]);
  expect(reports).toEqual([{ parked: 'ann', at: 'after OperationStore.waiting' }]);
});

test('an id that came in an answer is known to be its user’s from then on', async () => {
  failpoints.order({ ann: {}, ben: {} });
  await desk.waiting();
  await desk.close('op_2');
  expect(await traceOf('ben')).toContain('after OperationStore.close');
  expect(await traceOf('ann')).not.toContain('after OperationStore.close');
});

test('the release of a lease is a point of whoever holds it', async () => {
  failpoints.order({ ann: { parkAt: 'before Lease.release' } });
  const { lease } = await desk.acquire('ann');
  expect(await soon(lease.release())).toBe(nothing);
  expect(behind.served).toEqual([]);
});
