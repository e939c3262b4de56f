import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Charge, ChargeOutcome } from '../../src/gateways/payment-gateway.js';
import { referenceOf } from '../../src/operations/intent.js';
import { Runner } from '../../src/operations/runner.js';
import { letGo } from '../kit/held.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';
import { read } from './abandoned.js';
import { ScriptedGateway } from './scripted-gateway.js';

const UNKNOWN = { kind: 'unknown', why: 'no answer' } as const;

/** Keeps what it is asked to charge, to the letter. */
class AttentiveGateway extends ScriptedGateway {
  readonly charges: Charge[] = [];

  override charge(charge: Charge): Promise<ChargeOutcome> {
    this.charges.push(charge);
    return super.charge(charge);
  }
}

const gateway = new AttentiveGateway();
let shop: Shop;
/** Listens at another address. */
let other: Shop;
beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', ports: { gateway }, env: { ROLES: 'api' } });
  other = await shop.another();
});
afterAll(() => shop?.close());

/** A charge whose answer was lost, sent again by another process after `meanwhile`. */
async function sentTwice(meanwhile: () => Promise<unknown> = () => Promise.resolve()): Promise<Charge[]> {
  const [user, key] = [newUser(), newKey()];
  const reference = referenceOf(user, 'put_subscription', key, 0);
  gateway.says('charge', reference, UNKNOWN);
  expect((await shop.as(user).subscribe('pro', { key })).status).toBe(202);
  await meanwhile();
  await letGo(shop, user);
  const [{ id }] = (await shop.sql('select id from operations where reference = $1', [reference])) as [{ id: string }];
  await other.service.app.get(Runner).takeOver((await read(other, id)).operation, 'test');
  expect((await read(other, id)).operation.status).toBe('succeeded');
  return gateway.charges.filter((charge) => charge.reference === reference);
}

describe('a charge that is sent again', () => {
  test('says exactly what the first attempt said, though the service has another address and the plan another name by now', async () => {
    const renamed = () => shop.sql("update plans set name = 'Premium', price_amount = 4900, version = version + 1 where id = 'pro'");
    const [first, second] = (await sentTwice(renamed)) as [Charge, Charge];
    expect(first.returnUrl).toContain(shop.url);
    // Only the span of the attempt in its trace is another.
    expect({ ...second, traceparent: '' }).toEqual({ ...first, traceparent: '' });
  });

  test('is made under the same reference', async () => {
    expect(await sentTwice()).toHaveLength(2);
  });
});
