/**
 * AirNet: residual blocks of two branches, 1×1–3×3 and, half as wide, 1×1–3×3–3×3, normalised together after they are
 * joined.
 */
import type { Builder, Value } from '../../builder.ts';
import { convBlock } from '../convBlock.ts';
import { defineModel } from '../../defineModel.ts';
import type { Model, NetworkShape } from '../../family.ts';
import { CAFFE_ZOO_SOURCE, TORCH_INPUT, zooResults, type ZooErrors } from '../../published.ts';
import { averageHead } from './residualNetwork.ts';
import { stochasticDepth, totalBlocks } from '../../stochasticDepth.ts';
import { scaledDepth, scaledWidth } from '../widths.ts';

interface AirVariant {
  readonly name: string;
  readonly title: string;
  readonly aliases: readonly string[];
  readonly blocks: readonly [number, number, number, number];
  /** Of the first branch in the first stage; the second has half of it. */
  readonly width: number;
  /** Of the first branch's 3×3 convolution; the second has half as many. */
  readonly groups: number;
  readonly stem: string;
  readonly prefix: string;
  /** Number of the first block in layer names. */
  readonly first: number;
  readonly errors: ZooErrors;
}

const variants: readonly AirVariant[] = [
  {
    name: 'airx50_24x4d',
    title: 'AirX-50 (24×4d)',
    aliases: ['airx50-24x4d'],
    blocks: [3, 4, 6, 3],
    width: 96,
    groups: 24,
    stem: 'conv1',
    prefix: 'airx',
    first: 1,
    errors: ['22.39/6.23', '20.36/5.19', '20.88/5.33', '19.97/4.92'],
  },
  {
    name: 'air101',
    title: 'Air-101',
    aliases: ['air-101'],
    blocks: [3, 4, 23, 3],
    width: 64,
    groups: 1,
    stem: 'res1',
    prefix: 'res',
    first: 2,
    errors: ['21.32/5.76', '19.36/4.84', '19.92/4.75', '19.05/4.43'],
  },
  {
    name: 'air152',
    title: 'Air-152',
    aliases: ['air-152'],
    blocks: [3, 8, 36, 3],
    width: 64,
    groups: 1,
    stem: 'conv1',
    prefix: 'air',
    first: 1,
    errors: ['20.38/5.11', '18.46/4.26', '19.08/4.40', '18.53/4.00'],
  },
  {
    name: 'airx101_32x4d',
    title: 'AirX-101 (32×4d)',
    aliases: ['airx101-32x4d'],
    blocks: [3, 4, 23, 3],
    width: 128,
    groups: 32,
    stem: 'conv1',
    prefix: 'airx',
    first: 1,
    errors: ['21.15/5.74', '19.43/4.86', '19.61/4.93', '18.90/4.49'],
  },
];

export const airnetModels: readonly Model[] = variants.map((variant) =>
  defineModel({
    name: variant.name,
    title: variant.title,
    aliases: variant.aliases,
    family: 'airnet',
    paper: CAFFE_ZOO_SOURCE,
    source: CAFFE_ZOO_SOURCE,
    license: 'MIT (soeaver/caffe-model)',
    notes: 'Two branches a block, normalised after they are joined. The published file is the definition.',
    preprocessing: TORCH_INPUT,
    published: zooResults(224, variant.errors),
    nativeSize: 224,
    minSize: 32,
    minSizeSmallInput: 8,
    supports: ['widthFactor', 'depthFactor', 'smallInput', 'dropout', 'dropPath'],
    network: (builder, input, shape) => averageHead(builder, airnet(builder, input, shape, variant), shape),
  }),
);

/**
 * Layers `<prefix><n>_conv1_1`, `_conv1_2` (first branch), `_conv2_1` to `_conv2_3` (second), `_cat_bn`, `_conv3`,
 * `_match_conv`.
 */
function airnet<V extends Value>(builder: Builder<V>, input: V, shape: NetworkShape, variant: AirVariant): V {
  const { options } = shape;
  const { smallInput = false } = options;
  let x = convBlock(builder, input, variant.stem, {
    filters: scaledWidth(64, options),
    kernel: smallInput ? 3 : 7,
    stride: smallInput ? 1 : 2,
  });
  if (!smallInput) x = builder.maxPool(x, { kernel: 3, stride: 2, padding: 1 });
  const dropPath = stochasticDepth(builder, options, totalBlocks(variant.blocks, options));
  let index = variant.first - 1;
  variant.blocks.forEach((blocks, stage) => {
    for (let block = 0; block < scaledDepth(blocks, options); block++) {
      index++;
      x = airBlock(
        builder,
        x,
        shape,
        variant,
        `${variant.prefix}${index}`,
        stage,
        block === 0 && stage > 0 ? 2 : 1,
        dropPath,
      );
    }
  });
  return x;
}

function airBlock<V extends Value>(
  builder: Builder<V>,
  x: V,
  { options }: NetworkShape,
  variant: AirVariant,
  name: string,
  stage: number,
  stride: number,
  dropPath: (branch: V) => V,
): V {
  const { groups } = variant;
  const halfGroups = Math.max(1, groups / 2);
  const width = scaledWidth(variant.width * 2 ** stage, options, Math.max(8, groups));
  const half = scaledWidth((variant.width / 2) * 2 ** stage, options, Math.max(4, halfGroups));
  const output = scaledWidth(256 * 2 ** stage, options);
  let first = convBlock(builder, x, `${name}_conv1_1`, { filters: width, kernel: 1 });
  first = builder.conv(first, `${name}_conv1_2`, {
    filters: width,
    kernel: 3,
    stride,
    padding: 1,
    groups,
    bias: false,
  });
  let second = convBlock(builder, x, `${name}_conv2_1`, { filters: half, kernel: 1 });
  second = convBlock(builder, second, `${name}_conv2_2`, { filters: half, kernel: 3, stride, groups: halfGroups });
  second = builder.conv(second, `${name}_conv2_3`, {
    filters: half,
    kernel: 3,
    padding: 1,
    groups: halfGroups,
    bias: false,
  });
  const joined = builder.relu(builder.batchNorm(builder.concat([first, second]), `${name}_cat_bn`));
  const y = convBlock(builder, joined, `${name}_conv3`, { filters: output, kernel: 1, activation: null });
  const same = stride === 1 && x.shape.at(-1) === output;
  const shortcut = same
    ? x
    : convBlock(builder, x, `${name}_match_conv`, { filters: output, kernel: 1, stride, activation: null });
  return builder.relu(builder.add(shortcut, dropPath(y)));
}
