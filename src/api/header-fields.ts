/**
 * Cuts a header's value at a separator, but not inside quoted strings (RFC 9110, section 5.6.4), in one pass. Parts are
 * trimmed and none is empty.
 */
export function splitUnquoted(value: string, separator: ',' | ';'): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < value.length; at += 1) {
    const character = value[at];
    if (quoted && character === '\\') at += 1;
    else if (character === '"') quoted = !quoted;
    else if (character === separator && !quoted) {
      parts.push(value.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(value.slice(start));
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/** The text inside a quoted string with its escapes undone, or null when `value` is not exactly one quoted string. */
export function unquote(value: string): string | null {
  if (value.length < 2 || !value.startsWith('"')) return null;
  let text = '';
  for (let at = 1; at < value.length; at += 1) {
    const character = value[at] as string;
    if (character === '"') return at === value.length - 1 ? text : null;
    if (character === '\\') at += 1;
    text += value[at] ?? '';
  }
  return null;
}
