import type { Redis } from 'ioredis';
import Redlock, { type Lock } from 'redlock';

/**
 * One vote of all nodes on one lease. Redlock asks, counts and decides; the ballot remembers why,
 * because Redlock rejects alike when somebody else holds the lease and when the nodes cannot be reached.
 */
export class Ballot extends Redlock {
  readonly #nodes: number;
  readonly #value: string;
  #granted = 0;
  #refused = 0;
  readonly #failures: string[] = [];
  #declareLost: (nothing: null) => void = () => undefined;
  #vote: PromiseLike<unknown> | undefined;

  /** `value` is what the nodes store; it has to be unique to this lease. */
  constructor(nodes: Redis[], value: string) {
    super(nodes, { retryCount: 0 });
    this.#nodes = nodes.length;
    this.#value = value;
  }

  /** The lease, or null as soon as all nodes have answered and a majority is missed; Redlock itself goes on to give back what was half won. Never rejects. */
  elect(resource: string, ttlMs: number): Promise<Lock | null> {
    return new Promise((resolve) => {
      this.#declareLost = resolve;
      this.#vote = this.lock(resource, ttlMs).then(resolve, () => resolve(null));
    });
  }

  /** Resolves when what was half won is given back. */
  async over(): Promise<void> {
    await this.#vote;
  }

  /** Nodes that refused are enough to deny every majority that could have been ours. */
  get refused(): boolean {
    return this.#refused > this.#nodes - quorumOf(this.#nodes);
  }

  /** The nodes that answered are too few for anybody to win. */
  get lacksQuorum(): boolean {
    return this.#nodes - this.#failures.length < quorumOf(this.#nodes);
  }

  /** Rivals voted at the same moment and may have split the nodes among them, so that nobody won. */
  get split(): boolean {
    return this.#granted > 0 && this.#granted < quorumOf(this.#nodes) && this.#refused > 0 && !this.lacksQuorum;
  }

  get why(): string {
    if (this.#failures.length === 0) return 'the vote came too late';
    return `${this.#failures.length} of ${this.#nodes} nodes failed: ${this.#failures[0]}`;
  }

  override _random(): string {
    return this.#value;
  }

  /** The same scripts for every vote: hashed once. */
  override _hashScript(script: string): string {
    const hash = hashes.get(script) ?? super._hashScript(script);
    hashes.set(script, hash);
    return hash;
  }

  override _executeScript(...[node, name, args, done]: Parameters<Redlock['_executeScript']>): unknown {
    return super._executeScript(node, name, args, (error, response) => {
      if (name !== 'unlockScript') this.#count(error, response);
      done(error, response);
    });
  }

  #count(error: Error | null, response: unknown): void {
    if (error) this.#failures.push(error.message);
    else if (response === 1) this.#granted += 1;
    else this.#refused += 1;
    const allAnswered = this.#granted + this.#refused + this.#failures.length === this.#nodes;
    if (allAnswered && this.#granted < quorumOf(this.#nodes)) this.#declareLost(null);
  }
}

const hashes = new Map<string, string>();

/** A vote on keeping a lease. Redlock would delete the lease after one failed extension; here it stays and is extended again later. */
export class ExtensionBallot extends Ballot {
  override unlock(_lock: Lock, done?: () => void): PromiseLike<void> {
    done?.();
    return Promise.resolve();
  }
}

/** The smallest majority. */
export function quorumOf(nodes: number): number {
  return Math.floor(nodes / 2) + 1;
}
