import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { Act } from '../platform/audit/audit.js';
import type { Config } from '../platform/config.js';
import { createLogger } from '../platform/telemetry/logger.js';
import { openRooms } from '../service.js';

/** The same as the API asks for. */
const MIN_REASON_CHARACTERS = 8;

export type Rooms = Awaited<ReturnType<typeof openRooms>>['rooms'];

/** Opens the rooms of the service for one command, and closes them whatever comes of it. */
export async function inRooms<T>(
  config: Config,
  work: (rooms: Rooms, context: { publicUrl: string; requestId: string }) => Promise<T>,
): Promise<T> {
  const { rooms, close } = await openRooms(config, createLogger('silent'));
  try {
    return await work(rooms, { publicUrl: config.publicUrl, requestId: 'cli' });
  } finally {
    await close();
  }
}

/** What the audit says of a command: the account that runs it, and why. Throws where the reason is too short. */
export function actOf(reason: string): Act {
  if (reason.trim().length < MIN_REASON_CHARACTERS) throw new Error(`The reason must have at least ${MIN_REASON_CHARACTERS} characters.`);
  return { actor: `cli:${userInfo().username}`, roles: ['operator'], reason, requestId: `cli-${randomUUID()}` };
}
