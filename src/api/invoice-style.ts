/** How an invoice looks: a light sheet on a screen, the same sheet without its surroundings on paper. The dashed line is where the counterfoil is torn off. */
export const INVOICE_STYLE = `
:root { color-scheme: light; --ink: #1b2430; --soft: #5b6675; --line: #dfe3e8; --accent: #14614a; --sheet: #fff; --desk: #eef1ee; --gutter: clamp(1.25rem, 6vw, 3.5rem); }
* { box-sizing: border-box; margin: 0; }
body { background: var(--desk); color: var(--ink); font: 1rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere; padding: clamp(0rem, 4vw, 3.5rem) clamp(0rem, 3vw, 1.5rem); }
main { background: var(--sheet); max-width: 46rem; margin: 0 auto; border-top: .4rem solid var(--accent); border-radius: .25rem;
  box-shadow: 0 1px 2px rgb(27 36 48 / .08), 0 1.25rem 3rem -1.5rem rgb(27 36 48 / .35); }
header, .facts, footer, .counterfoil { padding-inline: var(--gutter); }
header { display: flex; flex-wrap: wrap; gap: 1rem; justify-content: space-between; align-items: flex-end; padding-top: clamp(1.75rem, 6vw, 3.25rem); }
.seller { color: var(--soft); font-weight: 600; }
h1 { font-size: clamp(1.6rem, 5vw, 2.25rem); line-height: 1.15; letter-spacing: -.02em; font-weight: 700; }
h1 span { font-weight: 400; color: var(--soft); white-space: nowrap; }
.paid { color: var(--accent); border: 2px solid currentColor; border-radius: .375rem; padding: .1rem .75rem; font-weight: 700; letter-spacing: .08em;
  text-transform: uppercase; font-size: .875rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(17rem, 100%), 1fr)); gap: 1.25rem 2rem; padding-block: 2rem 2.25rem; }
dt { color: var(--soft); font-size: .8125rem; }
dd { font-weight: 600; }
.to { color: var(--soft); font-weight: 400; }
.facts time { white-space: nowrap; }
table { border-collapse: collapse; width: calc(100% - 2 * var(--gutter)); margin-inline: var(--gutter); }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
th, td { padding: .7rem 0; vertical-align: baseline; border-bottom: 1px solid var(--line); }
th { text-align: left; font-weight: 400; padding-inline-end: 1.5rem; }
td, thead th:last-child { text-align: right; white-space: nowrap; padding-inline-end: 0; }
thead th { font-size: .8125rem; color: var(--soft); padding-block: .4rem; border-bottom: 2px solid var(--ink); }
.line th, .line td { font-weight: 500; }
tfoot th, tfoot td { border: 0; padding-block: .35rem; }
tfoot tr:first-child > * { padding-top: 1rem; }
.sum { color: var(--soft); }
.total { font-size: 1.375rem; letter-spacing: -.01em; }
.total th, .total td { font-weight: 700; }
.note { color: var(--soft); font-size: .875rem; }
.note > * { padding-block: .1rem; }
footer { color: var(--soft); font-size: .8125rem; padding-block: 2rem 2.25rem; }
.counterfoil { border-top: 2px dashed #b9c1ca; padding-block: 1.25rem 1.5rem; position: relative; }
.counterfoil::before, .counterfoil::after { content: ''; position: absolute; top: -.65rem; width: 1.25rem; height: 1.25rem; border-radius: 50%;
  background: var(--desk); }
.counterfoil::before { left: -.65rem; }
.counterfoil::after { right: -.65rem; }
.counterfoil dl { display: flex; flex-wrap: wrap; gap: .5rem 2rem; justify-content: space-between; font-size: .8125rem; }
.counterfoil dt { font-size: .75rem; }
@page { margin: 16mm; }
@media print {
  body { background: none; padding: 0; font-size: 11pt; }
  main { max-width: none; box-shadow: none; border-radius: 0; border-top-width: 1mm; print-color-adjust: exact; --gutter: 0rem; }
  .counterfoil::before, .counterfoil::after { content: none; }
  tr, .counterfoil { break-inside: avoid; }
}
`;
