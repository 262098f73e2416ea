import { expect, test } from 'vitest';
import { createEvaluationRepository, type Evaluation } from '../../../core/db/evaluationRepository.ts';
import { createRunRepository } from '../../../core/db/runs/runRepository.ts';
import { exampleEvaluation, exampleSpec } from './examples.ts';
import { temporaryDatabase } from './fixtures.ts';

test('an evaluation keeps its protocol as it was, and outlives its run', async () => {
  const { db } = await temporaryDatabase();
  const runs = createRunRepository(db);
  const evaluations = createEvaluationRepository(db);
  await runs.create({ id: 'r-1', spec: exampleSpec() });
  const one: Evaluation = { ...exampleEvaluation(), id: 'v-1', runId: 'r-1', createdAt: '2026-01-01T00:00:00Z' };
  const two: Evaluation = {
    ...exampleEvaluation(),
    id: 'v-2',
    images: { kind: 'split', datasetId: 'd-1', datasetName: 'Shapes', split: 'test' },
    precision: 'bf16',
    limit: 7,
    createdAt: '2026-01-02T00:00:00Z',
    top1: null,
    top5: null,
    loss: null,
  };
  const ofFolder: Evaluation = {
    ...exampleEvaluation(),
    id: 'v-3',
    runId: 'r-1',
    images: { kind: 'folder', path: '/pictures' },
    precision: null,
    dataFingerprint: null,
    createdAt: '2026-01-03T00:00:00Z',
  };
  for (const each of [one, two, ofFolder]) await evaluations.add(each);
  expect(await evaluations.list()).toEqual([ofFolder, two, one]);
  expect(await evaluations.list({ datasetId: 'd-1', split: 'val' })).toEqual([one]);
  expect(await evaluations.list({ datasetId: 'd-2' })).toEqual([]);
  expect(await evaluations.list({ runId: 'r-1' })).toEqual([ofFolder, one]);
  await runs.forget('r-1');
  expect(await evaluations.find('v-1')).toEqual({ ...one, runId: null });
  await evaluations.remove('v-1');
  expect(await evaluations.find('v-1')).toBeNull();
});
