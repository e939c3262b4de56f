import { SystemClock, type Clock } from '../clock.js';
import { sqlState } from './named-statement.js';
import { Traffic, type Sort } from './traffic.js';

/** How a sort of statement is shared. */
export interface Sharing<Item, Answer> {
  /** One statement and one commit for a whole set. The answers are in the order of the items. */
  send: (set: Item[]) => Promise<Answer[]>;
  /** Items of one name are never in one set, and never under way in two: one follows the other, in the order in which they came. */
  nameOf?: (item: Item) => string;
  /** Where its answer is lost it may be sent again, for nobody would notice. */
  writesNothing?: boolean;
  /** Statements of this sort that are under way at once. */
  maxUnderWay: number;
  /** So many go together though another statement is under way, or the database is busy; fewer wait until one is over, and no longer than a moment. */
  enough: number;
  /** Items in one statement. */
  maxItems: number;
  /** What it shares with other sorts of statement; left out: it shares nothing. */
  traffic?: Traffic;
  /** By which a moment passes; the process's own where none is named. */
  clock?: Clock;
}

interface Waiting<Item, Answer> {
  item: Item;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}

/**
 * Items that arrive together share a statement and its commit. An item that finds none under way is sent at once, alone if it is alone; what arrives while
 * one is under way, or the database is busy with others, waits and goes together in the next one. Who waits is not kept by a statement that is itself kept, by somebody's lock: when they are
 * many, or when a moment has passed, they go beside it. Whoever waits here has a caller that waits for it, so that the number of callers bounds the queue.
 * Each item gets its own answer or its own error.
 */
export class SharedStatement<Item, Answer> implements Sort {
  private waiting: Waiting<Item, Answer>[] = [];
  private underWay = 0;
  private loseNoPatience: (() => void) | undefined;
  private readonly namesUnderWay = new Set<string>();
  private readonly clock: Clock;
  private readonly traffic: Traffic;

  constructor(private readonly sharing: Sharing<Item, Answer>) {
    this.clock = sharing.clock ?? new SystemClock();
    this.traffic = sharing.traffic ?? new Traffic(1);
    this.traffic.join(this);
  }

  get queued(): number {
    return this.waiting.length;
  }

  /** Rejects with the error of the first item that has one. */
  ask(items: Item[]): Promise<Answer[]> {
    const answers = items.map((item) => new Promise<Answer>((resolve, reject) => this.waiting.push({ item, resolve, reject })));
    this.depart();
    return Promise.all(answers);
  }

  /** `leastBeside`: so many do not wait for what is under way. */
  depart(leastBeside = this.sharing.enough): void {
    while (this.waiting.length > 0 && this.underWay < this.sharing.maxUnderWay) {
      if ((this.underWay > 0 || this.traffic.isBusy) && this.waiting.length < leastBeside) return this.waitAMoment();
      this.waitNoLonger();
      const { set, names } = this.nextSet();
      if (set.length === 0) return;
      this.underWay += 1;
      this.traffic.began();
      void this.carry(set).then(() => {
        this.underWay -= 1;
        for (const name of names) this.namesUnderWay.delete(name);
        this.traffic.ended();
      });
    }
  }

  /** Whoever has waited for a moment is enough. */
  private waitAMoment(): void {
    this.loseNoPatience ??= this.clock.later(MOMENT_MS, () => {
      this.waitNoLonger();
      this.depart(1);
    });
  }

  private waitNoLonger(): void {
    this.loseNoPatience?.();
    this.loseNoPatience = undefined;
  }

  /** As many as fit, in the order in which they came. Those of a name that is under way stay, and so do those that follow one of their name. */
  private nextSet(): { set: Waiting<Item, Answer>[]; names: string[] } {
    const { nameOf, maxItems } = this.sharing;
    const [set, names, stay]: [Waiting<Item, Answer>[], string[], Waiting<Item, Answer>[]] = [[], [], []];
    for (const one of this.waiting) {
      const name = nameOf?.(one.item);
      if (set.length === maxItems || (name !== undefined && this.namesUnderWay.has(name))) {
        stay.push(one);
        continue;
      }
      set.push(one);
      if (name === undefined) continue;
      names.push(name);
      this.namesUnderWay.add(name);
    }
    this.waiting = stay;
    return { set, names };
  }

  /**
   * A set that the database refused is sent again item by item, so that each is refused for itself alone. Where the answer was lost nobody knows whether
   * the set was written: its callers are told so, and look. One that writes nothing is sent once more: a connection that breaks must not turn dozens away.
   */
  private async carry(set: Waiting<Item, Answer>[], isLast = !this.sharing.writesNothing): Promise<void> {
    const startedAt = this.clock.monotonicMs();
    try {
      const answers = await this.sharing.send(set.map(({ item }) => item));
      for (const [n, { resolve }] of set.entries()) resolve(answers[n] as Answer);
    } catch (error) {
      if (set.length > 1 && wasUndone(error)) await Promise.all(set.map((one) => this.carry([one])));
      else if (!isLast && this.clock.monotonicMs() - startedAt < SOON_MS) await this.carry(set, true);
      else for (const { reject } of set) reject(error);
    }
  }
}

/** A statement that is not kept by anything takes less. */
const MOMENT_MS = 20;
/** Whoever has waited longer for an answer that was lost is not made to wait again. */
const SOON_MS = 1_000;
/** Bad data, a violated constraint and a rollback (classes 22, 23 and 40 of SQLSTATE) and a lock that could not be had: nothing of the statement was written. */
const UNDONE = /^(?:22|23|40)...$|^55P03$/;
/** "Statement completion unknown" is the one of class 40 that says nothing. */
const COMPLETION_UNKNOWN = '40003';

function wasUndone(error: unknown): boolean {
  const state = sqlState(error) ?? '';
  return state !== COMPLETION_UNKNOWN && UNDONE.test(state);
}
