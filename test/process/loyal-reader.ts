import type { Tab } from '../kit/tab.js';

const PAUSE_MS = 50;
const LOOK_MS = 20;

/** A tab that comes back for as long as it is wanted, and says what it saw last. */
export class LoyalReader {
  /** Of all that it was told beside snapshots, in the order in which it came. */
  readonly ids: number[] = [];
  snapshots = 0;
  streams = 0;
  private wanted = true;
  private tab: Tab | null = null;
  private readonly done: Promise<void>;

  constructor(
    private readonly open: (after: number | undefined) => Promise<Tab>,
    readonly user: string,
  ) {
    this.done = this.readOn();
  }

  get last(): number {
    return this.ids.at(-1) ?? 0;
  }

  async close(): Promise<void> {
    this.wanted = false;
    await this.tab?.close();
    await this.done;
  }

  private async readOn(): Promise<void> {
    while (this.wanted) {
      const tab = await this.open(this.streams === 0 ? undefined : this.last).catch(() => null);
      if (tab) await this.read(tab);
      else await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  private async read(tab: Tab): Promise<void> {
    this.streams += 1;
    this.tab = tab;
    const taking = setInterval(() => this.take(tab), LOOK_MS);
    await tab.closed;
    clearInterval(taking);
    this.take(tab);
  }

  private take(tab: Tab): void {
    const events = tab.events.splice(0);
    this.snapshots += events.filter(({ type }) => type === 'snapshot').length;
    this.ids.push(...events.flatMap(({ type, id }) => (type === 'snapshot' || id === null ? [] : [id])));
  }
}
