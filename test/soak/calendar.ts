import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../kit/waiting.js';
import type { Random } from '../simulation/random.js';
import type { History } from './history.js';
import type { House } from './house.js';

const LOOKS_EVERY_MS = 700;
/** How often whoever renews loses its hold while it works, as if a minute had gone by: the other one asks for the same renewal then. */
const LETS_GO = 0.5;

/** Time, as far as it asks for something: it ends the periods of subscriptions, of each one once. */
export class Calendar {
  private readonly over = new Set<string>();

  constructor(
    private readonly house: House,
    private readonly random: Random,
    private readonly history: History,
  ) {}

  async until(end: AbortSignal): Promise<void> {
    while (!end.aborted) {
      // The database may be away.
      await this.turn().catch(() => undefined);
      await sleep(LOOKS_EVERY_MS, undefined, { signal: end }).catch(() => undefined);
    }
  }

  /** Resolves when nothing is due any more. Fails after `withinMs`. */
  async untilNothingIsDue(withinMs: number): Promise<void> {
    const left = async () => {
      await this.house.sql(LET_GO);
      await this.banksDecide();
      return this.house.sql(DUE);
    };
    await eventually(left, (rows) => rows.length === 0, withinMs);
  }

  private async turn(): Promise<void> {
    for (const { id, user_id: userId } of await this.house.sql(END_A_PERIOD, [[...this.over]])) {
      this.over.add(id as string);
      this.history.write('period over', { userId, subscriptionId: id });
    }
    if (this.random.chance(LETS_GO)) await this.house.sql(LET_GO);
    await this.banksDecide();
  }

  /** Nobody is there who would see to it that the bank of a slow card pays. */
  private async banksDecide(): Promise<void> {
    for (const { reference } of await this.house.sql(UNDECIDED)) {
      for (const { id, status } of await this.house.charges(reference as string))
        if (status === 'processing') await this.house.gateway('POST', `/sandbox/charges/${id}/succeed`);
    }
  }
}

const LIVES = `status in ('active', 'trialing')`;

const END_A_PERIOD = `
update subscriptions set period_start = period_start - (period_end - service_now()), period_end = service_now(), next_at = service_now(),
  anchor_day = extract(day from service_now() at time zone 'UTC')
where id = (
  select id from subscriptions where ${LIVES} and next_at > service_now() and id <> all($1::uuid[])
  order by random() limit 1 for update skip locked)
returning id, user_id`;

const LET_GO = 'update subscriptions set claimed_until = null where claimed_until > service_now()';

const UNDECIDED = `select reference from operations where kind = 'renew' and status in ('unknown', 'needs_review') order by random() limit 5`;

const DUE = `select id, user_id, status, next_at, claimed_until from subscriptions where status <> 'canceled' and next_at <= service_now() limit 5`;
