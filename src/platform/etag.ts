/** If-Match as RFC 9110 has it: `*` holds for anything that exists, a list holds if one strong tag is equal. */
export type EtagCondition = { any: true } | { any: false; tags: string[] };

/** The strong entity tag of a version. */
export function etagOf(version: number): string {
  return `"${version}"`;
}

export function holds(condition: EtagCondition, current: string | null): boolean {
  if (current === null) return false;
  return condition.any || condition.tags.includes(current);
}
