import type { Catalogue, Guard, NamedTest } from './guard.js';

/** `docs/guards.md`, which is printed from the guards themselves. */
export function guardsMarkdown({ groups, together }: Catalogue): string {
  return [
    '# Guards',
    '',
    'What keeps the promises, one guard a row. Printed from `test/guards/` by `npm run generate`; there stands, for each, what its removal changes in',
    'the source. `npm run guards` takes out each in a copy of the tree and shows that the test named here fails, while another test of the same file',
    'still passes. Where another guard hides the loss, both are taken out: see the last table.',
    '',
    'Paths begin at `src/`, or at `web/` where they say so. `…initial.ts` is the first migration, in `platform/database/migrations/`.',
    '',
    ...groups.flatMap(({ title, guards }) => [`## ${title}`, '', ...table(HEAD, guards.map(row)), '']),
    '## Guards that hide each other',
    '',
    ...table(
      ['Taken out together', 'Test', 'Without them'],
      together.map(({ guards, test, without }) => [guards.map((id) => `\`${id}\``).join(', '), testCell(test), without]),
    ),
    '',
  ].join('\n');
}

const HEAD = ['Guard', 'Id', 'Where', 'Test', 'Without it'];

function row({ id, name, at, remove, test, without }: Guard): string[] {
  const files = [...new Set(remove.map(({ file }) => file))].map(placeOf);
  return [name, `\`${id}\``, [...files, ...(at ? [at] : [])].join(', '), test ? testCell(test) : 'hidden by another, see below', without];
}

function placeOf(file: string): string {
  return `\`${file.replace(/^src\//, '').replace(/^.*\d-initial\.ts$/, '…initial.ts')}\``;
}

function testCell({ file, name, group }: NamedTest): string {
  return `\`${file}\`: ${group ? `${group}, ` : ''}"${name}"`;
}

function table(head: string[], rows: string[][]): string[] {
  return [head, head.map(() => '---'), ...rows].map(
    (cells) => `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`,
  );
}
