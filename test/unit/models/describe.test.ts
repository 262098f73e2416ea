import { describe, expect, it } from 'vitest';
import { describeNetwork } from '../../../core/models/describe.ts';
import { defineModel, type ModelDefinition } from '../../../core/models/defineModel.ts';
import { adaptiveBins, poolOutput } from '../../../core/models/geometry.ts';
import { getModel } from '../../../core/models/registry.ts';

const CARD = {
  name: 'tiny',
  aliases: [],
  family: 'test',
  title: 'Tiny',
  nativeSize: 8,
  minSize: 8,
  paper: '',
  source: '',
  license: '',
  notes: '',
  preprocessing: null,
  published: [],
  supports: [],
  minSizeSmallInput: null,
} as const;

function described(network: ModelDefinition['network'], classes = 2): ReturnType<typeof describeNetwork> {
  return describeNetwork(defineModel({ ...CARD, network }), { size: 8, channels: 3, classes, options: {} });
}

describe('describeNetwork', () => {
  it('lists weights in order with their shapes, kinds and fans', () => {
    const { weights, layers, multiplyAdds } = described((b, x) => {
      const y = b.batchNorm(
        b.conv(x, 'a', {
          filters: 6,
          kernel: [3, 1],
          padding: [
            [1, 1],
            [0, 0],
          ],
          groups: 3,
          bias: false,
        }),
        'n',
      );
      return b.dense(b.globalAvgPool(b.relu(y)), 'd', { units: 2 });
    });
    expect(
      weights.map(({ name, shape, kind, trainable, fanIn, fanOut }) => [
        name,
        [...shape],
        kind,
        trainable,
        fanIn,
        fanOut,
      ]),
    ).toEqual([
      ['a/kernel', [3, 1, 1, 6], 'kernel', true, 3, 6],
      ['n/gamma', [6], 'gamma', true, 1, 1],
      ['n/beta', [6], 'beta', true, 1, 1],
      ['n/mean', [6], 'mean', false, 1, 1],
      ['n/variance', [6], 'variance', false, 1, 1],
      ['d/kernel', [6, 2], 'kernel', true, 6, 2],
      ['d/bias', [2], 'bias', true, 1, 1],
    ]);
    expect(multiplyAdds).toBe(8 * 8 * 6 * 3 + 12);
    expect(layers.map((layer) => layer.name)).toEqual(['a', 'n', 'relu_1', 'globalAvgPool_1', 'd']);
  });

  it('keeps the vectors of spectral normalisation as state', () => {
    const { weights, learnable, statistics } = described((b, x) =>
      b.globalAvgPool(b.conv(x, 'a', { filters: 2, kernel: 3, spectralNorm: true })),
    );
    expect(weights.map(({ name, shape, trainable }) => [name, [...shape], trainable])).toEqual([
      ['a/kernel', [3, 3, 3, 2], true],
      ['a/bias', [2], true],
      ['a/leftVector', [2], false],
      ['a/rightVector', [27], false],
    ]);
    expect([learnable, statistics]).toEqual([56, 29]);
  });

  it('follows the receptive field through strides, poolings and branches', () => {
    const { layers } = described((b, x) => {
      const y = b.maxPool(b.conv(x, 'a', { filters: 4, kernel: 3, padding: 1 }), { kernel: 2, stride: 2 });
      const z = b.conv(y, 'b', { filters: 4, kernel: 3, padding: 1 });
      return b.dense(b.flatten(b.add(y, z)), 'd', { units: 2 });
    });
    expect(layers.map((layer) => layer.receptiveField)).toEqual([3, 4, 8, 8, null, null]);
  });

  it('makes half the triangle of covariance pooling', () => {
    expect(described((b, x) => b.covariancePool(x, 'cov'), 6).layers[0]?.output).toEqual([6]);
  });

  it('refuses two layers of one name, and logits of another length than the classes', () => {
    expect(() =>
      described((b, x) =>
        b.globalAvgPool(b.conv(b.conv(x, 'a', { filters: 2, kernel: 1 }), 'a', { filters: 2, kernel: 1 })),
      ),
    ).toThrow(/two layers are called a/);
    expect(() => described((b, x) => b.globalAvgPool(x))).toThrow(/ends in \[3\] instead of \[2\]/);
  });

  it('counts activations that the backward pass reads once, half as large in bf16', () => {
    const description = describeNetwork(getModel('vgg11'), { size: 32, channels: 3, classes: 10, options: {} });
    const f32 = description.memory(8, 'f32');
    const bf16 = description.memory(8, 'bf16');
    // inputs of the convolutions and poolings, the flattened map, both hidden layers
    const maps =
      32 * 32 * 3 +
      32 * 32 * 64 +
      16 * 16 * (64 + 128) +
      8 * 8 * (128 + 256 + 256) +
      4 * 4 * (256 + 512 + 512) +
      2 * 2 * (512 + 512 + 512) +
      512 +
      512 +
      2 * 4096;
    expect(f32.activationsBytes).toBe(8 * 4 * maps);
    expect(bf16.activationsBytes * 2).toBe(f32.activationsBytes);
    expect(bf16.weightsBytes).toBe(f32.weightsBytes);
    expect(f32.totalBytes).toBe(
      f32.weightsBytes + f32.gradientsBytes + f32.optimizerBytes + f32.activationsBytes + f32.workBytes,
    );
  });
});

describe('windows', () => {
  it('rounds poolings down, or up without windows that start beyond the padded input', () => {
    expect(poolOutput(112, 112, { kernel: 3, stride: 2, padding: 1 })).toEqual([56, 56]);
    expect(poolOutput(112, 112, { kernel: 3, stride: 2 })).toEqual([55, 55]);
    expect(poolOutput(112, 112, { kernel: 3, stride: 2, ceil: true })).toEqual([56, 56]);
    expect(poolOutput(112, 112, { kernel: 3, stride: 2, padding: 1, ceil: true })).toEqual([57, 57]);
    expect(poolOutput(4, 4, { kernel: 2, stride: 2, padding: 1, ceil: true })).toEqual([3, 3]);
    expect(poolOutput(3, 3, { kernel: 2, stride: 2, padding: 1, ceil: true })).toEqual([2, 2]);
  });

  it('bins like PyTorch, repeating cells when the grid is larger', () => {
    expect(adaptiveBins(7, 3)).toEqual([
      [0, 3],
      [2, 5],
      [4, 7],
    ]);
    expect(adaptiveBins(2, 3)).toEqual([
      [0, 1],
      [0, 2],
      [1, 2],
    ]);
  });
});
