import { expect, test } from 'vitest';
import { StudioError } from '../../../../contract/errors.ts';
import { getModel } from '../../../../core/models/registry.ts';
import { parseRunRequest, resolveSpec } from '../../../../core/studio/runs/resolveSpec.ts';
import type { DatasetCard } from '../../../../contract/dataset.ts';
import type { RunSpec } from '../../../../contract/runSpec.ts';
import { exampleCard } from '../../db/examples.ts';

function resolve(request: object = {}, card: Partial<DatasetCard> = {}): RunSpec {
  const parsed = parseRunRequest({ model: { name: 'vgg11' }, dataset: 'd', ...request });
  return resolveSpec(parsed, exampleCard(card), getModel(parsed.model.name));
}

function errorOf(work: () => unknown): StudioError {
  try {
    work();
  } catch (error) {
    if (error instanceof StudioError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('the published defaults', () => {
  expect(resolve()).toMatchObject({
    name: 'vgg11 on Shapes',
    batchSize: 64,
    epochs: 50,
    lr: 1e-4,
    optimizer: { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    schedule: { kind: 'constant' },
    precision: 'f32',
    device: 'auto',
    seed: 0,
    earlyStopping: null,
    dataset: 'd-20260101-0001',
    classNames: ['circle', 'square'],
    datasetFingerprint: 'f'.repeat(64),
    preprocessing: {
      size: 64,
      color: 'rgb',
      fit: 'cover',
      mean: [0.4, 0.5, 0.6],
      std: [0.2, 0.25, 0.3],
    },
  });
});

test("an alias becomes the network's own name", () => {
  expect(resolve({ model: { name: '16_c11' } })).toMatchObject({
    model: { name: 'vgg16_c1' },
    name: 'vgg16_c1 on Shapes',
  });
});

test.each([
  ['asked for', { preprocessing: { size: 96 } }, {}, 96],
  ['square images', {}, { nativeSize: { width: 48, height: 48 } }, 48],
  ['no square ones', {}, { nativeSize: { width: 640, height: 480 } }, 64],
  ['many sizes', {}, { nativeSize: null }, 64],
  ['smaller than the network takes', {}, { nativeSize: { width: 28, height: 28 } }, 32],
  ['larger than the network was made for', {}, { nativeSize: { width: 1000, height: 1000 } }, 224],
])('size: %s', (_what, request, card, size) => {
  expect(resolve(request, card).preprocessing.size).toBe(size);
});

test('a gray data set makes a network with one channel; rgb can be asked for', () => {
  const gray = { grayOnly: true, channelMean: [0.3, 0.3, 0.3], channelStd: [0.2, 0.2, 0.2] };
  const spec = resolve({}, gray).preprocessing;
  expect(spec.color).toBe('gray');
  expect(spec.mean).toEqual([expect.closeTo(0.3, 12)]);
  expect(spec.std).toEqual([expect.closeTo(0.2, 12)]);
  expect(resolve({ preprocessing: { color: 'rgb' } }, gray).preprocessing.mean).toHaveLength(3);
});

test('gray from colour weighs the channels as luma does; bgr turns them round; a constant channel can still be divided by', () => {
  expect(resolve({ preprocessing: { color: 'gray' } }).preprocessing.mean[0]).toBeCloseTo(
    0.299 * 0.4 + 0.587 * 0.5 + 0.114 * 0.6,
    12,
  );
  expect(resolve({ preprocessing: { color: 'bgr' } }).preprocessing).toMatchObject({
    mean: [0.6, 0.5, 0.4],
    std: [0.3, 0.25, 0.2],
  });
  expect(resolve({}, { channelStd: [0, 0.2, 0.2] }).preprocessing.std[0]).toBeCloseTo(1 / 255, 12);
});

test('every bad field of a request is listed at once', () => {
  const error = errorOf(() =>
    parseRunRequest({
      model: { name: 'vgg11', options: { dropout: 2 } },
      dataset: 'd',
      epochs: 0,
      lr: -1,
      optimizer: { kind: 'magic' },
      batchSize: 1.5,
    }),
  );
  expect(error.code).toBe('run.badSpec');
  const fields = error.details?.['fields'] as { field: string }[];
  expect(fields.map(({ field }) => field).sort()).toEqual([
    'batchSize',
    'epochs',
    'lr',
    'model.options.dropout',
    'optimizer.kind',
  ]);
  for (const { field } of fields) expect(error.message).toContain(field);
});

test('what contradicts the data set is listed at once', () => {
  const error = errorOf(() =>
    resolve(
      {
        augmentation: { cropPadding: 32 },
        preprocessing: { size: 32, mean: [0] },
        earlyStopping: { patience: 2 },
      },
      { splits: { train: { count: 100, labelled: true, perClass: [50, 50] } } },
    ),
  );
  expect((error.details?.['fields'] as { field: string }[]).map(({ field }) => field).sort()).toEqual([
    'augmentation.cropPadding',
    'earlyStopping',
    'preprocessing.mean',
  ]);
});

test('a batch is no larger than the images that are used', () => {
  const splits = { train: { count: 100, labelled: true, perClass: [50, 50] } };
  expect(resolve({ batchSize: 64 }, { splits }).batchSize).toBe(64);
  expect(resolve({ batchSize: 128 }, { splits }).batchSize).toBe(100);
  expect(resolve({ batchSize: 64, limit: { train: 10 } }, { splits }).batchSize).toBe(10);
});

test('other errors keep their own codes', () => {
  expect(errorOf(() => resolve({}, { splits: { test: { count: 5, labelled: false, perClass: [] } } })).code).toBe(
    'dataset.missingSplit',
  );
  expect(errorOf(() => resolve({ preprocessing: { size: 16 } })).code).toBe('model.inputTooSmall');
  expect(errorOf(() => resolve({ model: { name: 'vgg12' } })).code).toBe('model.unknown');
});
