import { describe, expect, it } from 'vitest';
import { FineTuningRequest } from '../../../../contract/fineTuning.ts';
import { lrAt } from '../../../../pure/schedule.ts';
import { RunRequest } from '../../../../contract/runSpec.ts';
import { getModel } from '../../../../core/models/registry.ts';
import { findPreset, PRESETS } from '../../../../core/studio/runs/presets.ts';
import { resolveSpec } from '../../../../core/studio/runs/resolveSpec.ts';
import { exampleCard } from '../../db/examples.ts';
import { exampleStart } from './exampleStart.ts';

const card = exampleCard({
  splits: {
    train: { count: 5000, labelled: true, perClass: [2500, 2500] },
    val: { count: 500, labelled: true, perClass: [250, 250] },
  },
});
const FROM = { kind: 'imported', weights: 'published' } as const;

describe('presets', () => {
  it.each(PRESETS.map((p) => ({ name: p.name, settings: p.settings })))(
    '$name resolves to a run for its network',
    ({ settings }) => {
      for (const one of settings) {
        const spec = resolveSpec(
          RunRequest.parse({
            ...one,
            ...(one.fineTuning && { fineTuning: { ...one.fineTuning, from: FROM } }),
            dataset: card.id,
          }),
          card,
          getModel(one.model.name),
          one.fineTuning ? exampleStart(one.model.name) : null,
        );
        expect(spec.preprocessing.size).toBeGreaterThanOrEqual(32);
      }
    },
  );

  it('have names of their own, and an unknown one lists them', () => {
    expect(new Set(PRESETS.map((p) => p.name)).size).toBe(PRESETS.length);
    expect(() => findPreset('best')).toThrow(
      expect.objectContaining({
        code: 'input.invalid',
        remedy: expect.stringContaining('tiny-imagenet-best') as string,
      }),
    );
  });

  it('of the fine-tuned VGG-16 asks for weights, and has the published 15,000 steps', () => {
    const [settings] = findPreset('cifar10-fine-tune').settings;
    const cifar = exampleCard({
      splits: { train: { count: 40_000, labelled: true, perClass: [20_000, 20_000] } },
      nativeSize: { width: 32, height: 32 },
    });
    const request = RunRequest.parse({ ...settings, dataset: cifar.id });
    expect(() => resolveSpec(request, cifar, getModel('vgg16'))).toThrow(
      expect.objectContaining({
        code: 'run.badSpec',
        details: { fields: [expect.objectContaining({ field: 'fineTuning.from' })] },
      }),
    );
    const spec = resolveSpec(
      { ...request, fineTuning: FineTuningRequest.parse({ ...settings?.fineTuning, from: FROM }) },
      cifar,
      getModel('vgg16'),
      exampleStart('vgg16'),
    );
    expect((40_000 / spec.batchSize) * spec.epochs).toBe(15_000);
    expect(spec).toMatchObject({
      fineTuning: { newHead: true, loads: 'conv*' },
      optimizer: { kind: 'sgd' },
      lr: 0.01,
      model: { options: { poolGrid: 1 } },
      preprocessing: { size: 32, color: 'rgb', scale: 255 },
    });
  });

  it('the published falls of the learning rate come at their epochs', () => {
    const places = findPreset('places365-resnet50_3g').settings[0];
    const rate = (epoch: number) =>
      lrAt(places?.schedule ?? { kind: 'constant' }, places?.lr ?? NaN, epoch, { stepsPerEpoch: 1, epochs: 55 });
    [
      [30, 0.1],
      [31, 0.01],
      [40, 0.01],
      [41, 1e-3],
      [46, 1e-4],
      [51, 1e-5],
    ].forEach(([epoch = 0, expected = 0]) => {
      expect(rate(epoch) / expected).toBeCloseTo(1, 9);
    });
  });
});

describe('settings that contradict each other', () => {
  it.each([
    ['warmUp', { schedule: { kind: 'oneCycle' }, warmUp: { epochs: 2 } }],
    ['classWeights', { classWeights: [1, 2, 3] }],
    ['classWeights', { classWeights: 'balanced', balancedSampling: true }],
    ['accumulate', { accumulate: 65 }],
    ['repeatedAugment', { batchSize: 4, repeatedAugment: 8, augmentation: { flip: true } }],
    ['repeatedAugment', { repeatedAugment: 3, augmentation: { mixup: 0.2 } }],
    ['schedule.momentum', { optimizer: { kind: 'sgd', momentum: 0 }, schedule: { kind: 'oneCycle', momentum: {} } }],
    ['augmentation.cropPadding', { augmentation: { cropPadding: 4, resizedCrop: {} } }],
  ])('%s is named', (field, change) => {
    expect(() =>
      resolveSpec(RunRequest.parse({ model: { name: 'vgg11' }, dataset: card.id, ...change }), card, getModel('vgg11')),
    ).toThrow(
      expect.objectContaining({ code: 'run.badSpec', details: { fields: [expect.objectContaining({ field })] } }),
    );
  });
});
