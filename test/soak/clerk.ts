import { setTimeout as sleep } from 'node:timers/promises';
import { toPublicId } from '../../src/platform/ids.js';
import { newKey } from '../kit/names.js';
import { Caller } from './caller.js';
import type { History } from './history.js';
import type { House } from './house.js';

const LOOKS_EVERY_MS = 1_000;
const REASON = 'The list of the gateway says so.';

interface InReview {
  id: string;
  kind: string;
  reference: string;
  amount: number;
}

/** The person who decides what nobody could find out: looks at the gateway's own list, where the money is, and says so. */
export class Clerk {
  private readonly caller: Caller;
  decided = 0;

  constructor(
    private readonly house: House,
    history: History,
  ) {
    this.caller = new Caller('clerk', ['admin'], history);
  }

  async until(end: AbortSignal): Promise<void> {
    while (!end.aborted) {
      const inReview = await this.house
        .sql(`select id, kind, reference, amount::int from operations where status = 'needs_review'`)
        .catch(() => []);
      for (const operation of inReview as InReview[]) await this.decide(operation);
      await sleep(LOOKS_EVERY_MS, undefined, { signal: end }).catch(() => undefined);
    }
  }

  private async decide({ id, kind, reference }: InReview): Promise<void> {
    const finding = kind === 'refund' ? await this.givenBack(reference) : await this.paid(reference);
    if (!finding) return;
    const path = `/v1/admin/operations/${toPublicId('op', id)}/resolve`;
    const key = newKey();
    for (const at of this.house.servers) {
      const said = await this.caller.ask(at, key, { method: 'POST', path, body: { ...finding, reason: REASON } });
      if (said?.status === 200) this.decided += 1;
      if (said && said.body.retryable !== true) return;
    }
  }

  private async paid(reference: string): Promise<object | null> {
    const charges = await this.house.charges(reference);
    const paid = charges.find(({ status }) => status === 'succeeded');
    if (paid) return { outcome: 'charged', gatewayReference: paid.id };
    // The bank may still pay it.
    return charges.some(({ status }) => status === 'processing') ? null : { outcome: 'not_charged' };
  }

  /** By hand, where the gateway repeats for a day that it could not. */
  private async givenBack(reference: string): Promise<object | null> {
    const charges = await this.house.charges(reference.replace(/^rf_/, 'cf_'));
    const charge = charges.find(({ status }) => status === 'succeeded');
    if (charge && charge.amountRefunded < charge.amount) {
      const body = new URLSearchParams({ payment_intent: charge.id });
      await fetch(`${this.house.gatewayUrl}/v1/refunds`, { method: 'POST', headers: { authorization: 'Bearer sk_test_clerk' }, body });
      return null;
    }
    return { outcome: 'not_charged' };
  }
}
