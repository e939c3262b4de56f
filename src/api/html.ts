/** A piece of a page, which is put into one as it is: `html` makes it of what is safe, and of fixed text it may be made by hand. */
export class Html {
  constructor(readonly text: string) {}
}

/** A template of a page. What is put into it is escaped, wherever it comes from, unless it is a piece of a page itself. */
export function html(pieces: TemplateStringsArray, ...values: (Html | Html[] | string)[]): Html {
  return new Html(pieces.reduce((text, piece, index) => text + inserted(values[index - 1] ?? '') + piece));
}

function inserted(value: Html | Html[] | string): string {
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(({ text }) => text).join('');
  return value.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
