import { CreditCheck, type CreditDifference } from '../operations/credit-check.js';
import type { Config } from '../platform/config.js';
import { inRooms } from './rooms.js';

/** Compares balances with entries, reserved credit with open operations, and every movement with zero. Bad news where anything differs. */
export function checkCredits(config: Config) {
  return inRooms(config, async (rooms) => {
    const differences = await rooms.get(CreditCheck).differences();
    if (differences.length === 0) return { json: { differences }, text: 'Every balance is the sum of its entries.' };
    return { json: { differences }, text: differences.map(line).join('\n'), failed: true };
  });
}

function line({ what, of, currency, kept, found }: CreditDifference): string {
  switch (what) {
    case 'balance':
    case 'reserved':
      return `${of}: ${what} ${kept} ${currency}, its entries sum to ${found}`;
    case 'open operations':
      return `${of}: reserved ${kept} ${currency}, open operations hold ${found}`;
    case 'movement':
      return `movement ${of}: its entries sum to ${found} ${currency}, not to ${kept}`;
  }
}
