import { afterEach } from '@jest/globals';
import { SECRET, type Shop } from './shop.js';
import { Tab, type TabOptions } from './tab.js';

/** Opens tabs at the shop of a test's file; after each test they are closed. */
export function openingTabsAt(shop: () => Shop): (userId: string, options?: Partial<TabOptions>) => Promise<Tab> {
  const tabs: Tab[] = [];
  afterEach(async () => {
    for (const tab of tabs.splice(0)) await tab.close();
  });
  return async (userId, options = {}) => {
    const tab = await Tab.open({ url: shop().url, secret: SECRET, userId, ...options });
    tabs.push(tab);
    return tab;
  };
}
