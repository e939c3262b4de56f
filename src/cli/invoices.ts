import { InvoiceCheck, type InvoiceDifference } from '../invoices/invoice-check.js';
import type { Config } from '../platform/config.js';
import { inRooms } from './rooms.js';

/** Looks for numbers that are missing or given twice, and for charges that wait for an invoice. Bad news where there are any. */
export function checkInvoices(config: Config) {
  return inRooms(config, async (rooms) => {
    const differences = await rooms.get(InvoiceCheck).differences();
    if (differences.length === 0) return { json: { differences }, text: 'Every number is given once, and every charge has its invoice.' };
    return { json: { differences }, text: differences.map(line).join('\n'), failed: true };
  });
}

function line(difference: InvoiceDifference): string {
  if (difference.what === 'charges') return `charges without an invoice: ${difference.count}, the first of them since ${difference.since}`;
  const { year, last, missing, duplicates } = difference;
  return `${year}: of the numbers up to ${last}, missing: ${missing}, given twice: ${duplicates}`;
}
