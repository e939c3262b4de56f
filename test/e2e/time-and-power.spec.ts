import { Customer } from './customer.js';
import { expect, test } from './shop.js';

// Nobody else's subscriptions come due here, and nobody else's payments are cut off.
test.use({ house: 'of time and power' });

test('a month that passes renews what is held, and a card without money lets it fall due and ends it', async ({ context, shop }) => {
  const customer = new Customer(context, shop);
  const stage = await customer.stage();
  const tab = stage.frameLocator('iframe[title^="Tab A"]');
  await tab.getByRole('button', { name: 'Subscribe Pro', exact: true }).click();
  await expect(tab.getByText('active')).toBeVisible();
  await stage.getByRole('button', { name: 'Let a month pass' }).click();
  await expect(tab.getByText('Renewed: Pro')).toBeVisible();
  expect(await customer.charged(stage)).toEqual([1_900, 1_900]);
  await stage.getByLabel('The saved card has no money').click();
  await expect(stage.getByLabel('The saved card has no money')).toBeChecked();
  await stage.getByRole('button', { name: 'Let a month pass' }).click();
  await expect(tab.getByText('past due')).toBeVisible();
  await stage.getByRole('button', { name: 'Let a month pass' }).click();
  await expect(tab.getByText('No plan yet')).toBeVisible();
  expect(await customer.charged(stage)).toEqual([1_900, 1_900]);
});

test('a server that is killed in the middle of a payment comes back and finds out; the page waits and is told', async ({
  context,
  shop,
}) => {
  const customer = new Customer(context, shop);
  await customer.set({ card: 'pm_sandbox_slow_3s' });
  const stage = await customer.stage();
  const tab = stage.frameLocator('iframe[title^="Tab A"]');
  await stage.getByRole('button', { name: 'All tabs at once' }).click();
  await expect(stage.getByText('pending')).toBeVisible();
  await stage.getByRole('button', { name: 'Kill it' }).click();
  await expect(tab.getByText('Tab A, waiting for the shop')).toBeVisible();
  await expect(tab.getByText('Tab A, live')).toBeVisible({ timeout: 60_000 });
  await expect(tab.getByRole('heading', { level: 1, name: 'Pro', exact: true })).toBeVisible({ timeout: 60_000 });
  expect(await customer.charged(stage)).toEqual([1_900]);
});
