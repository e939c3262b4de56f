import { Customer } from './customer.js';
import { expect, test } from './shop.js';

test('a double click in two tabs charges once, and both tabs agree', async ({ context, shop }) => {
  const customer = new Customer(context, shop);
  await customer.set({ card: 'pm_sandbox_slow_3s' });
  const [one, other] = [await customer.tab('One'), await customer.tab('Other')];
  await customer.pressesMeet(2);
  await Promise.all([one, other].map((page) => page.getByRole('button', { name: 'Subscribe Pro', exact: true }).dblclick()));
  for (const page of [one, other]) {
    await expect(page.getByRole('heading', { level: 1, name: 'Pro', exact: true })).toBeVisible();
    await expect(page.getByText('$19 charged once, for 2 presses.')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Yours Pro', exact: true })).toBeDisabled();
  }
  expect(await customer.charged(one)).toEqual([1_900]);
});

test('twenty presses at once charge once, as the stage counts and the gateway says', async ({ context, shop }) => {
  const customer = new Customer(context, shop);
  const stage = await customer.stage();
  await stage.getByRole('button', { name: '20 times at once' }).click();
  await expect(stage.getByTestId('presses')).toHaveText('20');
  await expect(stage.getByTestId('charges')).toHaveText('1');
  await expect(stage.getByText(/^(charged|joined|unchanged) · /)).toHaveCount(20);
  expect(await customer.charged(stage)).toEqual([1_900]);
});

test('without protection the same click charges as often as it is made', async ({ context, shop }) => {
  const customer = new Customer(context, shop);
  const stage = await customer.stage();
  await stage.getByLabel('Without protection').click();
  await stage.getByRole('button', { name: 'All tabs at once' }).click();
  await expect(stage.getByTestId('charges')).toHaveText('2');
  expect(await customer.charged(stage)).toEqual([1_900, 1_900]);
});

test('a plan that fills up while another tab looks is full there too, and offers its neighbour', async ({ context, shop }) => {
  const customer = new Customer(context, shop);
  const page = await customer.tab('Watching');
  await expect(page.getByText('4 of 4 seats left').first()).toBeVisible();
  for (const user of ['seat_1', 'seat_2', 'seat_3', 'seat_4']) {
    const headers = { 'idempotency-key': `fills-up-${user}` };
    const { status } = await shop.server.send(
      user,
      'PUT',
      '/v1/me/subscription',
      { planId: 'studio-a', paymentMethod: 'pm_card_visa' },
      headers,
    );
    expect(status).toBe(201);
  }
  await expect(page.getByRole('button', { name: 'Full Studio A' })).toBeDisabled();
  await page.getByRole('button', { name: /^Take Studio B instead/ }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Studio B' })).toBeVisible();
});

test('a lost answer is not paid again: every button waits, and the page settles by itself', async ({ context, shop }) => {
  const customer = new Customer(context, shop);
  await customer.set({ card: 'pm_sandbox_timeout_charged' });
  const [one, other] = [await customer.tab('One'), await customer.tab('Other')];
  await one.getByRole('button', { name: 'Subscribe Pro', exact: true }).click();
  for (const page of [one, other]) {
    await expect(page.getByText('We are checking. Do not pay again.')).toBeVisible();
    for (const button of await page.getByRole('button', { name: /^Subscribe/ }).all()) await expect(button).toBeDisabled();
  }
  for (const page of [one, other]) await expect(page.getByRole('heading', { level: 1, name: 'Pro', exact: true })).toBeVisible();
  await expect(one.getByText('$19 charged once.')).toBeVisible();
  expect(await customer.charged(one)).toEqual([1_900]);
});
