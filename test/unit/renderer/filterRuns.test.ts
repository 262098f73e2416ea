import { expect, test } from 'vitest';
import type { RunRow } from '../../../contract/api/runTypes.ts';
import { RunRequest } from '../../../contract/runSpec.ts';
import { allColumns } from '../../../renderer/runTable/columns.ts';
import { filterRuns } from '../../../renderer/runTable/filterRuns.ts';

function run(id: string, model: string, lr: number, top1: number | null, change: Partial<RunRow> = {}): RunRow {
  const request = RunRequest.parse({ model: { name: model }, dataset: 'd-1', lr });
  return {
    id, name: `${model} run`, state: 'finished', reason: null, device: null, error: null, createdAt: '2026-01-01T00:00:00Z', startedAt: null, endedAt: null, step: 10, totalSteps: 10, last: {}, best: top1 === null ? {} : { 'val/top1': top1 }, bestEpoch: 1, tags: [], note: '',
    spec: { ...request, name: `${model} run`, classes: 10, datasetFingerprint: 'f', preprocessing: { size: 32, color: 'rgb', channelOrder: 'rgb', fit: 'cover', interpolation: 'lanczos3', scale: 255, mean: [0, 0, 0], std: [1, 1, 1] } },
    datasetName: 'shoes', groupId: null, queuePosition: null, attempt: 1, epoch: 5, durationMs: 1000, diskBytes: 10, trashedAt: null, resumable: true, ...change,
  };
}

const runs = [run('r-1', 'vgg11', 1e-3, 0.7), run('r-2', 'vgg13', 1e-4, 0.4, { tags: ['baseline'] }), run('r-3', 'resnet18', 0.1, null, { state: 'failed' })];

test.each([
  ['vgg', ['r-1', 'r-2']], ['lr<1e-3', ['r-2']], ['vgg val/top1>0.5', ['r-1']], ['state=failed', ['r-3']], ['tag=baseline', ['r-2']], ['optimizer.kind=adam lr>=0.001', ['r-1', 'r-3']], ['beta1=0.9', ['r-1', 'r-2', 'r-3']], ['model!=vgg11', ['r-2', 'r-3']], ['nothing', []],
])('%s', (typed, ids) => {
  expect(filterRuns(runs, typed).map(({ id }) => id)).toEqual(ids);
});

test('every setting and metric is a column, and numbers are known as numbers', () => {
  const columns = allColumns(runs, 'best');
  expect(columns.find(({ key }) => key === 'spec lr')).toMatchObject({ numeric: true });
  expect(columns.find(({ key }) => key === 'spec optimizer.kind')).toMatchObject({ numeric: false });
  const top1 = columns.find(({ key }) => key === 'metric val/top1');
  expect(runs.map((one) => [top1?.value(one), top1?.text?.(one)])).toEqual([[0.7, '70.0'], [0.4, '40.0'], [undefined, '–']]);
});
