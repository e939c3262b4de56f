import { describe, expect, test } from '@jest/globals';
import { alternativesTo, familyIn, planOfFamily, seatsLeft } from '../../src/subscriptions/families.js';
import { Plan } from '../../src/subscriptions/plan.entity.js';

const plan = (id: string, wish: Partial<Plan> = {}): Plan =>
  Object.assign(new Plan(), {
    id,
    priceAmount: 2_500,
    priceCurrency: 'USD',
    capacity: 4,
    seatsHeld: 0,
    seatsTaken: 0,
    onSale: true,
    family: 'studio',
    ...wish,
  });

test.each([
  ['family:studio', 'studio'],
  ['studio', null],
  ['familystudio', null],
])('%s asks for the family %s', (asked, family) => expect(familyIn(asked)).toBe(family));

describe('a family stands for', () => {
  test('its first plan with a seat left: one is filled before the next is opened', () => {
    const [a, b, c] = [plan('a', { seatsTaken: 3, seatsHeld: 1 }), plan('b', { seatsTaken: 3 }), plan('c')];
    expect(planOfFamily([a, b, c], null)).toBe(b);
  });

  test('the plan of it that the user has, full or not on sale', () => {
    const held = plan('b', { seatsTaken: 4, onSale: false });
    expect(planOfFamily([plan('a'), held], 'b')).toBe(held);
  });

  test('nothing where all are full, and nothing known where none is on sale', () => {
    expect(planOfFamily([plan('a', { capacity: 0 })], null)).toBeNull();
    expect(planOfFamily([plan('a', { onSale: false })], null)).toBeUndefined();
    expect(planOfFamily([], null)).toBeUndefined();
  });

  test('a plan without a limit always has a seat', () => {
    const open = plan('b', { capacity: null });
    expect(seatsLeft(open)).toBeNull();
    expect(planOfFamily([plan('a', { capacity: 0 }), open], null)).toBe(open);
  });
});

test('alternatives are of the family and currency, on sale, with seats left, and not what the user has; the nearest price first', () => {
  const full = plan('full', { priceAmount: 2_500, seatsTaken: 4 });
  const family = [
    full,
    plan('far', { priceAmount: 9_000 }),
    plan('dearer', { priceAmount: 2_900, seatsTaken: 1 }),
    plan('cheaper', { priceAmount: 2_300, capacity: null }),
    plan('euro', { priceCurrency: 'EUR' }),
    plan('gone', { onSale: false }),
    plan('packed', { seatsHeld: 4 }),
    plan('mine'),
  ];
  expect(alternativesTo(full, family, 'mine')).toEqual([
    { planId: 'cheaper', left: null, price: { amount: 2_300, currency: 'USD' } },
    { planId: 'dearer', left: 3, price: { amount: 2_900, currency: 'USD' } },
    { planId: 'far', left: 4, price: { amount: 9_000, currency: 'USD' } },
  ]);
});
