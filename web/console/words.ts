/** What the API calls things, for people. */
export function inWords(name: string): string {
  return name.replaceAll('_', ' ');
}

/** What is known about the money, as a word that cannot be misread. */
export const CHARGED = { yes: 'charged', no: 'not charged', unknown: 'not known' } as const;
export const CHARGED_TONES = { yes: 'good', no: 'calm', unknown: 'doubt' } as const;

/** A value out of a timeline, whose types only its writer knows, as text. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** Which plan an operation is about, or from which to which. */
export function plansText({ fromPlanId, toPlanId }: { fromPlanId: string | null; toPlanId: string | null }): string {
  return fromPlanId && toPlanId && fromPlanId !== toPlanId ? `${fromPlanId} → ${toPlanId}` : (toPlanId ?? fromPlanId ?? '–');
}
