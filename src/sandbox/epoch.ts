import { setMaxListeners } from 'node:events';

/** The sandbox was emptied or is stopping: whatever was still under way must not touch what comes after. */
export class Dropped extends Error {
  constructor() {
    super('the sandbox was emptied or is stopping');
    this.name = 'Dropped';
  }
}

/** The time between two times of emptying the sandbox. Whatever waits, waits with its signal, which aborts with `Dropped`. */
export class Epoch {
  #controller = newController();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(): void {
    const ended = this.#controller;
    this.#controller = newController();
    ended.abort(new Dropped());
  }
}

function newController(): AbortController {
  const controller = new AbortController();
  // Every parked request listens; hundreds are no leak.
  setMaxListeners(0, controller.signal);
  return controller;
}
