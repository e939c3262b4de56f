import type { Operation } from '../../src/operations/operation.entity.js';
import { fingerprintOf, intentOf, referenceOf } from '../../src/operations/intent.js';
import { OperationStore, type Settled } from '../../src/operations/store/operation-store.js';
import { Plans } from '../../src/subscriptions/plans.js';
import { newId } from '../../src/platform/ids.js';
import { newKey, newUser } from '../kit/names.js';
import type { Shop } from '../kit/shop.js';

export interface Abandoned {
  operation: Operation;
  user: string;
  key: string;
  id: string;
  reference: string;
}

/** What a process leaves that dies between recording a subscribe and settling it: everything a PUT of this user records, and no owner. */
export async function abandon(shop: Shop, planId = 'pro'): Promise<Abandoned> {
  const [user, key] = [newUser(), newKey()];
  const plan = await shop.service.app.get(Plans).find(planId);
  if (!plan) throw new Error(`no plan ${planId}`);
  const body = { planId, paymentMethod: 'pm_card_visa' };
  const reference = referenceOf(user, 'put_subscription', key, 0);
  const [recorded] = await storeOf(shop).record([
    {
      userId: user,
      key,
      fingerprint: fingerprintOf('PUT', '/v1/me/subscription', body),
      turn: 1,
      kind: 'subscribe',
      intent: intentOf({ verb: 'put_subscription', planId }),
      reference,
      status: 'pending',
      result: 'created',
      fromPlanId: null,
      toPlanId: planId,
      planVersion: plan.version,
      seat: plan.capacity !== null,
      subscriptionId: newId(),
      amount: plan.priceAmount,
      creditApplied: 0,
      creditGranted: 0,
      currency: plan.priceCurrency,
      periodStart: null,
      paymentMethod: body.paymentMethod,
      terms: {
        price: plan.price,
        interval: plan.interval,
        trialDays: 0,
        description: `Subscription: ${planId}`,
        returnUrl: `${shop.url}/return`,
      },
      gateway: 'stripe',
      traceparent: null,
      happened: [{ type: 'recorded', data: {} }],
    },
  ]);
  if (recorded?.kind !== 'recorded') throw new Error(`not recorded: ${recorded?.kind}`);
  return { operation: recorded.operation, user, key, id: recorded.operation.id, reference };
}

export function storeOf(shop: Shop): OperationStore {
  return shop.service.app.get(OperationStore);
}

export async function read(shop: Shop, id: string): Promise<Settled> {
  const settled = await storeOf(shop).read(id);
  if (!settled) throw new Error(`no operation ${id}`);
  return settled;
}

/** Lets time pass for one operation: everything about it happened that much earlier. */
export async function age(shop: Shop, id: string, interval: string): Promise<void> {
  await shop.sql(
    'update operations set created_at = created_at - $2::interval, next_check_at = next_check_at - $2::interval where id = $1',
    [id, interval],
  );
}

/** The value of one metric of the shop's process; 0 while it has none. */
export async function metric(shop: Shop, line: string): Promise<number> {
  const text = await (await fetch(`${shop.url}/metrics`)).text();
  return Number(
    text
      .split('\n')
      .find((each) => each.startsWith(`${line} `))
      ?.split(' ')[1] ?? 0,
  );
}
