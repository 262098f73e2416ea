import { describe, expect, it } from 'vitest';
import { StudioError } from '../../../contract/errors.ts';
import type { ModelOptions } from '../../../contract/runSpec.ts';
import { describeNetwork, type NetworkDescription } from '../../../core/models/describe.ts';
import { getModel } from '../../../core/models/registry.ts';

function describeVgg(
  name: string,
  size = 224,
  classes = 1000,
  options: ModelOptions = {},
  channels = 3,
): NetworkDescription {
  return describeNetwork(getModel(name), { size, channels, classes, options });
}

/**
 * torchvision 0.29: `num_params` of the weights' metadata; BatchNorm statistics are twice the filters. Configuration C:
 * counted by hand from the paper's table.
 */
const FULL_WIDTH = [
  ['vgg11', 132_863_336, 0],
  ['vgg13', 133_047_848, 0],
  ['vgg16', 138_357_544, 0],
  ['vgg19', 143_667_240, 0],
  ['vgg11_bn', 132_868_840, 5_504],
  ['vgg13_bn', 133_053_736, 5_888],
  ['vgg16_bn', 138_365_992, 8_448],
  ['vgg19_bn', 143_678_248, 11_008],
  // vgg16 less 8/9 of the kernels of conv3_3, conv4_3, conv5_3
  ['vgg16_c1', 138_357_544 - 8 * (256 * 256 + 2 * 512 * 512), 0],
] as const;

describe('VGG', () => {
  it.each(FULL_WIDTH)('%s has the published number of parameters at 224 pixels', (name, learnable, statistics) => {
    const description = describeVgg(name);
    expect(description.learnable).toBe(learnable);
    expect(description.statistics).toBe(statistics);
  });

  it('has 1×1 filters in the third convolution of blocks 3, 4 and 5 of configuration C only', () => {
    const ones = (name: string): string[] =>
      describeVgg(name, 64)
        .layers.filter((layer) => layer.kind === 'conv' && layer.kernel?.[0] === 1)
        .map((layer) => layer.name);
    expect(ones('vgg16_c1')).toEqual(['conv3_3', 'conv4_3', 'conv5_3']);
    expect(ones('vgg16')).toEqual([]);
  });

  it('pools to the feature map itself up to 7 cells, or to the grid asked for', () => {
    const pooled = (size: number, options: ModelOptions = {}): readonly number[] | undefined =>
      describeVgg('vgg11', size, 10, options).layers.find((layer) => layer.kind === 'adaptiveMaxPool')?.output;
    expect(pooled(32)).toEqual([1, 1, 512]);
    expect(pooled(64)).toEqual([2, 2, 512]);
    expect(pooled(320)).toEqual([7, 7, 512]);
    expect(pooled(64, { poolGrid: 7 })).toEqual([7, 7, 512]);
  });

  it('has dropout after both hidden dense layers only when asked', () => {
    const dropouts = (options: ModelOptions): string[] =>
      describeVgg('vgg11', 32, 10, options)
        .layers.filter((layer) => layer.kind === 'dropout')
        .map((layer) => layer.name);
    expect(dropouts({})).toEqual([]);
    expect(dropouts({ dropout: 0.5 })).toEqual(['drop6', 'drop7']);
  });

  it('narrows its filters to multiples of 8 and its head to the width asked for', () => {
    const { layers } = describeVgg('vgg19', 32, 10, { widthFactor: 0.1, headWidth: 48 });
    expect(layers.filter((layer) => layer.kind === 'conv').map((layer) => layer.output[2])).toEqual([
      8, 8, 16, 16, 24, 24, 24, 24, 48, 48, 48, 48, 48, 48, 48, 48,
    ]);
    expect(layers.filter((layer) => layer.kind === 'dense').map((layer) => layer.output)).toEqual([[48], [48], [10]]);
  });

  it('takes one channel', () => {
    expect(describeVgg('vgg11', 32, 10, {}, 1).weights[0]?.shape).toEqual([3, 3, 1, 64]);
  });

  it('refuses a picture smaller than its five poolings, and says the smallest', () => {
    const build = (): unknown => describeVgg('vgg13', 28);
    expect(build).toThrow(StudioError);
    expect(build).toThrow(/at least 32×32 pixels, got 28×28/);
  });

  it('refuses an option it does not know', () => {
    expect(() => describeVgg('vgg13', 32, 10, { smallInput: true })).toThrow(/no option "smallInput"/);
  });
});
