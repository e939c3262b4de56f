import type { ChargeRow, Shop } from '../kit/shop.js';

/** The charges that stay, of one user. */
export async function chargesOf(shop: Shop, userId: string): Promise<ChargeRow[]> {
  const rows = (await shop.sql('select reference from operations where user_id = $1', [userId])) as { reference: string }[];
  const references = new Set(rows.map(({ reference }) => reference));
  return (await shop.succeededCharges()).filter(({ reference }) => references.has(reference));
}
