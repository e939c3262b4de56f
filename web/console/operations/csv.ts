import type { Schemas } from '../../service/client.ts';

type Operation = Schemas['Operation'];

const COLUMNS: Record<string, (operation: Operation) => string | number | null> = {
  id: ({ id }) => id,
  status: ({ status }) => status,
  kind: ({ kind }) => kind,
  charged: ({ charged }) => charged,
  user: ({ userId }) => userId,
  from_plan: ({ fromPlanId }) => fromPlanId,
  to_plan: ({ toPlanId }) => toPlanId,
  amount_minor_units: ({ amount }) => amount?.amount ?? null,
  currency: ({ amount }) => amount?.currency ?? null,
  gateway: ({ gateway }) => gateway.name,
  gateway_reference: ({ gateway }) => gateway.reference,
  attempts: ({ gateway }) => gateway.attempts,
  checks: ({ recovery }) => recovery.checks,
  requests: ({ requests }) => requests,
  created_at: ({ createdAt }) => createdAt,
  settled_at: ({ settledAt }) => settledAt,
};

/** RFC 4180, with a header. Amounts stay in minor units, so that no spreadsheet rounds them. */
export function csvOf(operations: Operation[]): string {
  const rows = operations.map((operation) => Object.values(COLUMNS).map((value) => cell(value(operation))));
  return [Object.keys(COLUMNS), ...rows].map((row) => `${row.join(',')}\r\n`).join('');
}

/** A user's id is whatever they were called: what a spreadsheet would take for a formula is made text. */
function cell(value: string | number | null): string {
  if (typeof value !== 'string') return String(value ?? '');
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

export function download(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  URL.revokeObjectURL(url);
}
