import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** How a listening connection is looked after. Milliseconds. */
export interface ListeningTimes {
  /** How often it is looked whether the connection still hears. */
  lookMs: number;
  /** After so much silence a sign of life is asked for. */
  quietMs: number;
  /** After so much silence the connection is given up: its host is gone, or a pooler has given its session to somebody else. */
  deafMs: number;
}

export interface ListeningParts {
  databaseUrl: string;
  channel: string;
  times: ListeningTimes;
  /** What a process has sent. */
  heard: (payload: string) => void;
  /** Asks for a sign of life: something that is sent on the channel by another connection. */
  askForSign: () => void;
  /** Aborts when listening is to end. */
  over: AbortSignal;
}

/** Connecting to a database that is there takes milliseconds, and so does what is asked on this connection. */
const ANSWER_WITHIN_MS = 3_000;
/** Without a farewell the server finds out later by itself. */
const FAREWELL_MS = 500;

/**
 * Listens on a connection of its own until it breaks, which rejects, or until it is over. That it hears is believed only when something was heard: behind
 * a pooler that shares sessions out by transaction, LISTEN succeeds and nothing ever comes.
 */
export async function listenOnce({ databaseUrl, channel, times, heard, askForSign, over }: ListeningParts): Promise<void> {
  const socket = new Socket();
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'counterfoil listen',
    connectionTimeoutMillis: ANSWER_WITHIN_MS,
    query_timeout: ANSWER_WITHIN_MS,
    stream: () => socket,
  });
  const broken = new AbortController();
  const done = AbortSignal.any([over, broken.signal]);
  let lastHeardAt = performance.now();
  client.on('error', (error) => broken.abort(error));
  client.on('end', () => broken.abort(new Error('the connection ended')));
  client.on('notification', ({ payload = '' }) => {
    lastHeardAt = performance.now();
    heard(payload);
  });
  const giveUp = (): void => void socket.destroy();
  over.addEventListener('abort', giveUp, { once: true });
  try {
    await client.connect();
    await client.query(`listen ${channel}`);
    over.removeEventListener('abort', giveUp);
    askForSign();
    while (!done.aborted) {
      await sleep(times.lookMs, undefined, { signal: done, ref: false }).catch(() => undefined);
      const silentMs = performance.now() - lastHeardAt;
      if (silentMs > times.deafMs) throw new Error(`nothing was heard for ${Math.round(silentMs)} ms`);
      if (silentMs > times.quietMs) askForSign();
    }
    broken.signal.throwIfAborted();
  } finally {
    over.removeEventListener('abort', giveUp);
    if (!broken.signal.aborted && over.aborted) await farewell(client);
    socket.destroy();
  }
}

/** Waited for, but not for long. */
async function farewell(client: pg.Client): Promise<void> {
  await Promise.race([client.end(), sleep(FAREWELL_MS, undefined, { ref: false })]).catch(() => undefined);
}
