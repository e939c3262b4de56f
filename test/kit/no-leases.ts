import { type Acquisition, Leases, type LeaseNode, type LiveLease } from '../../src/leases/leases.js';

/** Leases that do nothing. Every race runs with them too, because nothing may rest on a lease. */
export class NoLeases extends Leases {
  readonly name = 'none';

  acquire(): Promise<Acquisition> {
    return Promise.resolve({ kind: 'unavailable', why: 'these leases do nothing' });
  }

  list(): Promise<LiveLease[]> {
    return Promise.resolve([]);
  }

  find(): Promise<LiveLease | null> {
    return Promise.resolve(null);
  }

  nodes(): Promise<LeaseNode[]> {
    return Promise.resolve([]);
  }

  ping(): Promise<void> {
    return Promise.reject(new Error('these leases do nothing'));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
