import { PROBLEMS, type ProblemCode, type ProblemRow } from './catalogue.js';

/** One place in the input that is wrong; `pointer` is a JSON pointer (RFC 6901) into the body, or a header's or parameter's name. */
export interface InputError {
  pointer: string;
  detail: string;
}

/** What a refusal may carry beside its row in the catalogue. */
export interface ProblemExtras {
  /** What happened this time, for a person. Never contains input that could be secret. */
  detail?: string;
  errors?: InputError[];
  /** Seconds, sent as Retry-After. */
  retryAfterSeconds?: number;
  operationId?: string;
  declineCode?: string;
  /** Objects embedded under their own name: `operation`, `subscription`, `alternatives`. */
  embedded?: Record<string, unknown>;
  /** Headers beyond Retry-After, such as the ETag of what is embedded. */
  headers?: Record<string, string>;
  /** Overrides the row's `charged` where more is known. */
  charged?: ProblemRow['charged'];
  /** For the log alone; never sent. */
  cause?: unknown;
}

/** The only error that carries an answer to the caller. Anything else that is thrown is `internal-error`. */
export class Problem extends Error {
  readonly row: ProblemRow;

  constructor(
    readonly code: ProblemCode,
    readonly extras: ProblemExtras = {},
  ) {
    super(extras.detail ?? PROBLEMS[code].title, { cause: extras.cause });
    this.name = 'Problem';
    this.row = PROBLEMS[code];
  }
}
