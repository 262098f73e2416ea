import { expect, test } from 'vitest';
import { endingOf } from '../../../renderer/features/run/remedies.ts';
import { exampleRun } from './exampleRun.ts';

const base = exampleRun('r-1', 'vgg11', 1e-3, 0.7);
const ending = (change: Parameters<typeof exampleRun>[4]) => endingOf({ ...base, ...change });

test.each(['queued', 'starting', 'training', 'validating', 'finished', 'stopped'] as const)(
  '%s needs no remedy',
  (state) => {
    expect(ending({ state })).toBeNull();
  },
);

test('a run that waits for room says how much it needs, and where to find it', () => {
  const found = ending({
    state: 'diskFull',
    error: {
      code: 'file.diskFull',
      message: 'The disk is full: the checkpoint of step 7 needs 120 MiB.',
      remedy: 'Free some space: the training waits and goes on by itself.',
    },
  });
  expect(found).toEqual({
    problem: {
      code: 'file.diskFull',
      message: 'The disk is full: the checkpoint of step 7 needs 120 MiB.',
      remedy: 'Free some space: the training waits and goes on by itself.',
    },
    remedies: [{ label: 'Free disk space', to: { path: '/settings' } }],
  });
});

test('out of memory offers the batch that was found to fit, alone and in parts', () => {
  const found = ending({
    state: 'outOfMemory',
    error: {
      code: 'run.outOfMemory',
      message: 'The device ran out of memory.',
      remedy: 'quorum train --batch-size 16',
      details: { fittingBatch: 16 },
    },
  });
  expect(found?.problem).toEqual({
    code: 'run.outOfMemory',
    message: 'The device ran out of memory.',
    remedy: 'Batch 16 fits (tested with two steps). The last checkpoint is kept.',
  });
  expect(found?.remedies).toEqual([
    { label: 'Retry with batch 16', to: { path: '/runs/new', query: { from: 'r-1', batch: '16' } } },
    {
      label: 'Keep batch 64 with 4 accumulation steps',
      to: { path: '/runs/new', query: { from: 'r-1', batch: '16', accumulate: '4' } },
    },
    { label: 'Resume from last checkpoint', to: null },
    { label: 'Edit the configuration and retry', to: { path: '/runs/new', query: { from: 'r-1' } } },
  ]);
});

test('out of memory without a batch that was tried halves it; where none fits, it says so', () => {
  expect(ending({ state: 'outOfMemory', resumable: false })?.remedies[0]?.label).toBe('Retry with batch 32');
  const none = ending({
    state: 'outOfMemory',
    resumable: false,
    error: { code: 'run.outOfMemory', message: 'x', details: { fittingBatch: null } },
  });
  expect(none?.problem.remedy).toMatch(/No smaller batch.*No checkpoint had been saved/);
  expect(none?.remedies.map(({ label }) => label)).toEqual(['Restart', 'Edit the configuration and retry']);
});

test("a full disk keeps the host's words and leads to what can be freed", () => {
  const found = ending({
    state: 'failed',
    error: {
      code: 'file.diskFull',
      message: 'No room left for a checkpoint.',
      remedy: 'Free some disk space, then resume the run.',
    },
  });
  expect(found?.problem.remedy).toBe('Free some disk space, then resume the run.');
  expect(found?.remedies.map(({ label, to }) => [label, to?.path ?? null])).toEqual([
    ['Resume from last checkpoint', null],
    ['Free disk space', '/settings'],
    ['Edit the configuration and retry', '/runs/new'],
  ]);
});

test('diverged offers a tenth of the learning rate', () => {
  expect(ending({ state: 'diverged' })?.remedies[0]).toEqual({
    label: 'Retry with lr 1e-4',
    to: { path: '/runs/new', query: { from: 'r-1', lr: '0.0001' } },
  });
});

test('a rate that no network trains with is not tried again at a tenth, and what diverged is not resumed', () => {
  const found = ending({ state: 'diverged', spec: { ...base.spec, lr: 1000 } });
  expect(found?.remedies.map(({ label }) => label)).toEqual(['Retry with lr 0.01', 'Edit the configuration and retry']);
});

test.each([
  ['hung', 'run.hung'],
  ['interrupted', 'run.workerDied'],
] as const)('%s goes on from the last checkpoint first', (state, code) => {
  const found = ending({ state, error: { code, message: 'It is gone.', remedy: 'continue with --resume' } });
  expect(found?.problem.message).toBe('It is gone.');
  expect(found?.problem.remedy).not.toContain('--');
  expect(found?.remedies[0]).toEqual({ label: 'Resume from last checkpoint', to: null });
});
