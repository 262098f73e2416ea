import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { metricPoint } from '../../../contract/metrics.ts';
import type { CheckpointInfo } from '../../../contract/run.ts';
import { createCheckpointRepository } from '../../../core/db/checkpointRepository.ts';
import { createMetricRepository } from '../../../core/db/metricRepository.ts';
import { createRunRepository } from '../../../core/db/runs/runRepository.ts';
import { exampleSpec } from './examples.ts';
import { temporaryDatabase } from './fixtures.ts';

test('values that are no finite numbers are kept by kind and never become the last value', async () => {
  const { db } = await temporaryDatabase();
  const runs = createRunRepository(db);
  const metrics = createMetricRepository(db);
  await runs.create({ id: 'r-1', spec: exampleSpec() });
  const points = [1.5, NaN, Infinity, -Infinity].map((value, step) => metricPoint('train/loss', step, 0, value));
  await runs.recordPoints('r-1', points, { step: 3, epoch: 0.1, state: 'training' });
  expect(await metrics.list('r-1')).toEqual(points);
  expect((await runs.find('r-1'))?.last).toEqual({ 'train/loss': 1.5 });
});

test('a point that contradicts itself does not take its batch with it', async () => {
  const { db } = await temporaryDatabase();
  await createRunRepository(db).create({ id: 'r-1', spec: exampleSpec() });
  const metrics = createMetricRepository(db);
  await metrics.append('r-1', [
    { name: 'lr', step: 1, epoch: 0, value: NaN, kind: 'finite' },
    { name: 'lr', step: 2, epoch: 0, value: 0.1, kind: 'nan' },
    { name: 'lr', step: 3, epoch: 0, value: null, kind: 'finite' },
  ]);
  expect((await metrics.list('r-1')).map(({ value, kind }) => [value, kind])).toEqual([
    [null, 'nan'],
    [0.1, 'finite'],
    [null, 'nan'],
  ]);
});

test('more points than fit one statement are stored in one transaction, and a second time replaced', async () => {
  const { db } = await temporaryDatabase();
  await createRunRepository(db).create({ id: 'r-1', spec: exampleSpec() });
  const metrics = createMetricRepository(db);
  const points = Array.from({ length: 10_000 }, (_, step) =>
    metricPoint('train/loss', step, step / 100, 1 / (step + 1)),
  );
  await metrics.append('r-1', points);
  await metrics.append(
    'r-1',
    points.map((point) => ({ ...point, epoch: 0 })),
  );
  const stored = await metrics.list('r-1', { names: ['train/loss'], afterStep: 9_997 });
  expect(stored).toEqual([
    { ...points[9998], epoch: 0 },
    { ...points[9999], epoch: 0 },
  ]);
});

test('a batch with a bad run is stored not at all', async () => {
  const { db } = await temporaryDatabase();
  const metrics = createMetricRepository(db);
  await expect(metrics.append('r-none', [metricPoint('lr', 0, 0, 1)])).rejects.toThrow(/FOREIGN KEY/);
  expect(await metrics.list('r-none')).toEqual([]);
});

test('a further attempt forgets what lies beyond its checkpoint, and only that', async () => {
  const { db } = await temporaryDatabase();
  const runs = createRunRepository(db);
  await runs.create({ id: 'r-1', spec: exampleSpec() });
  await runs.create({ id: 'r-2', spec: exampleSpec() });
  for (const id of ['r-1', 'r-2']) {
    const points = [1, 2, 3, 4].map((step) => metricPoint('train/loss', step, step, 10 - step));
    await runs.recordPoints(id, points, { step: 4, epoch: 4, bestEpoch: 2 });
  }
  await runs.update('r-1', { state: 'interrupted', reason: 'killed', endedAt: '2026-01-01T00:00:00Z' });
  await runs.beginAttempt('r-1', 2);
  expect((await createMetricRepository(db).list('r-1')).map((point) => point.step)).toEqual([1, 2]);
  expect(await runs.find('r-1')).toMatchObject({
    state: 'starting',
    reason: null,
    step: 2,
    last: { 'train/loss': 8 },
    endedAt: null,
  });
  expect(await createMetricRepository(db).list('r-2')).toHaveLength(4);
});

test('the values at the best epoch stay when later ones are worse', async () => {
  const { db } = await temporaryDatabase();
  const runs = createRunRepository(db);
  await runs.create({ id: 'r-1', spec: exampleSpec() });
  await runs.recordPoints('r-1', [metricPoint('val/loss', 10, 1, 0.5), metricPoint('val/top1', 10, 1, 0.8)], {
    step: 10,
    epoch: 1,
    bestEpoch: 1,
  });
  await runs.recordPoints('r-1', [metricPoint('val/loss', 20, 2, 0.9), metricPoint('val/top1', 20, 2, 0.7)], {
    step: 20,
    epoch: 2,
  });
  expect(await runs.find('r-1')).toMatchObject({
    bestEpoch: 1,
    best: { 'val/loss': 0.5, 'val/top1': 0.8 },
    last: { 'val/loss': 0.9 },
  });
});

test.each([
  ['spec that is not JSON', `update runs set spec_json = '{' where id = 'r-bad'`],
  ['spec without a model', `update runs set spec_json = '{}' where id = 'r-bad'`],
  ['unknown state', `update runs set state = 'dreaming' where id = 'r-bad'`],
  ['device of another shape', `update runs set device_json = '[1]' where id = 'r-bad'`],
  ['values that are words', `update runs set last_json = '{"lr":"high"}' where id = 'r-bad'`],
])('one damaged run is named and hides no other: %s', async (_what, damage) => {
  const { db } = await temporaryDatabase();
  const runs = createRunRepository(db);
  for (const id of ['r-1', 'r-bad', 'r-3']) await runs.create({ id, spec: exampleSpec() });
  await sql.raw(damage).execute(db);
  const { runs: shown, damaged } = await runs.list();
  expect(shown.map((run) => run.id).sort()).toEqual(['r-1', 'r-3']);
  expect(damaged.map((run) => run.id)).toEqual(['r-bad']);
});

function checkpoint(seq: number, isBest: boolean): CheckpointInfo {
  return {
    seq,
    step: seq * 10,
    epoch: seq,
    trigger: 'epoch',
    path: `checkpoints/${seq}`,
    sizeBytes: 100,
    metrics: { 'val/loss': 1 / seq },
    isBest,
  };
}

test('at most one checkpoint is the best; pruned ones are forgotten', async () => {
  const { db } = await temporaryDatabase();
  await createRunRepository(db).create({ id: 'r-1', spec: exampleSpec() });
  const checkpoints = createCheckpointRepository(db);
  await checkpoints.record('r-1', checkpoint(1, true), []);
  await checkpoints.record('r-1', checkpoint(2, true), []);
  await checkpoints.record('r-1', checkpoint(3, false), [1]);
  expect((await checkpoints.list('r-1')).map(({ seq, isBest }) => [seq, isBest])).toEqual([
    [2, true],
    [3, false],
  ]);
  expect(await checkpoints.find('r-1', 'best')).toEqual(checkpoint(2, true));
  expect((await checkpoints.find('r-1', 'last'))?.seq).toBe(3);
});
