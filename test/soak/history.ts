import { mkdtempSync, writeFileSync, appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Gift } from './gifts.js';
import type { Heard } from '../kit/invariants.js';

/** One press of a button by a customer, who may have pressed more than once. Money for it may move once. */
export interface Click {
  userId: string;
  verb: 'put_subscription' | 'cancel' | 'resume';
  keys: string[];
}

/** Something that was done to the system, and for how long. Milliseconds since 1970. */
export interface Trouble {
  kind: string;
  target: string;
  from: number;
  until: number;
}

const FLUSH_LINES = 500;

/** What was asked, answered and done to the system, in the order in which it happened: a line of JSON each, in a file of its own. */
export class History {
  readonly folder = mkdtempSync(join(tmpdir(), 'counterfoil-soak-'));
  readonly file = join(this.folder, 'history.ndjson');
  readonly heard: Heard[] = [];
  readonly clicks: Click[] = [];
  readonly gifts: Gift[] = [];
  readonly troubles: Trouble[] = [];
  /** How many answers of each status and code; `none` where none came. */
  readonly answers = new Map<string, number>();
  private lines: string[] = [];

  write(what: string, details: object): void {
    this.lines.push(JSON.stringify({ at: new Date().toISOString(), what, ...details }));
    if (this.lines.length >= FLUSH_LINES) this.flush();
  }

  /** `own`: the answer is about what whoever heard it had asked for. */
  hear(heard: Heard, code: string | null, own: boolean): void {
    if (own) this.heard.push(heard);
    this.count(`${heard.httpStatus}${code === null ? '' : ` ${code}`}`);
    this.write('heard', { ...heard, code });
  }

  count(answer: string): void {
    this.answers.set(answer, (this.answers.get(answer) ?? 0) + 1);
  }

  /** A file beside the history. */
  keep(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  flush(): void {
    appendFileSync(this.file, this.lines.map((line) => `${line}\n`).join(''));
    this.lines = [];
  }
}
