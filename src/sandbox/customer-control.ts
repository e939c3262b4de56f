import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { letGo } from './cards.js';
import { customerNamed } from './customer-verbs.js';
import type { Card, Customer } from './records.js';
import { resourceMissing, invalidRequest } from './stripe-error.js';
import { isTestMethod } from './test-methods.js';
import type { Room } from './verbs.js';

/** As many as the charges that are shown. */
const MAX_CUSTOMERS = 100_000;

const cardSettings = z.strictObject({ behaves: z.string().max(100).nullable() });

type Read = <Schema extends z.ZodType>(schema: Schema, input: unknown) => z.output<Schema>;

/** What people see of customers and their cards, how they make a card go bad or well again after it was kept, and how they delete a customer. */
export function mountCustomerControl(app: FastifyInstance, { state }: Room, read: Read): void {
  app.get('/sandbox/customers', () => {
    const cards = new Map<string | null, Card[]>();
    for (const card of state.cards.values()) {
      const kept = cards.get(card.customer);
      if (kept === undefined) cards.set(card.customer, [card]);
      else kept.push(card);
    }
    const all = [...state.customers.values()].filter(({ deleted }) => !deleted);
    const data = all.slice(0, MAX_CUSTOMERS).map((customer) => customerRow(customer, cards.get(customer.id) ?? []));
    return { data, hasMore: all.length > MAX_CUSTOMERS };
  });

  app.delete<{ Params: { id: string } }>('/sandbox/customers/:id', (request) => {
    const customer = customerNamed(request.params.id, state, 404);
    const cards = [...state.cards.values()].filter((card) => card.customer === customer.id);
    state.commit([{ customer: { ...customer, deleted: true } }, ...cards.map((card) => ({ card: letGo(card) }))]);
    return { id: customer.id, deleted: true };
  });

  app.post<{ Params: { id: string } }>('/sandbox/cards/:id', (request) => {
    const { id } = request.params;
    const { behaves } = read(cardSettings, request.body);
    if (behaves !== null && !isTestMethod(behaves)) {
      throw invalidRequest('behaves is the name of a test payment method, or null for what the card did at first.', { param: 'behaves' });
    }
    const named = state.cards.get(id);
    const cards = named === undefined ? [...state.cards.values()].filter(({ customer }) => customer === id) : [named];
    if (cards.length === 0) throw resourceMissing('card, or customer with a card', id, 'id', 404);
    const changed = cards.map((card) => ({ ...card, behaves }));
    state.commit(changed.map((card) => ({ card })));
    return { data: changed.map(cardRow) };
  });
}

function customerRow(customer: Customer, cards: Card[]): Record<string, unknown> {
  return {
    id: customer.id,
    user: customer.metadata['user'] ?? null,
    reference: customer.metadata['reference'] ?? null,
    createdAt: new Date(customer.createdAt).toISOString(),
    cards: cards.map(cardRow),
  };
}

function cardRow({ id, testMethod, behaves, customer }: Card): Record<string, unknown> {
  return { id, testMethod, behaves, customer };
}
