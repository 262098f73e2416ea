/** The networks, and the settings that trained them. */
import { settingsDiff } from '../../../../pure/settingsDiff.ts';
import { getModel } from '../../../models/registry.ts';
import type { FigureBook } from '../figureBook.ts';
import { type Html, html, table } from '../html.ts';
import type { ReportContent } from '../reportContent.ts';

/** As many runs have a column each. */
const MOST_COLUMNS = 6;

export async function networkSection({ runs, names }: ReportContent, book: FigureBook): Promise<Html> {
  if (runs.length === 0) return html``;
  const rows: Html[][] = [];
  for (const [at, run] of runs.entries()) {
    const { title, paper, source, license } = getModel(run.spec.model.name);
    rows.push([
      html`${names[at]!}`,
      html`${title}`,
      await book.show(`parameters of ${names[at]!}`, 'count', { kind: 'parameters', run: run.id }),
      html`${paper}`,
      html`${source} (${license})`,
    ]);
  }
  return html`<h2>Networks</h2>
    ${table('Networks, their papers, and whose definition they follow', ['Run', 'Network', 'Parameters', 'Paper', 'Definition'], rows, { numbers: false })} `;
}

export async function settingsSection({ runs, names }: ReportContent, book: FigureBook): Promise<Html> {
  if (runs.length === 0) return html``;
  const all = settingsDiff(runs.map(({ spec }) => spec)).filter(
    ({ setting }) => !/^(dataset|class(Names|Ids))$/.test(setting),
  );
  // many runs side by side are told apart by what differs; what they share has one column
  const apart = runs.length > MOST_COLUMNS ? all.filter(({ differs }) => differs) : all;
  const alike = runs.length > MOST_COLUMNS ? all.filter(({ differs }) => !differs) : [];
  const cell = (setting: string, at: number): Promise<Html> =>
    book.show(`${setting} of ${names[at]!}`, 'text', { kind: 'setting', run: runs[at]!.id, setting });
  const rows: Html[][] = [];
  for (const { setting } of apart)
    rows.push([html`${setting}`, ...(await Promise.all(runs.map((_, at) => cell(setting, at))))]);
  const shared: Html[][] = [];
  for (const { setting } of alike) shared.push([html`${setting}`, await cell(setting, 0)]);
  return html`<h2>Settings</h2>
    ${shared.length > 0 ? table('Settings that all runs share', ['Setting', 'Value'], shared) : ''}
    ${rows.length > 0 ? table('Settings of each run', ['Setting', ...names], rows) : ''} ${revisions({ runs, names })}`;
}

/** Which epochs were trained under which settings. */
function revisions({ runs, names }: Pick<ReportContent, 'runs' | 'names'>): Html {
  const lines = runs.flatMap(({ spec }, at) =>
    (spec.resumedWith ?? []).map(
      ({ epoch, step, before }) =>
        html`<li>
          ${names[at]!} was continued at epoch ${epoch} (step ${step}) under the settings above; until then
          ${JSON.stringify(before)}.
        </li> `,
    ),
  );
  return lines.length === 0
    ? html``
    : html`<p>Changed after the run had begun, when its validation results were visible:</p>
        <ul>
          ${lines}
        </ul> `;
}
