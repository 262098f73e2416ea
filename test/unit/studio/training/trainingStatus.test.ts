import { expect, test } from 'vitest';
import type { CheckpointInfo } from '../../../../contract/run.ts';
import type { RunMessage } from '../../../../core/studio/training/runMessage.ts';
import { foldTraining, NOT_STARTED, type TrainingStatus } from '../../../../core/studio/training/trainingStatus.ts';
import { DEVICE } from '../../db/examples.ts';

const fold = (messages: readonly RunMessage[], from: TrainingStatus = NOT_STARTED): TrainingStatus =>
  messages.reduce(foldTraining, from);

const checkpoint: CheckpointInfo = {
  seq: 2,
  step: 4,
  epoch: 1,
  trigger: 'epoch',
  path: 'ckpt-2',
  sizeBytes: 1,
  metrics: {},
  isBest: true,
};
const started: RunMessage = {
  type: 'started',
  device: DEVICE,
  stepsPerEpoch: 4,
  totalSteps: 12,
  step: 0,
  parameters: 10,
  secondsToFirstStep: 1,
};
const stepped: RunMessage = { type: 'stepped', step: 3, epoch: 0.75, imagesPerSec: 50, secondsLeft: 9, points: [] };

test('a run is prepared, starts and steps', () => {
  const preparing = fold([{ type: 'preparing', stage: 'pack', done: 2, total: 8, perSec: 4, secondsLeft: 1.5 }]);
  expect(preparing).toMatchObject({
    phase: 'preparing',
    progress: { stage: 'pack', done: 2, total: 8 },
    started: false,
  });
  const prepared = fold(
    [{ type: 'preparing', stage: 'pack', done: 8, total: 8, perSec: 4, secondsLeft: 0 }],
    preparing,
  );
  expect(prepared.phase).toBe('starting');
  expect(fold([started, stepped], prepared)).toMatchObject({
    phase: 'training',
    progress: { stage: 'training', done: 3, total: 12, perSec: 50, secondsLeft: 9 },
    step: 3,
    epoch: 0.75,
    started: true,
  });
});

test('what interrupts the steps is a phase of its own and keeps their figures', () => {
  const training = fold([started, stepped]);
  const error = { code: 'file.diskFull', message: 'full' } as const;
  for (const [message, phase] of [
    [{ type: 'validating', step: 4, done: 1, total: 2 }, 'validating'],
    [{ type: 'saving', step: 4 }, 'saving'],
    [{ type: 'waitingForRoom', step: 4, error }, 'diskFull'],
  ] as const) {
    const status = fold([message], training);
    expect(status).toMatchObject({ phase, progress: { stage: phase, done: 3, total: 12 } });
    expect(fold([{ type: 'checkpointSaved', checkpoint, pruned: [] }], status)).toMatchObject({
      phase: 'training',
      lastCheckpoint: checkpoint,
    });
  }
  expect(
    fold(
      [
        { type: 'log', level: 'info', text: 'x' },
        { type: 'pictureRefused', dataset: 'd' },
      ],
      training,
    ),
  ).toBe(training);
});

test('a checkpoint before the first step is no training yet, and a fresh process is not recycling any more', () => {
  expect(
    fold([
      { type: 'saving', step: 0 },
      { type: 'checkpointSaved', checkpoint, pruned: [] },
    ]).phase,
  ).toBe('starting');
  const recycling = fold([{ type: 'recycling', step: 4, reason: 'grown' }], fold([started, stepped]));
  expect(recycling.recycling?.reason).toBe('grown');
  const resumed = {
    type: 'resumed' as const,
    seq: 2,
    step: 4,
    epoch: 1,
    bestSeq: 2,
    bestEpoch: 1,
    setAside: [],
  } satisfies RunMessage;
  expect(fold([resumed], recycling)).toMatchObject({ phase: 'resuming', step: 4, epoch: 1, recycling: null });
});
