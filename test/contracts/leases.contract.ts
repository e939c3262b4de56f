import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Acquisition, Lease, Leases } from '../../src/leases/leases.js';
import { inOneTryOf, promptly } from '../kit/busy-machine.js';
import { atOnce, eventually } from '../kit/waiting.js';
import type { HolderTask } from '../leases/holder.js';
import { spawnHolder } from './lease-holder.js';

/** A store of leases and what a test may do to it. */
export interface LeaseStore {
  /** Leases over connections of their own, as another process would have them. */
  open(ttlMs: number, holder?: string): Promise<Leases>;
  /** How a process of its own reaches the store. */
  address: HolderTask['store'];
  /** Loses every lease, as a flush or a failover does. */
  forget(): Promise<void>;
  /** Nothing can connect any more, and connections are cut. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Connections stay, answers stop. */
  hang(): Promise<void>;
  resume(): Promise<void>;
  destroy(): Promise<void>;
}

/** Two thirds of it may go by in waiting for the processor. */
const TTL_MS = 1_500;
/** Long enough that nothing in a test is explained by a lease that ran out. */
const LONG_TTL_MS = 30_000;
const QUIET_ROUNDS = 20;
const MAX_ROUNDS = 100;
/** The port promises 0.5 s. */
const PROMISED_MS = 500;

/** What every adapter of the port `Leases` keeps. */
export function leasesContract(name: string, prepare: () => Promise<LeaseStore>): void {
  describe(`leases kept in ${name}`, () => {
    let store: LeaseStore;
    let opened: Leases[] = [];
    let holders: ChildProcess[] = [];
    let serial = 0;

    const newKey = () => `user_${(serial += 1)}`;
    const open = async (ttlMs = TTL_MS, holder?: string) => {
      const leases = await store.open(ttlMs, holder);
      opened.push(leases);
      // First connections and first compilations take their time; what is tested is how leases answer after that.
      const warm = await acquiredAtLast(leases, newKey());
      await warm.release();
      return leases;
    };
    const startHolder = async (key: string) => {
      const holder = spawnHolder({ key, ttlMs: TTL_MS, store: store.address });
      holders.push(holder.process);
      expect(await holder.nextLine()).toBe('held');
      return holder;
    };

    beforeAll(async () => {
      store = await prepare();
    });
    afterEach(async () => {
      await store.resume();
      await store.start();
      await Promise.all(opened.map((leases) => leases.close()));
      for (const holder of holders) holder.kill('SIGKILL');
      opened = [];
      holders = [];
    });
    afterAll(async () => {
      await store.destroy();
    });

    describe('holding', () => {
      test('of fifty who ask at the same moment, never two hold a lease, and the others learn that it is taken', async () => {
        const clients = await Promise.all(Array.from({ length: 5 }, () => open(LONG_TTL_MS)));
        let [quiet, won] = [0, 0];
        for (let round = 0; round < MAX_ROUNDS && quiet < QUIET_ROUNDS; round += 1) {
          const key = newKey();
          const acquisitions = await atOnce(50, (index) => clients[index % clients.length]!.acquire(key));
          const count = (kind: Acquisition['kind']) => acquisitions.filter((acquisition) => acquisition.kind === kind).length;
          expect(count('acquired')).toBeLessThanOrEqual(1);
          // On a machine so busy that the store's answer came too late, `unavailable` is the truth; such a round proves nothing more.
          if (count('unavailable') > 0) continue;
          quiet += 1;
          won += count('acquired');
        }
        expect(quiet).toBe(QUIET_ROUNDS);
        // A vote that stays split has no winner; that is rare enough not to happen in most rounds.
        expect(won).toBeGreaterThanOrEqual(QUIET_ROUNDS * 0.75);
      });

      test('a released lease can be acquired at once', async () => {
        const [first, second, key] = [await open(LONG_TTL_MS), await open(LONG_TTL_MS), newKey()];
        await held(first, key).then((lease) => lease.release());
        expect((await answered(second, key)).kind).toBe('acquired');
      });

      test('leases of different keys do not meet', async () => {
        const leases = await open();
        await held(leases, newKey());
        await held(leases, newKey());
      });

      test('a holder who lost its lease does not release its successor', async () => {
        const [first, second, third, key] = [await open(LONG_TTL_MS), await open(LONG_TTL_MS), await open(LONG_TTL_MS), newKey()];
        const lost = await held(first, key);
        await store.forget();
        await held(second, key);
        await lost.release();
        expect((await answered(third, key)).kind).toBe('taken');
      });

      test('a lease is extended while it is held', async () => {
        const [holder, other, key] = [await open(), await open(), newKey()];
        const lease = await held(holder, key);
        for (const end = performance.now() + 3 * TTL_MS; performance.now() < end; await sleep(TTL_MS / 10)) {
          expect((await answered(other, key)).kind).toBe('taken');
        }
        expect(lease.lost.aborted).toBe(false);
      });

      test('a released lease is not extended and not counted as lost', async () => {
        const [holder, other, key] = [await open(), await open(), newKey()];
        const lease = await held(holder, key);
        await lease.release();
        const successor = await held(other, key);
        await sleep(TTL_MS);
        expect(lease.lost.aborted).toBe(false);
        expect(successor.lost.aborted).toBe(false);
      });
    });

    describe('running out', () => {
      test('a lease that was not released runs out after its holder closed', async () => {
        const [holder, other, key] = [await open(), await open(), newKey()];
        const lease = await held(holder, key);
        await holder.close();
        expect(lease.lost.aborted).toBe(true);
        expect((await answered(other, key)).kind).toBe('taken');
        await acquiredAtLast(other, key);
      });

      test('a lease runs out after its holder was killed', async () => {
        const [other, key] = [await open(), newKey()];
        const holder = await startHolder(key);
        expect((await answered(other, key)).kind).toBe('taken');
        holder.process.kill('SIGKILL');
        await acquiredAtLast(other, key);
      });

      test('a process that was paused past its lease learns on waking that it is lost, and leaves its successor alone', async () => {
        const [successor, other, key] = [await open(), await open(), newKey()];
        const holder = await startHolder(key);
        holder.process.kill('SIGSTOP');
        const lease = await acquiredAtLast(successor, key);
        holder.process.kill('SIGCONT');
        expect(await holder.nextLine()).toBe('lost');
        expect((await answered(other, key)).kind).toBe('taken');
        expect(lease.lost.aborted).toBe(false);
      });

      test('a holder learns that the store forgot its lease', async () => {
        const lease = await held(await open(), newKey());
        await store.forget();
        await lostWithin(2 * TTL_MS, lease);
      });

      test('a holder whose lease went to a successor learns it, and does not extend what is not its own', async () => {
        const [first, second, key] = [await open(), await open(), newKey()];
        const lease = await held(first, key);
        await store.forget();
        const successor = await held(second, key);
        await lostWithin(2 * TTL_MS, lease);
        expect(successor.lost.aborted).toBe(false);
      });

      test('a holder that cannot reach the store learns that its lease is lost before it runs out', async () => {
        const lease = await held(await open(), newKey());
        await store.stop();
        await lostWithin(TTL_MS, lease);
        await lease.release();
      });

      test('a lease granted later than it is valid is not reported as acquired, and given back', async () => {
        const ttlMs = 120;
        const [leases, other, key] = [await open(ttlMs), await open(LONG_TTL_MS), newKey()];
        await store.hang();
        const acquisition = leases.acquire(key);
        await sleep(ttlMs + 30);
        await store.resume();
        expect((await acquisition).kind).toBe('unavailable');
        await acquiredAtLast(other, key);
      });

      test('a lease granted after the answer was given does not stay', async () => {
        const [leases, other, key] = [await open(LONG_TTL_MS), await open(LONG_TTL_MS), newKey()];
        await store.hang();
        expect((await leases.acquire(key)).kind).toBe('unavailable');
        await store.resume();
        await acquiredAtLast(other, key);
      });
    });

    describe('outages', () => {
      test.each(['stop', 'hang'] as const)(
        '%s: fifty who ask learn within half a second that the store is unavailable, and why',
        async (fault) => {
          const leases = await open();
          await store[fault]();
          const ask = () => Promise.all(Array.from({ length: 50 }, () => leases.acquire(newKey())));
          for (const answer of await promptly(PROMISED_MS, ask)) {
            expect(answer).toEqual({ kind: 'unavailable', why: expect.stringMatching(/./) });
          }
        },
      );

      test.each(['stop', 'hang'] as const)('%s: release, list, find, nodes, ping and close end within half a second', async (fault) => {
        const leases = await open();
        const lease = await held(leases, newKey());
        await store[fault]();
        await promptly(PROMISED_MS, () => lease.release());
        await promptly(PROMISED_MS, () => expect(leases.ping()).rejects.toThrow(/./));
        await promptly(PROMISED_MS, () => expect(leases.list(10)).rejects.toThrow(/./));
        await promptly(PROMISED_MS, () => expect(leases.find('anybody')).rejects.toThrow(/./));
        for (const node of await promptly(PROMISED_MS, () => leases.nodes()))
          expect(node).toMatchObject({ answeredInMs: null, why: expect.stringMatching(/./) });
        await promptly(PROMISED_MS, () => leases.close());
      });

      test.each([
        ['stop', 'start'],
        ['hang', 'resume'],
      ] as const)('%s, then %s: leases are acquired again without a restart', async (fault, repair) => {
        const [leases, key] = [await open(), newKey()];
        await store[fault]();
        for (const end = performance.now() + 1_500; performance.now() < end; await sleep(100)) {
          expect((await leases.acquire(key)).kind).toBe('unavailable');
        }
        await store[repair]();
        await acquiredAtLast(leases, key);
        // A connection that was cut for its silence may be on its way back still.
        const complaint = () => leases.ping().catch((error: Error) => error.message);
        await eventually(complaint, (said) => said === undefined);
      });

      test('a process outlives an outage of its store in silence and holds its lease again afterwards', async () => {
        const holder = await startHolder(newKey());
        await store.stop();
        expect(await holder.nextLine()).toBe('lost');
        await store.start();
        expect(await holder.nextLine()).toBe('held');
        expect(holder.complaints()).toBe('');
      });
    });

    describe('looking and closing', () => {
      test('the list shows live leases with holder and time left, at most as many as asked for', async () => {
        const [here, there] = [await open(LONG_TTL_MS, 'here:1'), await open(LONG_TTL_MS, 'there:2')];
        await store.forget();
        await held(here, 'list a');
        await held(there, 'list b');
        await held(here, 'list c').then((lease) => lease.release());
        const [ttlMs, heldForMs] = [expect.any(Number), expect.any(Number)];
        const all = await inOneTryOf(5, () => here.list(10));
        expect(all).toEqual([
          { key: 'list a', holder: 'here:1', heldForMs, ttlMs },
          { key: 'list b', holder: 'there:2', heldForMs, ttlMs },
        ]);
        for (const lease of all) {
          expect(lease.ttlMs).toBeGreaterThan(LONG_TTL_MS / 2);
          expect(lease.ttlMs).toBeLessThanOrEqual(LONG_TTL_MS);
        }
        expect(await inOneTryOf(5, () => here.list(1))).toHaveLength(1);
      });

      test('one lease is found by its key while it is held, and says how long it has been', async () => {
        const [here, there, key] = [await open(LONG_TTL_MS, 'here:1'), await open(LONG_TTL_MS, 'there:2'), newKey()];
        const find = () => inOneTryOf(5, () => there.find(key));
        expect(await find()).toBeNull();
        const lease = await held(here, key);
        expect(await eventually(find, (found) => (found?.heldForMs ?? 0) > 0)).toMatchObject({ key, holder: 'here:1' });
        await lease.release();
        expect(await find()).toBeNull();
      });

      test('a lease that ran out is not listed', async () => {
        const [holder, other, key] = [await open(), await open(), newKey()];
        await held(holder, key);
        const keys = async () => (await inOneTryOf(5, () => other.list(1_000))).map((lease) => lease.key);
        expect(await keys()).toContain(key);
        await holder.close();
        await eventually(keys, (listed) => !listed.includes(key));
      });

      test('ping resolves while the store answers', async () => {
        const leases = await open();
        await expect(inOneTryOf(5, () => leases.ping())).resolves.toBeUndefined();
      });

      test('closing waits for a release on its way', async () => {
        const [leases, other, key] = [await open(LONG_TTL_MS), await open(LONG_TTL_MS), newKey()];
        const lease = await held(leases, key);
        void lease.release();
        await leases.close();
        expect((await answered(other, key)).kind).toBe('acquired');
      });

      test('closing twice is closing once, and whoever asks afterwards is told that leases are unavailable', async () => {
        const leases = await open();
        const lease = await held(leases, newKey());
        await Promise.all([leases.close(), leases.close()]);
        await leases.close();
        await lease.release();
        expect(await leases.acquire(newKey())).toEqual({ kind: 'unavailable', why: 'the leases are closed' });
      });
    });
  });
}

async function held(leases: Leases, key: string): Promise<Lease> {
  const acquisition = await answered(leases, key);
  if (acquisition.kind !== 'acquired') throw new Error(`${key}: ${JSON.stringify(acquisition)}`);
  return acquisition.lease;
}

/** What the store says, once it says something in time: on a busy machine, one answer may come too late. */
function answered(leases: Leases, key: string): Promise<Acquisition> {
  return eventually(
    () => leases.acquire(key),
    ({ kind }) => kind !== 'unavailable',
  );
}

/** Sooner than a lease of LONG_TTL_MS runs out by itself. */
async function acquiredAtLast(leases: Leases, key: string): Promise<Lease> {
  const last = await eventually(
    () => leases.acquire(key),
    ({ kind }) => kind === 'acquired',
    LONG_TTL_MS / 2,
  );
  if (last.kind !== 'acquired') throw new Error(last.kind);
  return last.lease;
}

function lostWithin(ms: number, { lost }: Lease): Promise<unknown> {
  return promptly(ms, async () => lost.aborted || once(lost, 'abort'));
}
