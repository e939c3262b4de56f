/** The latest calls that are shown; all are counted. */
const MAX_SHOWN_CALLS = 2_000;

export interface Call {
  method: string;
  path: string;
  idempotencyKey: string | null;
  /** ISO 8601. */
  at: string;
}

/** What was asked of the API, refused and lost requests included: the witness that a test asks about calls that were made. */
export class Calls {
  #count = 0;
  readonly #latest: Call[] = [];

  add(call: Call): void {
    this.#count += 1;
    this.#latest.push(call);
    if (this.#latest.length > MAX_SHOWN_CALLS) this.#latest.shift();
  }

  show(): { count: number; data: readonly Call[] } {
    return { count: this.#count, data: this.#latest };
  }

  clear(): void {
    this.#count = 0;
    this.#latest.length = 0;
  }
}
