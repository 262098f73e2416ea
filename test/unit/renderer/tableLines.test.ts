import { expect, test } from 'vitest';
import { allColumns } from '../../../renderer/features/runs/table/columns.ts';
import { differenceTo } from '../../../renderer/features/runs/table/baseline.ts';
import { groupings, groupRuns } from '../../../renderer/features/runs/table/grouping.ts';
import { sortRows } from '../../../renderer/ui/table/sortRows.ts';
import { lineColumn, tableLines } from '../../../renderer/features/runs/table/tableLines.ts';
import { tableToCopy } from '../../../renderer/features/runs/table/tableToCopy.ts';
import { exampleRun } from './exampleRun.ts';

const seed = (id: string, lr: number, top1: number, value: number) => {
  const run = exampleRun(id, 'vgg11', lr, top1);
  return { ...run, spec: { ...run.spec, seed: value, name: `run ${id}` } };
};
const runs = [seed('r-1', 1e-3, 0.7, 0), seed('r-2', 1e-4, 0.5, 0), seed('r-3', 1e-3, 0.74, 1)];
const every = allColumns(runs, 'best');
const columns = every.map((column) => lineColumn(column, true));
const bySeeds = groupRuns(runs, 'seeds', every);
const columnOf = (key: string) => every.find((column) => column.key === key) ?? expect.fail(key);
const text = (key: string, line: ReturnType<typeof tableLines>[number]) =>
  columns.find((column) => column.key === key)?.text?.(line);

test('ungrouped, every run is a line of its own', () => {
  expect(tableLines(runs, null, new Set()).map(({ key, group }) => [key, group])).toEqual([
    ['r-1', null],
    ['r-2', null],
    ['r-3', null],
  ]);
});

test('seeds of the same settings are one line with mean ± sd; what they share is shown, what differs is counted', () => {
  const [group, single] = tableLines(runs, bySeeds, new Set());
  if (!group || !single) throw new Error('two lines expected');
  expect(group.group?.runs.map(({ id }) => id)).toEqual(['r-1', 'r-3']);
  expect(single).toMatchObject({ key: 'r-2', group: null });
  expect(text('metric val/top1', group)).toBe('72.0 ± 2.8');
  expect(text('spec lr', group)).toBe('0.001');
  expect(text('spec seed', group)).toBe('2 values');
  expect(text('name', group)).toBe('vgg11 · lr 0.001, 2 seeds');
  expect(text('metric val/top1', single)).toBe('50.0');
});

test('an open group is followed by its runs, which sort with it', () => {
  const [folded] = tableLines(runs, bySeeds, new Set());
  const lines = tableLines(runs, bySeeds, new Set([folded?.key ?? '']));
  expect(lines.map(({ run, group }) => (group ? 'group' : run.id))).toEqual(['group', 'r-1', 'r-3', 'r-2']);
  const top1 = columns.find((column) => column.key === 'metric val/top1');
  expect(lines.map((line) => top1?.value(line))).toEqual([0.72, 0.72, 0.72, 0.5]);
  expect(lines.map((line) => top1?.text?.(line))).toEqual(['72.0 ± 2.8', '70.0', '74.0', '50.0']);
});

test('any setting groups runs; of settings only those in which runs differ are offered', () => {
  expect(groupings(runs, every).settings.map(({ key }) => key)).toEqual(['spec lr', 'spec seed']);
  const lines = tableLines(runs, groupRuns(runs, 'spec lr', every), new Set());
  expect(lines.map((line) => text('name', line))).toEqual(['LR 0.001, 2 runs', 'LR 1e-4, 1 run']);
  expect(lines.map((line) => text('metric val/top1', line))).toEqual(['72.0 ± 2.8', '50.0']);
  expect(groupRuns(runs, 'none', every)).toBeNull();
});

test('a column sorts either way, and what is empty stays at the end', () => {
  const column = { key: 'x', title: '', width: 0, value: (row: string | null) => row };
  expect(sortRows(['run 10', null, 'run 9', ''], [column], { key: 'x', descending: false })).toEqual([
    'run 9',
    'run 10',
    null,
    '',
  ]);
  expect(sortRows(['run 10', null, 'run 9'], [column], { key: 'x', descending: true })).toEqual([
    'run 10',
    'run 9',
    null,
  ]);
  expect(sortRows(['b', 'a'], [column], { key: '', descending: false })).toEqual(['b', 'a']);
});

test('a pinned run is what the others are measured by', () => {
  const [group, single] = tableLines(runs, bySeeds, new Set());
  const [baseline] = runs;
  if (!group || !single || !baseline) throw new Error('lines expected');
  expect(differenceTo(baseline, group, columnOf('metric val/top1'))).toEqual({ text: '+2.0', tone: 'good' });
  expect(differenceTo(baseline, single, columnOf('metric val/top1'))).toEqual({ text: '−20.0', tone: 'bad' });
  expect(differenceTo(baseline, { ...single, run: baseline }, columnOf('metric val/top1'))).toBeNull();
  expect(differenceTo(baseline, single, columnOf('spec lr'))).toBeNull();
  const elsewhere = { ...single.run, spec: { ...single.run.spec, datasetFingerprint: 'other' } };
  expect(differenceTo(baseline, { ...single, run: elsewhere }, columnOf('metric val/top1'))).toBeNull();
});

test('what is copied is what is shown; for a sheet exact, with the spread and the count of runs in columns of their own', () => {
  const lines = tableLines(runs, bySeeds, new Set());
  const shown = [columnOf('name'), columnOf('metric val/top1'), columnOf('spec lr')];
  expect(tableToCopy(lines, shown, false)).toEqual({
    header: ['Name', 'Val top-1, %', 'LR'],
    numeric: [false, true, true],
    rows: [
      ['vgg11 · lr 0.001, 2 seeds', '72.0 ± 2.8', '0.001'],
      ['vgg11 run', '50.0', '1e-4'],
    ],
  });
  const exact = tableToCopy(lines, shown, true);
  expect(exact.header).toEqual(['name', 'val/top1', 'val/top1 sd', 'lr', 'runs']);
  const [, , sd, ...others] = exact.rows[0] ?? [];
  expect(Number(sd)).toBeCloseTo(Math.SQRT2 * 0.02, 12);
  expect(others).toEqual(['0.001', '2']);
});
