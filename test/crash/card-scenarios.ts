import { eventually } from '../kit/waiting.js';
import { newKey } from '../kit/names.js';
import { END_PERIOD_ONCE, type Scenario, type Subject } from './scenarios.js';
import type { World } from './world.js';

/** Sweeps are made ten times a second; a busy machine may be late, and after a doubt a second is let go by. */
const DONE_BY_TIME_MS = 60_000;
const KEPT = ['CardStore.customerOf', 'PaymentGateway.createCustomer', 'CardStore.addCustomer', 'PaymentGateway.keepCard'];

/** Where nobody sweeps, the card is left as the charge left it: to be kept. */
function subscribed(world: World, { user }: Subject, planId: string, key = newKey()) {
  return eventually(
    () => world.ask(user, key, 'PUT', '/v1/me/subscription', { planId, paymentMethod: 'pm_card_visa' }),
    (answer) => answer?.body.status === 'succeeded',
    DONE_BY_TIME_MS,
  );
}

/** The card that is kept is charged while nobody is there. */
async function renewed(world: World, { user }: Subject) {
  const kept = () => world.sql('select customer from subscriptions where user_id = $1', [user]);
  await eventually(kept, ([row]) => row.customer !== null, DONE_BY_TIME_MS);
  const renewal = async () => {
    await world.sql(END_PERIOD_ONCE, [user]);
    return (await world.sql(`select status from operations where user_id = $1 and kind = 'renew' and settled_at is not null`, [user]))[0];
  };
  const row = await eventually(renewal, (found) => found !== undefined, DONE_BY_TIME_MS);
  return { status: row.status === 'succeeded' ? 200 : 402, body: row };
}

/** Behind the charge: nobody presses, and the subscription itself is the note. */
export const BY_SWEEP: Scenario = {
  name: 'a card that is kept behind its charge',
  steps: ['CardStore.withCardToKeep', ...KEPT, 'CardStore.kept'],
  ends: { subscribe: 'succeeded' },
  staying: 1,
  answers: 201,
  byTime: true,
  prepare: (world, subject) => subscribed(world, subject, 'basic', subject.key),
  press: (world, subject) => subscribed(world, subject, 'basic', subject.key),
  next: renewed,
};

/** Before there is an operation: it charges the card that is kept. */
export const FOR_A_CHANGE: Scenario = {
  name: 'a card that is kept for a change of plan',
  steps: ['Leases.acquire', ...KEPT, 'CardStore.kept', 'OperationStore.record', 'PaymentGateway.charge', 'OperationStore.settle'],
  ends: { subscribe: 'succeeded', change_plan: 'succeeded' },
  staying: 2,
  answers: 200,
  prepare: (world, subject) => subscribed(world, subject, 'basic'),
  press: (world, { user, key, plan }) => world.ask(user, key, 'PUT', '/v1/me/subscription', { planId: plan }),
  next: renewed,
};

/** On trial the card was never charged: the gateway gives it another name when it is kept. */
export const REPLACED: Scenario = {
  name: 'a card in the place of another',
  steps: ['CardStore.subscriptionOf', 'CardStore.isReplay', ...KEPT, 'CardStore.replace'],
  ends: { subscribe: 'succeeded' },
  staying: 0,
  answers: 200,
  prepare: (world, subject) => subscribed(world, subject, 'team'),
  press: (world, { user, key }) => world.asked(user, key, 'PUT', '/v1/me/payment-method', { paymentMethod: 'pm_card_mastercard' }),
  next: renewed,
};
