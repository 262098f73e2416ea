/** A confusion matrix, smaller or as a sheet. */
import type { ConfusionReport } from '../../../contract/api/datasets/imageFigures.ts';
import { tableText } from '../../../pure/textTable.ts';

/** Images of each class. */
export function supportOf({ classNames, cells }: ConfusionReport): Float64Array {
  const sums = new Float64Array(classNames.length);
  for (let i = 0; i < cells.length; i += 3) sums[cells[i]!]! += cells[i + 2]!;
  return sums;
}

/**
 * Numbers of the `many` classes that are recognised least often, and of those that each of them is most often taken
 * for, in their order; classes without images are none of the worst.
 */
export function worstClasses(report: ConfusionReport, many: number): number[] {
  const support = supportOf(report);
  const right = new Float64Array(support.length);
  for (let i = 0; i < report.cells.length; i += 3)
    if (report.cells[i] === report.cells[i + 1]) right[report.cells[i]!] = report.cells[i + 2]!;
  const worst = Array.from(support.keys())
    .filter((one) => support[one]! > 0)
    .sort((a, b) => right[a]! / support[a]! - right[b]! / support[b]! || a - b)
    .slice(0, many);
  const mostly = new Map<number, { decision: number; count: number }>();
  for (let i = 0; i < report.cells.length; i += 3) {
    const truth = report.cells[i]!;
    const decision = report.cells[i + 1]!;
    const count = report.cells[i + 2]!;
    if (truth !== decision && count > (mostly.get(truth)?.count ?? 0)) mostly.set(truth, { decision, count });
  }
  return [...new Set([...worst, ...worst.flatMap((truth) => mostly.get(truth)?.decision ?? [])])].sort((a, b) => a - b);
}

/** Rows and columns of these classes alone, numbered anew. */
export function partOf(report: ConfusionReport, classes: readonly number[]): ConfusionReport {
  const place = new Map(classes.map((one, i) => [one, i]));
  const cells: number[] = [];
  for (let i = 0; i < report.cells.length; i += 3) {
    const truth = place.get(report.cells[i] ?? -1);
    const decision = place.get(report.cells[i + 1] ?? -1);
    if (truth !== undefined && decision !== undefined) cells.push(truth, decision, report.cells[i + 2]!);
  }
  const named = (list: readonly string[]): string[] => classes.map((one) => list[one] ?? '');
  return {
    classNames: named(report.classNames),
    classIds: named(report.classIds),
    total: report.total,
    cells,
    pairs: [],
  };
}

/** The whole matrix, rows the truth, columns the decision. */
export function confusionCsv({ classNames, cells }: ConfusionReport): string {
  const rows = classNames.map((name) => [name, ...new Array<string>(classNames.length).fill('0')]);
  for (let i = 0; i < cells.length; i += 3) {
    const row = rows[cells[i]!];
    if (row) row[cells[i + 1]! + 1] = String(cells[i + 2]!);
  }
  return tableText({ header: ['true class', ...classNames], rows, numeric: [], caption: '' }, 'csv');
}
