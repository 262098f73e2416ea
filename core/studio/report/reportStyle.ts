/** The style sheet of a report: light and dark as the reader has it, and on paper. */
import { DARK_FIGURE, figureVariables, LIGHT_FIGURE } from '../../../pure/figures/theme.ts';

export const REPORT_STYLE = `
:root { color-scheme: light dark; --ground: #fff; --text: #1a1c1e; --muted: #565c61; --rule: #d8dce0; --soft: #f3f5f7;
  --link: #005a8c; --good: #00684d; --bad: #a13a00; ${figureVariables(LIGHT_FIGURE)} }
@media (prefers-color-scheme: dark) { :root { --ground: #16181b; --text: #e6e8ea; --muted: #a9b0b6; --rule: #383e44;
  --soft: #1f2327; --link: #7cc4f5; --good: #57d3ab; --bad: #ff9a62; ${figureVariables(DARK_FIGURE)} } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 2rem 1.25rem 4rem; background: var(--ground); color: var(--text);
  font: 16px/1.5 system-ui, "DejaVu Sans", "Noto Sans", "Liberation Sans", Arial, sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 0.25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 0.75rem; padding-top: 0.75rem; border-top: 1px solid var(--rule); }
h3 { font-size: 1.05rem; margin: 1.5rem 0 0.5rem; overflow-wrap: anywhere; }
p { margin: 0.5rem 0; max-width: 48rem; overflow-wrap: anywhere; }
.muted { color: var(--muted); }
.result { font-size: 1.15rem; padding: 0.75rem 1rem; background: var(--soft); border-left: 4px solid var(--link);
  max-width: none; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: 0.75rem 0; font-size: 0.92rem; }
caption { text-align: left; color: var(--muted); padding-bottom: 0.35rem; }
th, td { padding: 0.3rem 0.75rem; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; }
thead th { border-bottom: 2px solid var(--rule); }
tbody th { font-weight: 500; }
table.numbers td { font-variant-numeric: tabular-nums; }
table.numbers td span { white-space: nowrap; }
figure { margin: 0.75rem 0; }
.drawing { overflow-x: auto; }
.drawing svg { max-width: 100%; height: auto; }
.wall { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: 1rem; padding: 0; margin: 0; }
.wall figure { margin: 0; font-size: 0.85rem; }
.wall img { display: block; width: 100%; aspect-ratio: 1; object-fit: contain; border: 1px solid var(--rule);
  background: #fff; }
.wall .wrong img { outline: 3px solid var(--bad); }
.wall figcaption { overflow-wrap: anywhere; }
.right b { color: var(--good); }
.wrong b { color: var(--bad); }
pre { background: var(--soft); padding: 0.75rem 1rem; overflow-x: auto; font-size: 0.85rem; line-height: 1.4; }
code { font-family: ui-monospace, "DejaVu Sans Mono", "Liberation Mono", monospace; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
@page { margin: 16mm; }
@media print {
  :root { color-scheme: light; --ground: #fff; --text: #000; --muted: #444; --rule: #bbb; --soft: #f3f5f7;
    --link: #000; --good: #00684d; --bad: #a13a00; ${figureVariables(LIGHT_FIGURE)} }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  h2, h3 { break-after: avoid; }
  figure, tr { break-inside: avoid; }
  thead { display: table-header-group; }
  .scroll, .drawing, pre { overflow: visible; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  .wall { grid-template-columns: repeat(6, 1fr); }
}
`;
