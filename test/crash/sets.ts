import type { OperationStore } from '../../src/operations/store/operation-store.js';

/** The statements that carry sets. */
const SORTS = ['look', 'record', 'claim', 'settle'] as const;
export type Sort = (typeof SORTS)[number];

/** What becomes of a statement: it stops before it is sent, or when it is answered; or it goes through. */
export type Course = 'before' | 'after' | 'through';

/** What this process is to do with the statements of one sort: with the coming ones, in the order of their coming, and how many of those that stopped before they were sent go on. */
export interface SetOrders {
  sort: Sort;
  next?: Course[];
  goOn?: number;
}

/** A statement that was about to be sent, was answered, or was refused, and whom it carried. */
export interface Statement {
  sort: Sort;
  /** Users, of what is looked for and recorded; ids of operations of all else. */
  names: string[];
  at: 'before' | 'after' | 'refused';
  /** By which error. */
  code?: string;
}

/**
 * Stands between those who share statements and the store: here it is seen who really goes together, and here a whole set can be stopped. While two
 * statements are stopped no other of their sort is sent, so that whoever comes gathers for the next one.
 */
export class Sets {
  private readonly next = new Map<Sort, Course[]>();
  private readonly stopped = new Map<Sort, (() => void)[]>(SORTS.map((sort) => [sort, []]));

  constructor(private readonly report: (report: { statement: Statement }) => void) {}

  around(store: OperationStore): OperationStore {
    const watched = Object.fromEntries(
      SORTS.map((sort) => [sort, (set: Item[]) => this.carry(sort, set, () => store[sort](set as never))]),
    );
    return Object.assign(Object.create(store) as OperationStore, watched);
  }

  order({ sort, next, goOn = 0 }: SetOrders): void {
    if (next) this.next.set(sort, [...next]);
    for (const go of this.stopped.get(sort)?.splice(0, goOn) ?? []) go();
  }

  private async carry(sort: Sort, set: Item[], send: () => Promise<unknown[]>): Promise<unknown[]> {
    const names = set.map(({ userId, id }) => userId ?? id ?? '');
    const course = this.next.get(sort)?.shift() ?? 'through';
    this.report({ statement: { sort, names, at: 'before' } });
    if (course === 'before') await new Promise<void>((resolve) => this.stopped.get(sort)?.push(resolve));
    try {
      const answers = await send();
      this.report({ statement: { sort, names, at: 'after' } });
      return course === 'after' ? await new Promise(() => undefined) : answers;
    } catch (error) {
      this.report({ statement: { sort, names, at: 'refused', code: String((error as { code?: string }).code) } });
      throw error;
    }
  }
}

interface Item {
  userId?: string;
  id?: string;
}
