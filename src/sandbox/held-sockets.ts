import type { Socket } from 'node:net';
import type { Epoch } from './epoch.js';

/** As long as a client with any deadline waits. */
const HELD_MS = 60_000;
/** Sockets kept without an answer at once; one more is reset, which is no answer either. */
export const MAX_HELD_SOCKETS = 200;

/** Requests that are never answered. */
export class HeldSockets {
  #count = 0;

  constructor(private readonly epoch: Epoch) {}

  hold(socket: Socket): void {
    if (this.#count >= MAX_HELD_SOCKETS) {
      socket.resetAndDestroy();
      return;
    }
    this.#count += 1;
    const { signal } = this.epoch;
    const drop = (): void => void socket.destroy();
    const timer = setTimeout(drop, HELD_MS);
    signal.addEventListener('abort', drop);
    socket.once('close', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', drop);
      this.#count -= 1;
    });
  }
}
