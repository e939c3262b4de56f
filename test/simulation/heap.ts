import type { SimulatedProcess } from './process.js';

/** Something that happens at a moment. */
export interface Happening {
  at: number;
  /** Decides among those of one moment: the order in which they were planned. */
  order: number;
  /** Where it happens: a process that is dead or paused takes no part. Null: at the database, the gateway, the customer's. */
  of: SimulatedProcess | null;
  run: () => void;
  canceled: boolean;
  /** Goes on for ever and keeps nobody waiting for quiet. */
  background: boolean;
}

/** What is going to happen, earliest first. */
export class Heap {
  private readonly items: Happening[] = [];

  get next(): Happening | undefined {
    return this.items[0];
  }

  push(item: Happening): void {
    const { items } = this;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(item, items[parent] as Happening)) break;
      items[at] = items[parent] as Happening;
      at = parent;
    }
    items[at] = item;
  }

  pop(): Happening | undefined {
    const { items } = this;
    const top = items[0];
    const last = items.pop();
    if (items.length === 0 || !last) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && before(items[child + 1] as Happening, items[child] as Happening)) child += 1;
      if (!before(items[child] as Happening, last)) break;
      items[at] = items[child] as Happening;
      at = child;
    }
    items[at] = last;
    return top;
  }
}

function before(a: Happening, b: Happening): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
