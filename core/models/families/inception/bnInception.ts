/**
 * BN-Inception, also called Inception v2: Inception with BatchNorm (Ioffe and Szegedy 2015, arXiv:1502.03167), and
 * SE-BN-Inception with squeeze-and-excitation (Hu et al. 2017, arXiv:1709.01507).
 */
import type { Builder, Value } from '../../builder.ts';
import { squeezeExcite } from '../convBlock.ts';
import { defineModel } from '../../defineModel.ts';
import type { Model, NetworkShape } from '../../family.ts';
import { CAFFE_POOLING, inceptionLayers, type InceptionLayers } from './inceptionLayers.ts';
import { SENET_INPUT, SENET_SOURCE, zooResults } from '../../published.ts';
import { averageHead } from '../residual/residualNetwork.ts';

/**
 * Filters of one block: 1×1 (none where the block halves the map), 3×3, two 3×3 after one another, projection of the
 * pooled map.
 */
interface BlockRow {
  readonly name: string;
  readonly single: number | null;
  readonly triple: readonly [reduce: number, filters: number];
  readonly double: readonly [reduce: number, filters: number];
  readonly projected: { readonly pool: 'avg' | 'max'; readonly filters: number } | null;
}

const BLOCKS: readonly BlockRow[] = [
  { name: '3a', single: 64, triple: [64, 64], double: [64, 96], projected: { pool: 'avg', filters: 32 } },
  { name: '3b', single: 64, triple: [64, 96], double: [64, 96], projected: { pool: 'avg', filters: 64 } },
  { name: '3c', single: null, triple: [128, 160], double: [64, 96], projected: null },
  { name: '4a', single: 224, triple: [64, 96], double: [96, 128], projected: { pool: 'avg', filters: 128 } },
  { name: '4b', single: 192, triple: [96, 128], double: [96, 128], projected: { pool: 'avg', filters: 128 } },
  { name: '4c', single: 160, triple: [128, 160], double: [128, 160], projected: { pool: 'avg', filters: 128 } },
  { name: '4d', single: 96, triple: [128, 192], double: [160, 192], projected: { pool: 'avg', filters: 128 } },
  { name: '4e', single: null, triple: [128, 192], double: [192, 256], projected: null },
  { name: '5a', single: 352, triple: [192, 320], double: [160, 224], projected: { pool: 'avg', filters: 128 } },
  { name: '5b', single: 352, triple: [192, 320], double: [192, 224], projected: { pool: 'max', filters: 128 } },
];

interface Variant {
  readonly squeeze: boolean;
  /** The convolutions have biases though BatchNorm follows, as the published weights have. */
  readonly bias: boolean;
  /** Names of the branch of two 3×3 convolutions. */
  readonly double: readonly [reduce: string, first: string, second: string];
}

const PLAIN: Variant = {
  squeeze: false,
  bias: true,
  double: ['double_3x3_reduce', 'double_3x3_1', 'double_3x3_2'],
};
const SQUEEZED: Variant = {
  squeeze: true,
  bias: false,
  double: ['double3x3_reduce', 'double3x3a', 'double3x3b'],
};

export const bnInceptionModels: readonly Model[] = [
  defineModel({
    name: 'bn_inception',
    title: 'BN-Inception (Inception v2)',
    aliases: ['bninception', 'bn-inception', 'inception_v2', 'inception-v2'],
    family: 'inception',
    paper: 'https://arxiv.org/abs/1502.03167',
    source: 'https://github.com/Cadene/pretrained-models.pytorch',
    license: 'BSD-3-Clause (Cadene/pretrained-models.pytorch)',
    notes:
      'Poolings rounded up, averages over the border count the padding; biases before BatchNorm, as published. ' +
      'The last pooling is global, so that other sizes work.',
    preprocessing: { ...SENET_INPUT, mean: [104, 117, 128], labels: 'ilsvrc2012' },
    published: [
      {
        dataset: 'ImageNet-1k val',
        protocol: 'centre crop 224 of short side 256',
        top1ErrorPct: 26.476,
        top5ErrorPct: 8.438,
      },
    ],
    nativeSize: 224,
    minSize: 32,
    minSizeSmallInput: 8,
    supports: ['widthFactor', 'smallInput', 'dropout'],
    network: (builder, input, shape) => averageHead(builder, bnInception(builder, input, shape, PLAIN), shape),
  }),
  defineModel({
    name: 'se_inception_v2',
    title: 'SE-BN-Inception (Inception v2)',
    aliases: ['se-inception-v2', 'se-bn-inception', 'se-inception-bn'],
    family: 'inception',
    paper: 'https://arxiv.org/abs/1709.01507',
    source: SENET_SOURCE,
    license: 'Apache-2.0 (hujie-frank/SENet)',
    notes:
      'Poolings rounded up, averages over the border count the padding. ' +
      'The last pooling is global, so that other sizes work.',
    preprocessing: SENET_INPUT,
    published: zooResults(224, ['23.64/7.04', '21.57/5.86', '21.61/5.87', '20.85/5.38']),
    nativeSize: 224,
    minSize: 32,
    minSizeSmallInput: 8,
    supports: ['widthFactor', 'smallInput', 'dropout'],
    network: (builder, input, shape) => averageHead(builder, bnInception(builder, input, shape, SQUEEZED), shape),
  }),
];

/**
 * Layers `inception_3a_1x1`, `_3x3_reduce`, `_3x3`, those of the variant's double branch, `_pool_proj`, and with
 * squeeze-and-excitation `_1x1_down`, `_1x1_up`.
 */
function bnInception<V extends Value>(builder: Builder<V>, input: V, shape: NetworkShape, variant: Variant): V {
  const layers = inceptionLayers(builder, shape, CAFFE_POOLING, { epsilon: 1e-5, bias: variant.bias });
  const { branch, maxPool } = layers;
  const { smallInput = false } = shape.options;
  let x = branch(input, '', ['conv1_7x7_s2', 64, smallInput ? 3 : 7, { stride: smallInput ? 1 : 2 }]);
  if (!smallInput) x = maxPool(x);
  x = branch(x, 'conv2_', ['3x3_reduce', 64, 1], ['3x3', 192, 3]);
  if (!smallInput) x = maxPool(x);
  for (const row of BLOCKS) {
    const name = `inception_${row.name}_`;
    x = block(builder, layers, x, name, row, variant.double);
    if (variant.squeeze) x = squeezeExcite(builder, x, { down: `${name}1x1_down`, up: `${name}1x1_up` }, 16);
  }
  return x;
}

function block<V extends Value>(
  builder: Builder<V>,
  { branch, avgPool }: InceptionLayers<V>,
  x: V,
  name: string,
  row: BlockRow,
  [reduce, first, second]: Variant['double'],
): V {
  const last = { stride: row.projected ? 1 : 2 };
  const branches = [
    branch(x, name, ['3x3_reduce', row.triple[0], 1], ['3x3', row.triple[1], 3, last]),
    branch(x, name, [reduce, row.double[0], 1], [first, row.double[1], 3], [second, row.double[1], 3, last]),
  ];
  if (!row.projected || row.single === null) {
    // rounding up an unpadded pooling fits the convolutions beside it on even maps; odd ones need the padding on both
    // sides
    const before = x.shape[0]! % 2;
    return builder.concat([
      ...branches,
      builder.maxPool(x, {
        kernel: 3,
        stride: 2,
        padding: [
          [before, 1],
          [before, 1],
        ],
      }),
    ]);
  }
  const pooled = row.projected.pool === 'avg' ? avgPool(x) : builder.maxPool(x, { kernel: 3, stride: 1, padding: 1 });
  return builder.concat([
    branch(x, name, ['1x1', row.single, 1]),
    ...branches,
    branch(pooled, name, ['pool_proj', row.projected.filters, 1]),
  ]);
}
