/**
 * ResNets with the activation before the convolutions (He et al. 2016, arXiv:1603.05027), and ResNet-38 model A (Wu et
 * al. 2016, arXiv:1611.10080).
 */
import type { Builder, Value } from '../../builder.ts';
import { convBlock } from '../convBlock.ts';
import { defineModel } from '../../defineModel.ts';
import type { Model, NetworkShape } from '../../family.ts';
import { CAFFE_ZOO_SOURCE, MEAN_ONLY_INPUT, TORCH_INPUT, zooResults, type ZooErrors } from '../../published.ts';
import { averageHead } from './residualNetwork.ts';
import { stochasticDepth, totalBlocks } from '../../stochasticDepth.ts';
import { scaledDepth, scaledWidth } from '../widths.ts';

interface PreactVariant {
  readonly name: string;
  readonly title: string;
  readonly aliases: readonly string[];
  readonly blocks: readonly [number, number, number, number];
  readonly errors: ZooErrors;
}

const variants: readonly PreactVariant[] = [
  {
    name: 'resnet101_v2',
    title: 'ResNet-101 v2',
    aliases: ['resnet101-v2'],
    blocks: [3, 4, 23, 3],
    errors: ['21.95/6.12', '19.99/5.04', '20.37/5.16', '19.29/4.57'],
  },
  {
    name: 'resnet152_v2',
    title: 'ResNet-152 v2',
    aliases: ['resnet152-v2'],
    blocks: [3, 8, 36, 3],
    errors: ['20.85/5.42', '19.24/4.68', '19.66/4.73', '18.84/4.32'],
  },
  {
    name: 'resnet269_v2',
    title: 'ResNet-269 v2',
    aliases: ['resnet269-v2'],
    blocks: [3, 30, 48, 8],
    errors: ['19.71/5.00', '18.25/4.20', '18.70/4.33', '17.87/3.85'],
  },
];

const card = {
  family: 'resnet-v2',
  source: CAFFE_ZOO_SOURCE,
  license: 'MIT (soeaver/caffe-model)',
  nativeSize: 224,
  minSize: 32,
  minSizeSmallInput: 8,
  supports: ['widthFactor', 'depthFactor', 'smallInput', 'dropout', 'dropPath'],
} as const;

export const resnetV2Models: readonly Model[] = [
  ...variants.map(({ blocks, errors, ...variant }) =>
    defineModel({
      ...card,
      ...variant,
      paper: 'https://arxiv.org/abs/1603.05027',
      notes: 'Activation before the convolutions; the stem keeps its own; pooling rounded up.',
      preprocessing: MEAN_ONLY_INPUT,
      published: zooResults(224, errors),
      network: (builder, input, shape) => averageHead(builder, preactivation(builder, input, shape, blocks), shape),
    }),
  ),
  defineModel({
    ...card,
    name: 'resnet38a',
    title: 'ResNet-38 model A',
    aliases: ['resnet-38a'],
    paper: 'https://arxiv.org/abs/1611.10080',
    notes: 'Wide and shallow, 4096 features; five poolings rounded up, no stride anywhere else.',
    preprocessing: TORCH_INPUT,
    published: zooResults(224, ['20.66/5.27', null, '19.25/4.66', null]),
    network: (builder, input, shape) => averageHead(builder, resnet38a(builder, input, shape), shape),
  }),
];

const CEIL_POOL = { kernel: 3, stride: 2, ceil: true } as const;

/**
 * Layers `res1_conv1` …, `res4_match_conv`; the activation before block n is `res<n>_bn`, the last one
 * `res<n>_eletwise_bn` (as spelt in the files).
 */
function preactivation<V extends Value>(
  builder: Builder<V>,
  input: V,
  shape: NetworkShape,
  blocks: readonly number[],
): V {
  const { options } = shape;
  let x = options.smallInput
    ? convBlock(builder, input, 'conv1', { filters: scaledWidth(64, options), kernel: 3 })
    : builder.maxPool(
        convBlock(builder, input, 'conv1', { filters: scaledWidth(64, options), kernel: 7, stride: 2 }),
        CEIL_POOL,
      );
  const dropPath = stochasticDepth(builder, options, totalBlocks(blocks, options));
  let index = 0;
  blocks.forEach((count, stage) => {
    for (let block = 0; block < scaledDepth(count, options); block++) {
      index++;
      const stride = block === 0 && stage > 0 ? 2 : 1;
      const width = scaledWidth(64 * 2 ** stage, options);
      const output = scaledWidth(256 * 2 ** stage, options);
      // the first block starts from the activated stem
      const active = index === 1 ? x : activation(builder, x, `res${index}_bn`);
      let y = convBlock(builder, active, `res${index}_conv1`, { filters: width, kernel: 1 });
      y = convBlock(builder, y, `res${index}_conv2`, { filters: width, kernel: 3, stride });
      y = builder.conv(y, `res${index}_conv3`, { filters: output, kernel: 1, bias: false });
      const same = block > 0 || x.shape.at(-1) === output;
      x = builder.add(
        same ? x : builder.conv(active, `res${index}_match_conv`, { filters: output, kernel: 1, stride, bias: false }),
        dropPath(y),
      );
    }
  });
  return activation(builder, x, `res${index}_eletwise_bn`);
}

/**
 * Blocks of one stage of ResNet-38: filters of each convolution (1×1, 3×3, 1×1 where there are three) and how many such
 * blocks.
 */
interface WideStage {
  readonly convs: readonly number[];
  readonly blocks: number;
  readonly pool: boolean;
}

const RESNET38A: readonly WideStage[] = [
  { convs: [128, 128], blocks: 3, pool: true },
  { convs: [256, 256], blocks: 3, pool: true },
  { convs: [512, 512], blocks: 6, pool: true },
  { convs: [512, 1024], blocks: 3, pool: true },
  { convs: [512, 1024, 2048], blocks: 1, pool: true },
  { convs: [1024, 2048, 4096], blocks: 1, pool: false },
];

function resnet38a<V extends Value>(builder: Builder<V>, input: V, shape: NetworkShape): V {
  const { options } = shape;
  let x = builder.conv(input, 'conv1', { filters: scaledWidth(64, options), kernel: 3, padding: 1 });
  const dropPath = stochasticDepth(
    builder,
    options,
    totalBlocks(
      RESNET38A.map(({ blocks }) => blocks),
      options,
    ),
  );
  let index = 0;
  RESNET38A.forEach(({ convs, blocks, pool }, stage) => {
    // small pictures keep their size through the first two stages
    if (pool && !(options.smallInput && stage < 2)) x = builder.maxPool(x, CEIL_POOL);
    for (let block = 0; block < scaledDepth(blocks, options); block++) {
      index++;
      const active = activation(builder, x, `res${index}_bn`);
      let y = active;
      convs.forEach((filters, i) => {
        const kernel = convs.length === 3 && i !== 1 ? 1 : 3;
        const name = `res${index}_conv${i + 1}`;
        y =
          i < convs.length - 1
            ? convBlock(builder, y, name, { filters: scaledWidth(filters, options), kernel })
            : builder.conv(y, name, {
                filters: scaledWidth(filters, options),
                kernel,
                padding: (kernel - 1) / 2,
                bias: false,
              });
      });
      const output = y.shape.at(-1) ?? 0;
      x = builder.add(
        block > 0 ? x : builder.conv(active, `res${index}_match_conv`, { filters: output, kernel: 1, bias: false }),
        dropPath(y),
      );
    }
  });
  return activation(builder, x, `res${index}_eletwise_bn`);
}

function activation<V extends Value>(builder: Builder<V>, x: V, name: string): V {
  return builder.relu(builder.batchNorm(x, name));
}
