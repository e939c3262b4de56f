/** A sort of statement, as far as the others are concerned. */
export interface Sort {
  /** Items that could be sent. */
  readonly queued: number;
  /** Sends them, if they may go. */
  depart(): void;
}

/**
 * The statements that one process has under way, of all the sorts that share it. While they are as many as the database is busy with, a few items of another sort wait
 * to become more: all sorts are on the way of the same request, and what is gained by a larger set of one is lost again where it competes with two of another.
 */
export class Traffic {
  private underWay = 0;
  private readonly sorts: Sort[] = [];

  /** `busyAt`: so many statements keep the database busy. */
  constructor(private readonly busyAt: number) {}

  get isBusy(): boolean {
    return this.underWay >= this.busyAt;
  }

  join(sort: Sort): void {
    this.sorts.push(sort);
  }

  began(): void {
    this.underWay += 1;
  }

  /** Where most are queued goes first. */
  ended(): void {
    this.underWay -= 1;
    for (const sort of this.sorts.toSorted((one, other) => other.queued - one.queued)) sort.depart();
  }
}
