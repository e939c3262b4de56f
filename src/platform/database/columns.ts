import type { ValueTransformer } from 'typeorm';

/** bigint arrives as text; minor units stay far below 2^53, and the API refuses larger ones. */
export const minorUnits: ValueTransformer = {
  to: (value: number) => value,
  from: (value: string | number) => Number(value),
};

/** A row as `to_jsonb(row)` prints it: snake_case members, times as ISO text. */
export type JsonRow = Record<string, unknown>;

export function dateOf(value: unknown): Date {
  return new Date(value as string);
}

export function dateOrNull(value: unknown): Date | null {
  return value === null || value === undefined ? null : dateOf(value);
}
