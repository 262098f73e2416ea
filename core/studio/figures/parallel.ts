/** Settings and results of several runs as parallel axes. */
import { StudioError } from '../../../contract/errors.ts';
import type { RunRow } from '../../../contract/api/runs/runTypes.ts';
import type { FigureQuestion } from '../../../contract/results/figure.ts';
import { parallelAxes, usualAxes } from '../../../pure/figures/parallelAxes.ts';
import { parallelSvg } from '../../../pure/figures/parallelPlot.ts';
import { findRun } from '../runs/findRun.ts';
import type { DrawnFigure, Drawing } from './drawnFigure.ts';

/** @throws {StudioError} `run.notFound`; `input.invalid`: where the runs differ in nothing, or have no such axis */
export async function drawParallel(
  { runs: ids, axes: wanted }: Extract<FigureQuestion, { kind: 'parallel' }>,
  { context, theme }: Drawing,
): Promise<DrawnFigure> {
  const runs: RunRow[] = [];
  for (const id of ids) {
    const { id: found } = await findRun(context, id);
    const row = await context.runRows.find(found);
    if (row) runs.push(row);
  }
  const axes = parallelAxes(runs, wanted ?? usualAxes(runs));
  if (axes.length === 0)
    throw new StudioError(
      'input.invalid',
      'There is no axis to draw: these runs have neither a result nor a difference.',
      {
        remedy: 'Choose runs that differ in a setting, or wait for their first epoch.',
      },
    );
  const title = 'Settings and results';
  const data = [...new Set(runs.map(({ datasetName, spec }) => datasetName ?? spec.dataset))];
  const subtitle = `${data.join(', ')}; validation as trained, at each best epoch`;
  return {
    title,
    svg: parallelSvg(axes, runs, { title, subtitle, theme }),
    rows: [
      ['run', ...axes.map((axis) => axis.title)],
      ...runs.map(({ name }, run) => [name, ...axes.map(({ texts }) => texts[run] ?? null)]),
    ],
  };
}
