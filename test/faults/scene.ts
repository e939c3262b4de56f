import { expect } from '@jest/globals';
import pg from 'pg';
import { fromPublicId } from '../../src/platform/ids.js';
import { expectInvariants, type ChargeFact, type Heard, type Scene } from '../kit/invariants.js';
import { newKey, newUser } from '../kit/names.js';
import { isAlive, type ProcessAnswer, type ServerProcess } from '../kit/processes.js';
import { eventually } from '../kit/waiting.js';
import { surroundings } from '../process/beside.js';

/** A customer with one press of the button, which keeps its key however often it is repeated and wherever. */
export interface Presser {
  user: string;
  key: string;
}

/** What faults are played in: a database and a gateway under the test's hand, and all that clients were told. */
export interface FaultScene extends Scene {
  /** For a server process. */
  env: Record<string, string>;
  gateway(method: string, path: string, body?: object): Promise<unknown>;
  /** Every answer that came, for the invariants. */
  heard: Heard[];
  /** One press at this server. */
  press(at: Pick<ServerProcess, 'send'>, presser: Presser, planId?: string): Promise<ProcessAnswer>;
  /** Presses until it is neither refused for now nor still open, and tells what came of it. */
  pressUntilOver(at: Pick<ServerProcess, 'send'>, presser: Presser): Promise<ProcessAnswer>;
  /** All of them at this server, with their calls parked at the gateway. */
  inFlight(at: Pick<ServerProcess, 'send'>, crowd: Presser[], point: 'arrival' | 'before' | 'after'): Promise<Promise<ProcessAnswer>[]>;
  /** Holds every statement that writes an operation until what it answers is called. Statements that only read pass. */
  lockOperations(): Promise<() => Promise<void>>;
  /** How many statements wait for a lock. */
  waitingForLocks: () => Promise<number>;
  /** All invariants, over all that was pressed so far. */
  expectInvariants(settleWithinMs: number): Promise<void>;
  close(): Promise<void>;
}

/** `databaseUrl` is the test's own way to the database; servers go by `DATABASE_URL` in `env` where it is named there. */
export async function openScene(env: Record<string, string> = {}, databaseUrl?: string): Promise<FaultScene> {
  const around = await surroundings();
  const pool = new pg.Pool({ connectionString: databaseUrl ?? around.env['DATABASE_URL'], max: 4 });
  pool.on('error', () => undefined);
  const sql: Scene['sql'] = async (text, values = []) => (await pool.query(text, values)).rows;
  const heard: Heard[] = [];
  const scene: FaultScene = {
    env: { ...around.env, ...env },
    gateway: (...asked) => around.gateway(...asked),
    sql,
    heard,
    charges: async () => ((await around.gateway('GET', '/sandbox/charges')) as { data: ChargeFact[] }).data,
    press: async (at, { user, key }, planId = 'pro') => {
      const body = { planId, paymentMethod: 'pm_card_visa' };
      const answer = await at.send(user, 'PUT', '/v1/me/subscription', body, { 'idempotency-key': key });
      heard.push(heardOf({ user, key }, planId, answer));
      return answer;
    },
    pressUntilOver: (at, presser) =>
      eventually(
        () => scene.press(at, presser),
        ({ status }) => status !== 202 && status !== 503,
        PATIENCE_MS,
      ),
    inFlight: async (at, crowd, point) => {
      await around.gateway('POST', '/sandbox/hold', { at: point, count: crowd.length });
      const pressed = crowd.map((presser) => scene.press(at, presser));
      for (const answer of pressed) answer.catch(() => undefined);
      const held = () => around.gateway('GET', `/sandbox/held?atLeast=${crowd.length}`) as Promise<{ count: number }>;
      await eventually(held, ({ count }) => count >= crowd.length, PATIENCE_MS);
      return pressed;
    },
    lockOperations: async () => {
      const client = await pool.connect();
      await client.query('begin');
      await client.query('lock table operations in share mode');
      let held = true;
      return async () => {
        if (!held) return;
        held = false;
        await client.query('rollback');
        client.release();
      };
    },
    waitingForLocks: async () => {
      const [row] = await sql(
        `select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return row.waiting as number;
    },
    expectInvariants: (settleWithinMs) =>
      expectInvariants(scene, { heard, settleWithinMs, bounds: { rowId: (id) => fromPublicId('op', id) } }),
    close: async () => {
      await pool.end();
      await around.close();
    },
  };
  return scene;
}

export function pressers(count: number): Presser[] {
  return Array.from({ length: count }, () => ({ user: newUser(), key: newKey() }));
}

const LAST_WORDS = 4_000;

/** It lives, and nothing in it went wrong without somebody who expected it. */
export async function expectWell(server: ServerProcess): Promise<void> {
  if (!isAlive(server.pid)) throw new Error(`the process is gone; its last words: ${server.output().slice(-LAST_WORDS)}`);
  expect(await server.send('anybody', 'GET', '/livez')).toMatchObject({ status: 200 });
  expect(server.output()).not.toMatch(/unhandled|uncaught|MaxListenersExceeded|internal-error/i);
}

/** What takes a second, on a machine that is busy with other things. */
const PATIENCE_MS = 40_000;

function heardOf({ user, key }: Presser, planId: string, { status, body }: ProcessAnswer): Heard {
  const operationId = (status < 300 ? body.id : body.operationId) as string | undefined;
  return {
    userId: user,
    key,
    request: planId,
    httpStatus: status,
    operationId: operationId ?? null,
    status: status < 300 ? (body.status as string) : null,
  };
}
