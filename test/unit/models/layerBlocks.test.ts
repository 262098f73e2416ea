import { expect, test } from 'vitest';
import { fineTuningPlan, layerNames } from '../../../core/models/layerChoice.ts';
import { depthBelowHead } from '../../../core/models/layerBlocks.ts';
import { getModel } from '../../../core/models/registry.ts';
import goldens from '../../fixtures/data/recipe-goldens.json' with { type: 'json' };

const names = (model: string, size: number) =>
  layerNames(getModel(model), { size, channels: 3, classes: 10, options: {} });

test.each(Object.entries(goldens.layerDecay))('%s: each layer has the factor that timm gives it', (name, golden) => {
  const { all } = layerNames(getModel(name), { size: 224, channels: 3, classes: 1000, options: {} });
  const { lrFactor } = fineTuningPlan(null, { all, head: new Set() }, golden.decay);
  expect([...lrFactor.keys()].sort()).toEqual(Object.keys(golden.scales).sort());
  for (const [layer, scale] of Object.entries(golden.scales)) expect(lrFactor.get(layer), layer).toBeCloseTo(scale, 7);
});

test('layers between blocks belong to the upper one', () => {
  const depths = depthBelowHead(names('convnext_tiny', 32).all);
  expect(depths.get('stages.1.downsample.1')).toBe(depths.get('stages.1.blocks.0.conv_dw'));
  expect(depths.get('stem.0')).toBe(18 + 1);
});

test('each block trains slower than the one above it, and factors of single layers multiply that', () => {
  const all = names('resnet18', 32);
  const plan = fineTuningPlan(null, all, 0.5);
  expect([...new Set(plan.lrFactor.values())]).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((depth) => 0.5 ** depth));
  expect(fineTuningPlan(null, all).lrFactor.size).toBe(0);
  const chosen = fineTuningPlan(
    {
      from: null,
      newHead: false,
      loads: '*',
      trains: { kind: 'all' },
      lrFactors: [{ layers: 'conv1', factor: 4 }],
      unfreeze: [],
    },
    all,
    0.5,
  );
  expect(chosen.lrFactor.get('conv1')).toBe(4 * 0.5 ** 9);
});
