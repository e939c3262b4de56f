import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Change } from './records.js';

const NEWLINE = 0x0a;

/**
 * An append-only file with one JSON array of changes per line, written before the answer is sent. It outlives the process, not a
 * power cut: there is no fsync, because a sandbox need not survive what its machine does not.
 */
export class Journal {
  readonly #fd: number;
  #lengthBytes = 0;
  /** Something that is no whole line follows. */
  #isTorn = false;

  /** Throws when the folder cannot be written. */
  constructor(readonly file: string) {
    mkdirSync(dirname(file), { recursive: true });
    this.#fd = openSync(file, 'a+', 0o600);
  }

  /**
   * Everything written so far, oldest first. What follows the last newline was torn by a crash before its answer was sent: it
   * is passed over, and cut off by the first append, so that a process that cannot start leaves the file alone. Throws when any
   * other line cannot be read.
   */
  *replay(): Generator<Change[]> {
    const bytes = readFileSync(this.file);
    this.#lengthBytes = bytes.lastIndexOf(NEWLINE) + 1;
    this.#isTorn = this.#lengthBytes < bytes.length;
    let line = 0;
    for (let from = 0; from < this.#lengthBytes;) {
      const end = bytes.indexOf(NEWLINE, from);
      line += 1;
      yield this.#parse(bytes.toString('utf8', from, end), line);
      from = end + 1;
    }
  }

  /** Throws when the disk does. The half of a line that it may have taken must not be continued by the next one. */
  append(changes: Change[]): void {
    if (this.#isTorn) ftruncateSync(this.#fd, this.#lengthBytes);
    const bytes = Buffer.from(`${JSON.stringify(changes)}\n`);
    this.#isTorn = true;
    for (let written = 0; written < bytes.length;) written += writeSync(this.#fd, bytes, written);
    this.#isTorn = false;
    this.#lengthBytes += bytes.length;
  }

  clear(): void {
    ftruncateSync(this.#fd, 0);
    this.#lengthBytes = 0;
    this.#isTorn = false;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #parse(text: string, line: number): Change[] {
    try {
      return JSON.parse(text) as Change[];
    } catch (cause) {
      throw new Error(`line ${line} of ${this.file} is damaged; move the file away to start afresh`, { cause });
    }
  }
}
