import type { BrowserContext, Page } from '@playwright/test';
import { expect, type Shop } from './shop.js';

/** Pages of one made-up customer; each test has a browser of its own, and so a customer of its own. */
export class Customer {
  constructor(
    private readonly context: BrowserContext,
    private readonly shop: Shop,
  ) {}

  /** A tab of the shop, when it hears of everything that becomes true. */
  async tab(name: string): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(`${this.shop.url}/store/tab?name=${name}`);
    await expect(page.getByText(`${name}, live`)).toBeVisible();
    await expect(page.getByRole('button', { name: 'Subscribe Pro', exact: true })).toBeEnabled();
    return page;
  }

  /** The stage, when its two tabs hear of everything that becomes true. */
  async stage(): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(`${this.shop.url}/store`);
    for (const name of ['Tab A', 'Tab B'])
      await expect(page.frameLocator(`iframe[title^="${name}"]`).getByText(`${name}, live`)).toBeVisible();
    return page;
  }

  /** What the gateway does with a press, in every tab of this browser. */
  async set(settings: { card?: string; planId?: string; naive?: boolean }): Promise<void> {
    const whole = { card: 'pm_card_visa', planId: 'pro', naive: false, ...settings };
    await this.context.addInitScript(`localStorage.setItem('counterfoil:stage', ${JSON.stringify(JSON.stringify(whole))})`);
  }

  /** A barrier: the first presses, from whichever tab, go on to the service when this many have come. */
  async pressesMeet(count: number): Promise<void> {
    let come = 0;
    let open: () => void = () => undefined;
    const all = new Promise<void>((resolve) => (open = resolve));
    await this.context.route('**/v1/me/subscription', async (route) => {
      if (route.request().method() !== 'PUT') return route.continue();
      come += 1;
      if (come === count) open();
      await all;
      return route.continue();
    });
  }

  async id(page: Page): Promise<string> {
    return (await page.evaluate(`JSON.parse(localStorage.getItem('counterfoil:shopper')).userId`)) as string;
  }

  /** What the gateway charged this customer and kept, in minor units; asked of the gateway itself. */
  async charged(page: Page): Promise<number[]> {
    const user = await this.id(page);
    return (await this.shop.charges())
      .filter((charge) => charge.user === user && charge.status === 'succeeded')
      .map(({ amount }) => amount);
  }
}
