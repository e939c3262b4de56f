import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { ChargeOutcome, CustomerOutcome } from '../../src/gateways/payment-gateway.js';
import { customerReferenceOf, referenceOf } from '../../src/operations/intent.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop, type Answer } from '../kit/shop.js';
import { storeOf } from '../operations/abandoned.js';
import { ScriptedGateway } from '../operations/scripted-gateway.js';
import { captureLog } from '../security/captured-log.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const UNKNOWN = { kind: 'unknown', why: 'no answer' } as const;
const UNREACHABLE = { kind: 'not_charged', why: 'unreachable', detail: 'connection refused' } as const;

const { log, lines } = captureLog();
const gateway = new ScriptedGateway();
let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open({ leases: 'none', ports: { gateway }, env: { ROLES: 'api' }, log });
});
beforeEach(() => void (lines.length = 0));
afterAll(() => shop?.close());

const requestOf = ({ headers }: Answer) => headers.get('request-id');

/** The ids in the lines that say this. */
function idsIn(message: string): Record<string, unknown>[] {
  const said = lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line['message'] === message);
  return said.map(({ requestId, traceId, operationId, subscriptionId }) => ({ requestId, traceId, operationId, subscriptionId }));
}

/** A press of a button, of whose charge the gateway says this. */
async function press(says: ChargeOutcome | (() => Promise<ChargeOutcome>), headers: Record<string, string> = {}): Promise<Answer> {
  const [user, key] = [newUser(), newKey()];
  gateway.says('charge', referenceOf(user, 'put_subscription', key, 0), says);
  return shop.as(user).subscribe('pro', { key, ...headers });
}

describe('the lines about an operation name it and the request that began it', () => {
  test('as does the line of that request', async () => {
    const answer = await press(UNKNOWN, { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` });
    const ids = { requestId: requestOf(answer), traceId: TRACE, operationId: answer.body.id };
    expect(idsIn('operation moved')).toEqual([ids]);
    expect(idsIn('request')).toEqual([ids]);
  });

  test('where the adapter of the gateway fails', async () => {
    const answer = await press(() => Promise.reject(new Error('a bug')));
    expect(idsIn('the gateway adapter failed')).toEqual([{ requestId: requestOf(answer), operationId: answer.body.id }]);
  });

  test('where it is left open', async () => {
    jest.spyOn(storeOf(shop), 'settle').mockRejectedValue(new Error('connection terminated'));
    const answer = await press(UNKNOWN);
    jest.restoreAllMocks();
    expect(idsIn('operation left open')).toEqual([{ requestId: requestOf(answer), operationId: answer.body.id }]);
  });

  test('whoever carries it on; the line of a request that acts on it names it too', async () => {
    const begun = await press(UNKNOWN);
    lines.length = 0;
    const operator = shop.as('operator_1', ['operator']);
    const acted = await operator.post(`/v1/admin/operations/${begun.body.id}/recover`, { reason: 'the customer waits' });
    expect(acted.status).toBe(200);
    expect(idsIn('operation moved')).toEqual([{ requestId: requestOf(begun), operationId: begun.body.id }]);
    expect(idsIn('request')).toEqual([{ requestId: requestOf(acted), traceId: null, operationId: begun.body.id }]);
  });
});

test('the line about an answer from 500 on names its request, and the operation where the answer names one', async () => {
  const answer = await press(UNREACHABLE, { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` });
  expect([answer.status, answer.body.operationId]).toEqual([503, answer.headers.get('operation-id')]);
  const ids = { requestId: requestOf(answer), traceId: TRACE, operationId: answer.body.operationId };
  expect(idsIn('The gateway could not be reached. Nothing was charged.')).toEqual([ids]);
  expect(idsIn('request')).toEqual([ids]);
});

test('the lines about a card that is to be kept name the subscription, and the request that asked for it', async () => {
  const user = newUser();
  const { subscription } = (await shop.as(user).subscribe('pro')).body;
  lines.length = 0;
  gateway.says('createCustomer', customerReferenceOf(user), () => Promise.reject<CustomerOutcome>(new Error('a bug')));
  const changed = await shop
    .as(user)
    .send('PUT', '/v1/me/payment-method', { paymentMethod: 'pm_card_mastercard' }, { 'idempotency-key': newKey() });
  expect(changed.status).toBe(503);
  expect(idsIn('the gateway adapter failed')).toEqual([{ requestId: requestOf(changed), subscriptionId: subscription.id }]);
});
