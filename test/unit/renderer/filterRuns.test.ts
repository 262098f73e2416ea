import { expect, test } from 'vitest';
import { allColumns, columnsFor, DEFAULT_COLUMNS } from '../../../renderer/features/runs/table/columns.ts';
import { filterRuns, unknownNames } from '../../../renderer/features/runs/table/filterRuns.ts';
import { exampleRun as run } from './exampleRun.ts';

const runs = [
  run('r-1', 'vgg11', 1e-3, 0.7),
  run('r-2', 'vgg13', 1e-4, 0.4, { tags: ['baseline'] }),
  run('r-3', 'resnet18', 0.1, null, { state: 'failed', tags: ['long runs'], diskBytes: 1000 }),
];

test.each([
  ['vgg', ['r-1', 'r-2']],
  ['lr<1e-3', ['r-2']],
  ['vgg val/top1>0.5', ['r-1']],
  ['val/top1>50', ['r-1']],
  ['top1>=40', ['r-1', 'r-2']],
  ['top1=70%', ['r-1']],
  ['state=failed', ['r-3']],
  ['tag=baseline', ['r-2']],
  ['optimizer.kind=adam lr>=0.001', ['r-1', 'r-3']],
  ['beta1=0.9', ['r-1', 'r-2', 'r-3']],
  ['model!=vgg11', ['r-2', 'r-3']],
  ['nothing', []],
  ['tag="long runs"', ['r-3']],
  ['"vgg13 run"', ['r-2']],
  ['disk>100', ['r-3']],
  ['trained<=1 state=finished', ['r-1', 'r-2']],
])('%s', (typed, ids) => {
  expect(filterRuns(runs, typed).map(({ id }) => id)).toEqual(ids);
});

test('what no run has is named', () => {
  expect(unknownNames(runs, 'vgg lrr<1 val/top1>0.5 tag=x device=y lr>0')).toEqual(['lrr']);
});

test('every setting and metric is a column, and numbers are known as numbers', () => {
  const columns = allColumns(runs, 'best');
  expect(columns.find(({ key }) => key === 'spec lr')).toMatchObject({ numeric: true });
  expect(columns.find(({ key }) => key === 'spec optimizer.kind')).toMatchObject({ numeric: false });
  const top1 = columns.find(({ key }) => key === 'metric val/top1');
  expect(runs.map((one) => [top1?.value(one), top1?.text?.(one)])).toEqual([
    [0.7, '70.0'],
    [0.4, '40.0'],
    [undefined, '–'],
  ]);
});

test('a setting is meant where a metric is called the same', () => {
  const decayed = runs.map((one) => ({ ...one, best: { ...one.best, lr: 1e-9 } }));
  expect(filterRuns(decayed, 'lr=0.001').map(({ id }) => id)).toEqual(['r-1']);
});

test('settings in which runs differ are columns by themselves, and those they share are not', () => {
  const columns = allColumns(runs, 'best');
  const keys = (varied: boolean) => columnsFor(runs, columns, DEFAULT_COLUMNS, varied).map(({ key }) => key);
  expect(keys(false)).toEqual(DEFAULT_COLUMNS);
  expect(keys(true)).toContain('spec lr');
  expect(keys(true)).not.toContain('spec batchSize');
  expect(keys(true)).not.toContain('dataset');
  const seeds = [1, 2].map((seed) => {
    const one = run(`s-${seed}`, 'vgg11', 1e-3, 0.5);
    return { ...one, spec: { ...one.spec, seed } };
  });
  expect(columnsFor(seeds, allColumns(seeds, 'best'), DEFAULT_COLUMNS, true).map(({ key }) => key)).toContain(
    'spec seed',
  );
});
