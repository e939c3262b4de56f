import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SeatCount, seatsAdrift } from '../../src/operations/seat-count.js';
import { expectInvariants } from '../kit/invariants.js';
import { newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';
import { atOnce } from '../kit/waiting.js';
import { metric } from './abandoned.js';

let shop: Shop;
let count: SeatCount;
beforeAll(async () => {
  shop = await Shop.open({ env: { ROLES: 'api' } });
  count = shop.service.app.get(SeatCount);
  expect((await shop.as(newUser()).subscribe('studio-a')).status).toBe(201);
  expect((await shop.as(newUser()).subscribe('studio-a', { paymentMethod: 'pm_sandbox_500_charged' })).status).toBe(202);
});
afterAll(async () => {
  await expectInvariants(shop);
  await shop.close();
});

const act = { actor: 'admin_1', roles: ['admin'], reason: 'counted by hand', requestId: 'req_1' };
const counters = (held: number, taken: number, planId = 'studio-a') =>
  shop.sql('update plans set seats_held = $1, seats_taken = $2 where id = $3', [held, taken, planId]);
const seats = async () => (await shop.sql('select seats_held as held, seats_taken as taken from plans where id = $1', ['studio-a']))[0];

describe('the seats of a plan', () => {
  test('are all accounted for, taken and held, whoever looks', async () => {
    expect(await count.drifts()).toEqual([]);
    expect(await metric(shop, 'counterfoil_seat_drift')).toBe(0);
  });

  test('that somebody wrote past the statements are found, and set right with an audit row', async () => {
    await counters(0, 3);
    const drift = { planId: 'studio-a', counted: { held: 0, taken: 3 }, found: { held: 1, taken: 1 } };
    expect(await count.drifts()).toEqual([drift]);
    expect(seatsAdrift([drift])).toBe(3);
    expect(await count.repair(act)).toEqual([drift]);
    expect(await seats()).toEqual({ held: 1, taken: 1 });
    const rows = await shop.sql(`select object, actor, reason, before, after from audit where action = 'seats.recount'`);
    expect(rows).toEqual([
      { object: 'studio-a', actor: 'admin_1', reason: 'counted by hand', before: { held: 0, taken: 3 }, after: { held: 1, taken: 1 } },
    ]);
    expect(await count.repair(act)).toEqual([]);
  });

  test('are counted right while others take them and leave them', async () => {
    const buyers = Array.from({ length: 12 }, newUser);
    await counters(0, 0, 'studio-b');
    const [answers] = await Promise.all([
      atOnce(buyers.length, (index) => shop.as(buyers[index] as string).subscribe('studio-b')),
      ...Array.from({ length: 8 }, () => count.repair(act)),
    ]);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(4);
    expect(await count.drifts()).toEqual([]);
  });

  test('are not made to fit an oversold plan: the database refuses, and nothing is changed', async () => {
    await counters(0, 0);
    await shop.sql(`update plans set capacity = 1 where id = 'studio-a'`);
    await expect(count.repair(act)).rejects.toThrow('seats_within_capacity');
    expect(await seats()).toEqual({ held: 0, taken: 0 });
    await shop.sql(`update plans set capacity = 4 where id = 'studio-a'`);
    await count.repair(act);
  });
});
