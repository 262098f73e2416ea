/** How far runs are from the pinned one that they are measured by. */
import type { RunRow } from '../../../../contract/api/runs/runTypes.ts';
import type { RunColumn } from './columns.ts';
import { runsOf, spreadOf, type TableLine } from './tableLines.ts';

export interface Difference {
  readonly text: string;
  readonly tone: 'good' | 'bad' | 'same';
}

/**
 * Null for columns of which neither more nor less is better, for the baseline itself, for runs on other images, and
 * where one of the two has no value.
 */
export function differenceTo(baseline: RunRow, line: TableLine, column: RunColumn): Difference | null {
  if (!column.better || !column.format || (line.group === null && line.run.id === baseline.id)) return null;
  if (runsOf(line).some(({ spec }) => spec.datasetFingerprint !== baseline.spec.datasetFingerprint)) return null;
  const ours = spreadOf(column, runsOf(line))?.mean;
  const theirs = column.value(baseline);
  if (ours === undefined || typeof theirs !== 'number') return null;
  const by = ours - theirs;
  const size = column.format(Math.abs(by));
  // what is shown as nothing is neither better nor worse
  if (size === column.format(0)) return { text: `±${size}`, tone: 'same' };
  return { text: `${by > 0 ? '+' : '−'}${size}`, tone: by > 0 === (column.better === 'more') ? 'good' : 'bad' };
}
