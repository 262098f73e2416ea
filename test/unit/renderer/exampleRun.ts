import type { RunRow } from '../../../contract/api/runs/runTypes.ts';
import { RunRequest } from '../../../contract/runSpec.ts';

/** A finished run as the table shows it. */
export function exampleRun(
  id: string,
  model: string,
  lr: number,
  top1: number | null,
  change: Partial<RunRow> = {},
): RunRow {
  const request = RunRequest.parse({ model: { name: model }, dataset: 'd-1', lr });
  return {
    id,
    name: `${model} run`,
    state: 'finished',
    reason: null,
    device: null,
    error: null,
    createdAt: '2026-01-01T00:00:00Z',
    startedAt: null,
    endedAt: null,
    step: 10,
    totalSteps: 10,
    last: {},
    best: top1 === null ? {} : { 'val/top1': top1 },
    bestEpoch: 1,
    tags: [],
    note: '',
    spec: {
      ...request,
      fineTuning: null,
      name: `${model} run`,
      classes: 10,
      datasetFingerprint: 'f',
      preprocessing: {
        size: 32,
        color: 'rgb',
        fit: 'cover',
        interpolation: 'lanczos3',
        scale: 255,
        mean: [0, 0, 0],
        std: [1, 1, 1],
      },
    },
    datasetName: 'shoes',
    group: null,
    queuePosition: null,
    attempt: 1,
    epoch: 5,
    durationMs: 1000,
    diskBytes: 10,
    trashedAt: null,
    resumable: true,
    ...change,
  };
}
