import { expect, test } from 'vitest';
import { RunRequest } from '../../../contract/runSpec.ts';
import { type TrainOptions, trainRequest } from '../../../cli/trainRequest.ts';

const resolved = (options: TrainOptions, base: Record<string, unknown> = {}): RunRequest => RunRequest.parse({ ...trainRequest(options, base), dataset: 'd' });

test('nothing given: the published defaults', () => {
  expect(resolved({})).toEqual({
    dataset: 'd', model: { name: 'vgg11', options: {} }, batchSize: 64, epochs: 50, lr: 1e-4, optimizer: { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }, schedule: { kind: 'constant' },
    augmentation: { flip: false, cropPadding: 0 }, earlyStopping: null, precision: 'f32', device: 'auto', seed: 0, preprocessing: {}, limit: {},
  });
});

test('the published options', () => {
  expect(resolved({ depth: '16', conv1_1: true, epochs: 50, early_stopping: 5, batchsize: 50, imagesize: 48, lr: 1e-3 })).toMatchObject({
    model: { name: 'vgg16_c1' }, epochs: 50, earlyStopping: { metric: 'val/loss', patience: 5, minChange: 0 }, batchSize: 50, preprocessing: { size: 48 }, lr: 1e-3,
  });
});

test('our own options', () => {
  expect(resolved({
    model: 'vgg13_bn', optimizer: 'sgd', momentum: 0.8, schedule: 'step', stepEpochs: 10, gamma: 0.5, flip: true, cropPadding: 4, earlyStopping: 3, precision: 'bf16', device: 'cpu', seed: 7, size: 40, color: 'gray',
    widthFactor: 0.5, headWidth: 256, poolGrid: 2, dropout: 0.5, limitTrain: 100, limitVal: 50, name: 'mine',
  })).toMatchObject({
    name: 'mine', model: { name: 'vgg13_bn', options: { widthFactor: 0.5, headWidth: 256, poolGrid: 2, dropout: 0.5 } }, optimizer: { kind: 'sgd', momentum: 0.8, nesterov: false },
    schedule: { kind: 'step', everyEpochs: 10, gamma: 0.5 }, augmentation: { flip: true, cropPadding: 4 }, earlyStopping: { patience: 3 }, precision: 'bf16', device: 'cpu', seed: 7,
    preprocessing: { size: 40, color: 'gray' }, limit: { train: 100, val: 50 },
  });
});

test('options win over the file, and leave the rest of it alone', () => {
  const file = { model: { name: 'vgg19', options: { dropout: 0.5 } }, epochs: 3, optimizer: { kind: 'sgd', momentum: 0.5 }, augmentation: { flip: true }, earlyStopping: { metric: 'val/top1', patience: 9 }, preprocessing: { fit: 'squash' } };
  expect(resolved({ epochs: 4, headWidth: 64, cropPadding: 2, earlyStopping: 2, size: 33 }, file)).toMatchObject({
    model: { name: 'vgg19', options: { dropout: 0.5, headWidth: 64 } }, epochs: 4, optimizer: { kind: 'sgd', momentum: 0.5 }, augmentation: { flip: true, cropPadding: 2 },
    earlyStopping: { metric: 'val/top1', patience: 2 }, preprocessing: { fit: 'squash', size: 33 },
  });
});

test.each<[string, TrainOptions]>([
  ['momentum without sgd', { momentum: 0.9 }], ['gamma without steps', { gamma: 0.5 }], ['two networks', { model: 'vgg11', depth: '13' }], ['an unknown depth', { depth: '12' }],
])('refused: %s', (_what, options) => {
  expect(() => trainRequest(options, {})).toThrow(expect.objectContaining({ code: 'input.invalid' }));
});

test('the same network named twice is no contradiction', () => {
  expect(resolved({ model: 'vgg13', depth: '13' }).model.name).toBe('vgg13');
});
