import { expect, test } from 'vitest';
import { allColumns } from '../../../renderer/runTable/columns.ts';
import { lineColumn, tableLines } from '../../../renderer/runTable/tableLines.ts';
import { exampleRun } from './exampleRun.ts';

const seed = (id: string, lr: number, top1: number, value: number) => {
  const run = exampleRun(id, 'vgg11', lr, top1);
  return { ...run, spec: { ...run.spec, seed: value, name: `run ${id}` } };
};
const runs = [seed('r-1', 1e-3, 0.70, 0), seed('r-2', 1e-4, 0.50, 0), seed('r-3', 1e-3, 0.74, 1)];
const columns = allColumns(runs, 'best').map((column) => lineColumn(column, true));
const text = (key: string, line: ReturnType<typeof tableLines>[number]) => columns.find((column) => column.key === key)?.text?.(line);

test('ungrouped, every run is a line of its own', () => {
  expect(tableLines(runs, false, new Set()).map(({ key, group }) => [key, group])).toEqual([['r-1', null], ['r-2', null], ['r-3', null]]);
});

test('seeds of the same settings are one line with mean ± sd; what they share is shown, what differs is counted', () => {
  const [group, single] = tableLines(runs, true, new Set());
  if (!group || !single) throw new Error('two lines expected');
  expect(group.group?.map(({ id }) => id)).toEqual(['r-1', 'r-3']);
  expect(single).toMatchObject({ key: 'r-2', group: null });
  expect(text('metric val/top1', group)).toBe('72.0 ± 2.8');
  expect(text('spec lr', group)).toBe('0.001');
  expect(text('spec seed', group)).toBe('2 values');
  expect(text('name', group)).toBe('vgg11, 2 seeds');
  expect(text('metric val/top1', single)).toBe('50.0');
});

test('an open group is followed by its runs, which sort with it', () => {
  const [folded] = tableLines(runs, true, new Set());
  const lines = tableLines(runs, true, new Set([folded?.key ?? '']));
  expect(lines.map(({ run, group }) => (group ? 'group' : run.id))).toEqual(['group', 'r-1', 'r-3', 'r-2']);
  const top1 = columns.find((column) => column.key === 'metric val/top1');
  expect(lines.map((line) => top1?.value(line))).toEqual([0.72, 0.72, 0.72, 0.5]);
  expect(lines.map((line) => top1?.text?.(line))).toEqual(['72.0 ± 2.8', '70.0', '74.0', '50.0']);
});
