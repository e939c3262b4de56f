import { PROBLEMS, type Charged, type ProblemCode, type ProblemRow } from './catalogue.js';

/** The page behind a problem's `type`. Needs no script and loads nothing. */
export function problemPage(code: ProblemCode): string {
  const row: ProblemRow = PROBLEMS[code];
  const main = `<p><a href="../problems">All problems</a></p>
<h1>${escape(row.title)}</h1>
<p>${escape(row.help)}</p>
<dl>
<dt>Code</dt><dd><code>${code}</code></dd>
<dt>HTTP status</dt><dd>${row.status}</dd>
<dt>Charged</dt><dd><code>${row.charged}</code>: ${CHARGED[row.charged]}</dd>
<dt>Retryable</dt><dd>${row.retryable ? RETRYABLE.yes : RETRYABLE.no}</dd>
</dl>`;
  return page(row.title, main);
}

/** The list of all problems, for `/problems`; its links are relative, so that it may stand behind a path. */
export function problemsPage(): string {
  const rows = inOrder().map(
    ([code, row]) =>
      `<tr><td>${row.status}</td><th scope="row"><a href="problems/${code}"><code>${code}</code></a></th><td>${escape(row.title)}</td><td>${row.charged}</td></tr>`,
  );
  return page(
    'Problems',
    `<h1>Problems</h1>
<table>
<thead><tr><th scope="col">Status</th><th scope="col">Code</th><th scope="col">Title</th><th scope="col">Charged</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>`,
  );
}

/** `docs/problems.md`, printed. */
export function problemsMarkdown(): string {
  const rows = inOrder().map(
    ([code, row]) =>
      `| ${row.status} | \`${code}\` | ${cell(row.title)} | ${row.charged} | ${row.retryable ? 'yes' : 'no'} | ${cell(row.help)} |`,
  );
  return `# Problems

Every refusal is an \`application/problem+json\` (RFC 9457) with one of these codes. *Charged* says whether money moved for the request;
\`unknown\` means that an earlier request with the same key may have been charged. *Retryable* means that the same request with the same
key may succeed later without anything being changed.

<!-- Printed from src/platform/problems/catalogue.ts; edit it there. -->

| Status | Code | Title | Charged | Retryable | What to do |
|---|---|---|---|---|---|
${rows.join('\n')}
`;
}

const CHARGED: Record<Charged, string> = {
  no: 'no money moved for this request.',
  yes: 'money moved for this request.',
  unknown: 'an earlier request with the same key may have been charged. Repeat with the same key to learn.',
};

const RETRYABLE = {
  yes: 'Yes: the same request with the same key may succeed later without anything being changed.',
  no: 'No: something has to be changed first.',
};

function inOrder(): [string, ProblemRow][] {
  return Object.entries<ProblemRow>(PROBLEMS).sort(([codeA, a], [codeB, b]) => a.status - b.status || codeA.localeCompare(codeB, 'en'));
}

function page(title: string, main: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)} · Counterfoil</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${main}
</main>
</body>
</html>
`;
}

/** System colours follow the reader's choice of light, dark or high contrast. */
const STYLE = `
:root { color-scheme: light dark; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; background: Canvas; color: CanvasText; }
main { max-width: 46rem; margin: 0 auto; padding: 2rem 1rem; }
h1 { line-height: 1.2; }
a { color: LinkText; }
dt { font-weight: 600; margin-top: 1rem; }
dd { margin: 0; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: 0.4rem 0.6rem; text-align: left; vertical-align: top; border-bottom: 1px solid GrayText; overflow-wrap: anywhere; }
`;

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
