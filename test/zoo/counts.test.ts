/**
 * Parameters and multiply-adds of the networks that timm and torchvision have, as PyTorch counts theirs, and of those
 * that only a paper has.
 */
import { describe, expect, it } from 'vitest';
import { describeNetwork } from '../../core/models/describe.ts';
import { getModel, listModels } from '../../core/models/registry.ts';
import goldens from '../fixtures/models/networks-goldens.json' with { type: 'json' };
import deployFiles from '../fixtures/models/zoo-digest.json' with { type: 'json' };

const counts = Object.entries(goldens.counts as Record<string, number[]>) as [string, [number, number, number]][];

/** Networks of published deploy files: definitions.test.ts compares them convolution by convolution. */
const publishedFiles = (): string[] =>
  Object.keys(deployFiles)
    .filter((name) => !name.startsWith('extra-'))
    .map((name) => getModel(name).name);

/**
 * What neither timm, torchvision nor a deploy file has. Their parameters are in this file, in families.test.ts and in
 * vgg.test.ts; their layers, but for those of Keras, are compared in parity.test.ts.
 */
const OTHERS = [
  'vgg16_c1',
  'vgg16_c1_bn',
  'vgg16_fc',
  'vgg16_fc14',
  'resnet50.caffe',
  'resnet50.keras',
  'resnet101.keras',
  'resnet152.keras',
  'resnet20_cifar',
  'resnet32_cifar',
  'resnet44_cifar',
  'resnet56_cifar',
  'inception_v3.keras',
  'bn_inception',
  'resnet18_3g',
  'resnet50_3g',
  'resnet101_3g',
  'resnet50_isqrt',
  'resnet101_isqrt',
  'lenet',
  'densenet100bc_cifar',
  'wide_resnet28_10',
  'resnext29_8x64d',
  'pyramidnet110_a270',
  'pyramidnet110_a48',
];

describe('the size of a network', () => {
  it.each(counts)('%s is as in PyTorch', (name, [size, parameters, multiplyAdds]) => {
    const described = describeNetwork(getModel(name), { size, channels: 3, classes: 1000, options: {} });
    expect([described.learnable, described.multiplyAdds]).toEqual([parameters, multiplyAdds]);
  });

  it.each([
    // for ten classes, as the usual implementations in PyTorch have them
    ['wide_resnet28_10', 36_479_194],
    ['resnext29_8x64d', 34_426_698],
    ['densenet100bc_cifar', 769_162],
    ['pyramidnet110_a48', 1_772_706],
    ['pyramidnet110_a270', 28_485_477],
  ] as const)('%s has %i parameters', (name, parameters) => {
    const { learnable } = describeNetwork(getModel(name), { size: 32, channels: 3, classes: 10, options: {} });
    expect(learnable).toBe(parameters);
  });

  it('is that of another source for every network', () => {
    const known = new Set([...counts.map(([name]) => name), ...publishedFiles()]);
    const others = listModels().filter(({ name }) => !known.has(name));
    expect(others.map(({ name }) => name)).toEqual(OTHERS);
  });

  it('is compared for every network with names of timm or torchvision', () => {
    const compared = new Set([...counts.map(([name]) => name), ...goldens.cases.map(({ model }) => model)]);
    const dotted = listModels().filter(({ name, nativeSize }) =>
      describeNetwork(getModel(name), { size: nativeSize, channels: 3, classes: 1000, options: {} }).weights.some(
        (weight) => weight.name.includes('.'),
      ),
    );
    expect(dotted.map(({ name }) => name).filter((name) => !compared.has(name))).toEqual([]);
    expect(dotted.length).toBeGreaterThan(80);
  });
});
