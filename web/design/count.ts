/** So many of something: `1 call`, `1,000 calls`. */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${COUNT.format(count)} ${PLURAL.select(count) === 'one' ? one : many}`;
}

const COUNT = new Intl.NumberFormat('en');
const PLURAL = new Intl.PluralRules('en');
