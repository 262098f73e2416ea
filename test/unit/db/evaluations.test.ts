import { expect, test } from 'vitest';
import { createEvaluationRepository, type Evaluation } from '../../../core/db/evaluationRepository.ts';
import { createRunRepository } from '../../../core/db/runRepository.ts';
import { getProtocol } from '../../../core/evaluate/protocols/namedProtocols.ts';
import { resolveProtocol } from '../../../core/evaluate/protocols/resolveProtocol.ts';
import { DEVICE, exampleSpec } from './examples.ts';
import { temporaryDatabase } from './fixtures.ts';

test('an evaluation keeps its protocol as it was, and outlives its run', async () => {
  const { db } = await temporaryDatabase();
  const runs = createRunRepository(db);
  const evaluations = createEvaluationRepository(db);
  await runs.create({ id: 'r-1', spec: exampleSpec() });
  const protocol = resolveProtocol(getProtocol('squash-lab-224'), { input: null, labels: null }, null, ['a', 'b']);
  const shared: Omit<Evaluation, 'id' | 'createdAt' | 'split'> = {
    runId: 'r-1',
    checkpointSeq: 2,
    weightsPath: null,
    network: 'first',
    model: 'vgg11',
    datasetId: 'd-1',
    datasetName: 'Shapes',
    protocol,
    path: '/v',
    count: 10,
    classes: 2,
    top1: 0.5,
    top5: 1,
    loss: 0.7,
    device: DEVICE,
    imagesPerSec: 12.5,
    dataFingerprint: 'd',
  };
  const one: Evaluation = { ...shared, id: 'v-1', split: 'val', createdAt: '2026-01-01T00:00:00Z' };
  const two: Evaluation = {
    ...shared,
    id: 'v-2',
    split: 'test',
    createdAt: '2026-01-02T00:00:00Z',
    top1: null,
    top5: null,
    loss: null,
  };
  await evaluations.add(one);
  await evaluations.add(two);
  expect(await evaluations.list()).toEqual([two, one]);
  expect(await evaluations.list({ datasetId: 'd-1', split: 'val' })).toEqual([one]);
  expect(await evaluations.list({ datasetId: 'd-2' })).toEqual([]);
  await runs.forget('r-1');
  expect(await evaluations.find('v-1')).toEqual({ ...one, runId: null });
  await evaluations.remove('v-1');
  expect(await evaluations.find('v-1')).toBeNull();
});
