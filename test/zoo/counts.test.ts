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

const VGG16 = 138_357_544;
/** What is in neither timm nor torchvision nor among the deploy files: side, classes, parameters, and where the number is from. */
const OTHERS: readonly (readonly [name: string, size: number, classes: number, parameters: number])[] = [
  // the paper's table: vgg16 less 8/9 of the kernels of conv3_3, conv4_3 and conv5_3; two values a filter with BatchNorm
  ['vgg16_c1', 224, 1000, VGG16 - 8 * (256 * 256 + 2 * 512 * 512)],
  ['vgg16_c1_bn', 224, 1000, VGG16 - 8 * (256 * 256 + 2 * 512 * 512) + 8_448],
  // its description: vgg16 with BatchNorm after all but the first and the last convolution, and a 14th of 512 filters
  ['vgg16_fc', 224, 1000, VGG16 + 8_448 - 2 * (64 + 512)],
  ['vgg16_fc14', 224, 1000, VGG16 + 8_448 - 2 * (64 + 512) + 9 * 512 * 512 + 512 + 2 * 512],
  // Caffe's stem has a bias
  ['resnet50.caffe', 224, 1000, 25_557_032 + 64],
  // keras.applications less the biases of its convolutions, which go into the BatchNorms
  ['resnet50.keras', 224, 1000, 25_557_032],
  ['resnet101.keras', 224, 1000, 44_549_160],
  ['resnet152.keras', 224, 1000, 60_192_808],
  // option A of the paper's section 4.2
  ['resnet20_cifar', 32, 10, 269_722],
  ['resnet32_cifar', 32, 10, 464_154],
  ['resnet44_cifar', 32, 10, 658_586],
  ['resnet56_cifar', 32, 10, 853_018],
  // keras.applications, and the scales of its BatchNorms, which it has none of
  ['inception_v3.keras', 299, 1000, 23_817_352 + 17_216],
  // Cadene's pretrained-models.pytorch, its bninception
  ['bn_inception', 224, 1000, 11_295_240],
  // the authors' 3G-Net code
  ['resnet18_3g', 224, 1000, 45_245_547],
  ['resnet50_3g', 224, 1000, 57_970_283],
  ['resnet101_3g', 224, 1000, 76_962_411],
  // less the three re-weightings of 346,817 parameters
  ['resnet50_isqrt', 224, 1000, 57_970_283 - 3 * 346_817],
  ['resnet101_isqrt', 224, 1000, 76_962_411 - 3 * 346_817],
  // Caffe's lenet.prototxt: 20·(25 + 1) + 50·(500 + 1) + 500·(800 + 1) + 10·(500 + 1), of one channel
  ['lenet', 28, 10, 431_080 + 2 * 20 * 25],
  // Caffe's cifar10_quick: convolutions of 5 × 5 × 3 and 5 × 5 × 32, and two dense layers, each with its biases
  ['cifar10_quick', 32, 10, 32 * 76 + 32 * 801 + 64 * 801 + 64 * 1025 + 10 * 65],
  // the usual implementations in PyTorch
  ['densenet100bc_cifar', 32, 10, 769_162],
  ['wide_resnet28_10', 32, 10, 36_479_194],
  ['resnext29_8x64d', 32, 10, 34_426_698],
  ['pyramidnet110_a270', 32, 10, 28_485_477],
  ['pyramidnet110_a48', 32, 10, 1_772_706],
];

describe('the size of a network', () => {
  it.each(counts)('%s is as in PyTorch', (name, [size, parameters, multiplyAdds]) => {
    const described = describeNetwork(getModel(name), { size, channels: 3, classes: 1000, options: {} });
    expect([described.learnable, described.multiplyAdds]).toEqual([parameters, multiplyAdds]);
  });

  it.each(OTHERS)('%s at %i pixels with %i classes has %i parameters', (name, size, classes, parameters) => {
    expect(describeNetwork(getModel(name), { size, channels: 3, classes, options: {} }).learnable).toBe(parameters);
  });

  it('is that of another source for every network', () => {
    const known = new Set([...counts.map(([name]) => name), ...publishedFiles()]);
    const others = listModels().filter(({ name }) => !known.has(name));
    expect(others.map(({ name }) => name)).toEqual(OTHERS.map(([name]) => name));
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
