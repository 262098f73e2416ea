import { expect, test } from 'vitest';
import { RunRequest } from '../../../contract/runSpec.ts';
import { type ListedOptions, optionVariants } from '../../../cli/options/optionVariants.ts';
import { type TrainOptions, trainRequest } from '../../../cli/trainRequest.ts';

const resolved = (options: TrainOptions, base: Record<string, unknown> = {}): RunRequest =>
  RunRequest.parse({ ...trainRequest(options, base), dataset: 'd' });

test('nothing given: the published defaults', () => {
  expect(resolved({})).toEqual({
    dataset: 'd',
    model: { name: 'vgg11', options: {} },
    batchSize: 64,
    epochs: 50,
    lr: 1e-4,
    optimizer: { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    schedule: { kind: 'constant' },
    augmentation: { flip: false, cropPadding: 0 },
    earlyStopping: null,
    precision: 'f32',
    device: 'auto',
    shareProcessor: false,
    seed: 0,
    preprocessing: {},
    limit: {},
    weightDecay: 0,
    decayAll: false,
    clipNorm: null,
    accumulate: 1,
    averaging: null,
    warmUp: null,
    labelSmoothing: 0,
    layerDecay: 1,
    classWeights: 'none',
    balancedSampling: false,
    repeatedAugment: 1,
    budget: {},
    keepEpochs: [],
    fineTuning: null,
  });
});

test('early stopping of a preset can be switched off', () => {
  expect(resolved({ earlyStopping: 0 }, { earlyStopping: { patience: 5 } }).earlyStopping).toBeNull();
});

test('the published options', () => {
  expect(
    resolved({ depth: '16', conv1_1: true, epochs: 50, early_stopping: 5, batchsize: 50, imagesize: 48, lr: 1e-3 }),
  ).toMatchObject({
    model: { name: 'vgg16_c1' },
    epochs: 50,
    earlyStopping: { metric: 'val/loss', patience: 5, minChange: 0 },
    batchSize: 50,
    preprocessing: { size: 48 },
    lr: 1e-3,
  });
});

test('our own options', () => {
  expect(
    resolved({
      model: 'vgg13_bn',
      optimizer: 'sgd',
      momentum: 0.8,
      schedule: 'step',
      stepEpochs: 10,
      gamma: 0.5,
      flip: true,
      cropPadding: 4,
      earlyStopping: 3,
      precision: 'bf16',
      device: 'cpu',
      seed: 7,
      size: 40,
      color: 'gray',
      widthFactor: 0.5,
      headWidth: 256,
      poolGrid: 2,
      dropout: 0.5,
      limitTrain: 100,
      limitVal: 50,
      name: 'mine',
    }),
  ).toMatchObject({
    name: 'mine',
    model: { name: 'vgg13_bn', options: { widthFactor: 0.5, headWidth: 256, poolGrid: 2, dropout: 0.5 } },
    optimizer: { kind: 'sgd', momentum: 0.8, nesterov: false },
    schedule: { kind: 'step', everyEpochs: 10, gamma: 0.5 },
    augmentation: { flip: true, cropPadding: 4 },
    earlyStopping: { patience: 3 },
    precision: 'bf16',
    device: 'cpu',
    seed: 7,
    preprocessing: { size: 40, color: 'gray' },
    limit: { train: 100, val: 50 },
  });
});

test('a whole recipe', () => {
  expect(
    resolved({
      optimizer: 'adamw',
      weightDecay: 0.05,
      decayAll: true,
      layerDecay: 0.75,
      clipNorm: 1,
      accumulate: 4,
      average: 0.999,
      schedule: 'milestones',
      milestones: [10, 20],
      gamma: 0.2,
      warmUp: 3,
      labelSmoothing: 0.1,
      classWeights: 'sqrt',
      repeatedAugment: 3,
      resizedCrop: true,
      trivialAugment: true,
      colorJitter: [0.4, 0.3],
      erasing: 0.5,
      mixup: 0.2,
      cutmix: 1,
      hours: 2,
      earlyStopping: 4,
      earlyStoppingMetric: 'accuracy',
      minChange: 0.001,
    }),
  ).toMatchObject({
    optimizer: { kind: 'adamw', beta1: 0.9 },
    weightDecay: 0.05,
    decayAll: true,
    layerDecay: 0.75,
    clipNorm: 1,
    accumulate: 4,
    repeatedAugment: 3,
    averaging: { decay: 0.999, warmUp: true },
    schedule: { kind: 'milestones', epochs: [10, 20], gamma: 0.2 },
    warmUp: { epochs: 3, startFactor: 0.01 },
    labelSmoothing: 0.1,
    classWeights: 'sqrt',
    budget: { hours: 2 },
    earlyStopping: { metric: 'val/top1', patience: 4, minChange: 0.001 },
    augmentation: {
      resizedCrop: { minArea: 0.08 },
      trivialAugment: true,
      colorJitter: { brightness: 0.4, contrast: 0.3, saturation: 0, hue: 0 },
      erasing: { probability: 0.5 },
      mixup: 0.2,
      cutmix: 1,
    },
  });
});

test('every schedule with its own options', () => {
  const schedule = (options: TrainOptions) => resolved(options).schedule;
  expect(schedule({ schedule: 'cosine', finalFactor: 0.1 })).toEqual({ kind: 'cosine', finalFactor: 0.1 });
  expect(schedule({ schedule: 'polynomial', power: 2, finalFactor: 0.05 })).toEqual({
    kind: 'polynomial',
    power: 2,
    finalFactor: 0.05,
  });
  expect(schedule({ schedule: 'one-cycle', pctStart: 0.2, cycleMomentum: true })).toMatchObject({
    kind: 'oneCycle',
    pctStart: 0.2,
    momentum: { base: 0.85, max: 0.95 },
  });
  expect(schedule({ schedule: 'one-cycle' })).not.toHaveProperty('momentum');
  expect(schedule({ schedule: 'plateau', plateauPatience: 3, gamma: 0.5 })).toMatchObject({
    kind: 'plateau',
    patience: 3,
    factor: 0.5,
  });
  expect(schedule({ schedule: 'constant' })).toEqual({ kind: 'constant' });
});

test('the shape of residual networks', () => {
  expect(resolved({ model: 'resnet18', dropPath: 0.2, depthFactor: 0.5, smallInput: true }).model).toEqual({
    name: 'resnet18',
    options: { dropPath: 0.2, depthFactor: 0.5, smallInput: true },
  });
});

test('lists and repeats make runs of every combination', () => {
  const runs = optionVariants({ lr: [1e-3, 1e-4], weightDecay: [0, 0.1], repeat: 2, seed: 5, name: 'n' }).map((one) =>
    resolved(one),
  );
  expect(runs.map((r) => [r.lr, r.weightDecay, r.seed])).toEqual(
    [1e-3, 1e-4].flatMap((lr) => [0, 0.1].flatMap((decay) => [5, 6].map((seed) => [lr, decay, seed]))),
  );
  expect(new Set(runs.map((r) => r.name)).size).toBe(8);
});

test('a list in any number: what an option means with another one, it means in every run', () => {
  const patience = optionVariants({ earlyStopping: [0, 3], schedule: 'plateau', gamma: [0.1, 0.5] }).map((one) =>
    resolved(one),
  );
  expect(
    patience.map(({ earlyStopping, schedule }) => [
      earlyStopping?.patience,
      schedule.kind === 'plateau' && schedule.factor,
    ]),
  ).toEqual([
    [undefined, 0.1],
    [undefined, 0.5],
    [3, 0.1],
    [3, 0.5],
  ]);
  expect(
    optionVariants({
      milestones: [10, 20],
      schedule: 'milestones',
      colorJitter: [0.1, 0.2],
      keepEpochs: [1, 2],
      classWeights: [1, 2],
    }),
  ).toHaveLength(1);
  const initRename = [{ from: 'a', to: 'b' }];
  expect(optionVariants({ initRename })).toEqual([{ initRename }]);
  expect(optionVariants({})).toEqual([{}]);
});

test.each<[string, ListedOptions]>([
  ['seeds twice', { seed: [1, 2], repeat: 3 }],
  ['too many', { seed: Array.from({ length: 20 }, (_, i) => i), lr: Array.from({ length: 20 }, (_, i) => i + 1) }],
])('refused lists: %s', (_what, options) => {
  expect(() => optionVariants(options)).toThrow(expect.objectContaining({ code: 'input.invalid' }));
});

test('options win over the file, and leave the rest of it alone', () => {
  const file = {
    model: { name: 'vgg19', options: { dropout: 0.5 } },
    epochs: 3,
    optimizer: { kind: 'sgd', momentum: 0.5 },
    augmentation: { flip: true },
    earlyStopping: { metric: 'val/top1', patience: 9 },
    preprocessing: { fit: 'squash' },
  };
  expect(resolved({ epochs: 4, headWidth: 64, cropPadding: 2, earlyStopping: 2, size: 33 }, file)).toMatchObject({
    model: { name: 'vgg19', options: { dropout: 0.5, headWidth: 64 } },
    epochs: 4,
    optimizer: { kind: 'sgd', momentum: 0.5 },
    augmentation: { flip: true, cropPadding: 2 },
    earlyStopping: { metric: 'val/top1', patience: 2 },
    preprocessing: { fit: 'squash', size: 33 },
  });
});

test.each<[string, TrainOptions]>([
  ['momentum without sgd', { momentum: 0.9 }],
  ['momentum with adamw', { optimizer: 'adamw', momentum: 0.9 }],
  ['nesterov without sgd', { nesterov: true }],
  ['milestones without epochs', { schedule: 'milestones' }],
  ['gamma with cosine', { schedule: 'cosine', gamma: 0.5 }],
  ['gamma without steps', { gamma: 0.5 }],
  ['cycled momentum with cosine', { schedule: 'cosine', cycleMomentum: true }],
  ['power without polynomial', { power: 2 }],
  ['final factor with steps', { schedule: 'step', finalFactor: 0.1 }],
  ['two networks', { model: 'vgg11', depth: '13' }],
  ['an unknown depth', { depth: '12' }],
])('refused: %s', (_what, options) => {
  expect(() => trainRequest(options, {})).toThrow(expect.objectContaining({ code: 'input.invalid' }));
});

test('the same network named twice is no contradiction', () => {
  expect(resolved({ model: 'vgg13', depth: '13' }).model.name).toBe('vgg13');
});
