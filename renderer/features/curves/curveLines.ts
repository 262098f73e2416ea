/** The lines of one panel: of one run with everything, of several so that they can be told apart. */
import { METRIC } from '../../../contract/metrics.ts';
import type { PlotLine, PlotMark } from '../../ui/plots/plotLine.ts';
import type { NetworkStyle } from '../../ui/composables/useNetworkStyles.ts';
import type { CurveKind, CurveSettings, Panel } from './curveSettings.ts';
import type { Column, RunCurves } from './runCurves.ts';
import { smooth } from './smooth.ts';

export interface DrawnRun {
  readonly id: string;
  readonly name: string;
  readonly look: NetworkStyle;
  readonly curves: RunCurves | null;
  readonly bestEpoch: number | null;
  /** Where the run went on under other settings, or left another run. */
  readonly changes?: readonly { readonly epoch: number; readonly words: string }[];
  /** Standard deviation at each point of a metric, where the curves are means over seeds. */
  readonly spread?: ReadonlyMap<string, readonly (number | null)[]>;
}

/**
 * Above as many runs every line is thin, and neither dashes nor stars are drawn: hundreds of them hide the curves they
 * are on.
 */
export const MANY_RUNS = 12;
const DASHES = [5, 4];

export function xOf(column: Column, axis: CurveSettings['axis']): readonly number[] {
  return axis === 'epoch' ? column.epochs : column.steps;
}

export function curveLines(runs: readonly DrawnRun[], { metrics }: Panel, settings: CurveSettings): PlotLine[] {
  // metric by metric, so that validation lies above training
  return metrics.flatMap(({ name, kind }) => {
    const told = kind === 'validation' || kind === 'lr' || settings.train;
    return told && !(kind === 'batch' && runs.length > 1)
      ? runs.flatMap((run) => linesOf(run, name, kind, settings, runs.length))
      : [];
  });
}

/** Upright lines where runs went on under other settings; none among many runs. */
export function changeMarks(runs: readonly DrawnRun[], axis: CurveSettings['axis']): PlotMark[] {
  if (runs.length > MANY_RUNS) return [];
  return runs.flatMap(({ changes = [], curves, look }) =>
    changes.flatMap(({ epoch, words }) => {
      const x = axis === 'epoch' ? epoch : stepOfEpoch(curves, epoch);
      return x === null ? [] : [{ x, color: look.color, words }];
    }),
  );
}

/** The last step before `epoch` ended; null where none is known. */
function stepOfEpoch(curves: RunCurves | null, epoch: number): number | null {
  const column = curves?.columns.get(METRIC.trainLoss) ?? curves?.columns.get(METRIC.valLoss);
  const place = column?.epochs.findLastIndex((one) => one <= epoch) ?? -1;
  return column?.steps[place] ?? null;
}

function linesOf(
  { id, look, curves, bestEpoch, spread }: DrawnRun,
  name: string,
  kind: CurveKind,
  settings: CurveSettings,
  among: number,
): PlotLine[] {
  const column = curves?.columns.get(name);
  if (!column) return [];
  const many = among > MANY_RUNS;
  const faint = kind === 'train' || kind === 'batch';
  const own = { owner: id, xs: xOf(column, settings.axis), ys: column.values, color: look.color };
  if (kind === 'batch') return smoothed(own, settings.smoothing, 1, 0.4);
  // a dash means training, and nothing else: runs are told apart by colour and marker
  const dash = !many && kind === 'train' ? DASHES : null;
  const line = {
    ...own,
    width: many ? 1 : faint ? 1.3 : 1.8,
    opacity: many ? (faint ? 0.3 : 0.8) : faint ? 0.8 : 1,
    ...(dash && { dash }),
    ...(!many && kind !== 'lr' && { marker: look.marker }),
    ...(!many && kind === 'validation' && { star: placeOfEpoch(column, bestEpoch) }),
    ...(kind === 'validation' && spread?.has(name) && { spread: spread.get(name)! }),
  };
  return faint ? smoothed(line, settings.smoothing, line.width, line.opacity) : [line];
}

/** What was recorded stays behind its mean, fainter. */
function smoothed(
  { marker, ...line }: Omit<PlotLine, 'width'>,
  weight: number,
  width: number,
  opacity: number,
): PlotLine[] {
  if (weight <= 0) return [{ ...line, ...(marker && { marker }), width, opacity }];
  return [
    { ...line, width: 1, opacity: opacity / 3 },
    { ...line, ys: smooth(line.ys, weight), width: width + 0.2, opacity: 0.9 },
  ];
}

function placeOfEpoch(column: Column, epoch: number | null): number | null {
  const place = epoch === null ? -1 : column.epochs.findIndex((one) => Math.abs(one - epoch) < 1e-6);
  return place < 0 ? null : place;
}
