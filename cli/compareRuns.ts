/** Several runs side by side: what they reached, and where their settings differ. */
import { METRIC } from '../contract/metrics.ts';
import type { RunRow } from '../contract/api/runs/runTypes.ts';
import { comparisonNotes } from '../pure/comparisonNotes.ts';
import { settingsDiff, type Setting } from '../pure/settingsDiff.ts';
import { tableText, type TableFormat } from '../pure/textTable.ts';
import { formatPercent, formatSeconds, formatTable } from './format.ts';

export type CompareFormat = 'text' | TableFormat;

const CAPTION = 'Metrics at the best epoch, validation split, one view an image.';

/** A row a run; a column a result, then a column a setting that differs (or any setting with `all`). */
export function compareRuns(
  runs: readonly RunRow[],
  { format, all = false }: { format: CompareFormat; all?: boolean },
): { value: unknown; text: string } {
  const settings = settingsDiff(runs.map((run) => run.spec)).filter((row) => all || row.differs);
  const exact = format === 'csv';
  const results = runs.map(({ id, name, state, best, bestEpoch, durationMs, spec }) => ({
    run: id,
    name,
    state,
    network: spec.model.name,
    top1: best[METRIC.valTop1] ?? null,
    loss: best[METRIC.valLoss] ?? null,
    bestEpoch,
    durationMs,
  }));
  const header = [
    'run',
    'name',
    'state',
    'top-1',
    'loss',
    'best epoch',
    'trained',
    ...settings.map(({ setting }) => setting),
  ];
  const numeric = header.map(
    (_, column) =>
      (column >= 3 && column <= 6) ||
      (column > 6 && (settings[column - 7]?.values.every((value) => typeof value === 'number') ?? false)),
  );
  const rows = results.map(({ run, name, state, top1, loss, bestEpoch, durationMs }, i) => [
    run,
    name,
    state,
    exact ? String(top1 ?? '') : formatPercent(top1),
    exact ? String(loss ?? '') : (loss?.toFixed(4) ?? '–'),
    String(bestEpoch ?? '–'),
    exact ? String(durationMs / 1000) : formatSeconds(durationMs / 1000),
    ...settings.map(({ values }) => words(values[i])),
  ]);
  const notes = comparisonNotes(runs);
  return {
    value: {
      runs: results,
      notes,
      settings: settings.map(({ setting, values }) => ({ setting, values: values.map((value) => value ?? null) })),
    },
    text:
      format === 'text'
        ? `${formatTable(
            header,
            rows,
            header.filter((_, column) => numeric[column]),
          )}\n${[CAPTION, ...notes].join('\n')}`
        : tableText({ header, rows, numeric, caption: CAPTION }, format),
  };
}

function words(value: Setting | undefined): string {
  return value === undefined || value === null ? '–' : String(value);
}
