/** Inception-ResNet v2 (Szegedy et al. 2016, arXiv:1602.07261): Inception blocks as scaled residuals. */
import type { Builder, Value } from '../../builder.ts';
import { defineModel } from '../../defineModel.ts';
import type { Model, NetworkShape } from '../../family.ts';
import {
  CAFFE_POOLING,
  COLUMN,
  inceptionLayers,
  REDUCE,
  ROW,
  SHORT_COLUMN,
  SHORT_ROW,
  VALID,
  type ConvRow,
  type InceptionLayers,
  type InceptionPooling,
} from './inceptionLayers.ts';
import { CAFFE_ZOO_SOURCE, CENTRED_INPUT, timmResult, zooResults } from '../../published.ts';
import { averageHead } from '../residual/residualNetwork.ts';
import { stochasticDepth, totalBlocks } from '../../stochasticDepth.ts';
import { scaledDepth } from '../widths.ts';

const card = {
  family: 'inception',
  paper: 'https://arxiv.org/abs/1602.07261',
  nativeSize: 299,
  minSize: 75,
  minSizeSmallInput: 32,
  supports: ['widthFactor', 'depthFactor', 'smallInput', 'dropout', 'dropPath'],
} as const;

export const inceptionResnetV2Models: readonly Model[] = [
  defineModel({
    ...card,
    name: 'inception_resnet_v2',
    title: 'Inception-ResNet v2',
    aliases: [],
    source: 'https://github.com/huggingface/pytorch-image-models',
    license: 'Apache-2.0 (timm)',
    notes: 'Averages over the border divide by the cells inside, poolings round down.',
    preprocessing: {
      size: 299,
      resize: 333,
      interpolation: 'cubic',
      color: 'rgb',
      scale: 255,
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
      labels: 'ilsvrc2012',
    },
    published: [timmResult(299, 333, 19.538, 4.692)],
    network: (builder, input, shape) =>
      inceptionResnetV2(builder, input, shape, { ceil: false, countPadding: false }, 0),
  }),
  defineModel({
    ...card,
    name: 'inception_resnet_v2.caffe',
    title: 'Inception-ResNet v2 (Caffe)',
    aliases: ['inception-resnet-v2'],
    source: CAFFE_ZOO_SOURCE,
    license: 'MIT (soeaver/caffe-model)',
    notes:
      'Averages over the border count the padding, poolings round up; dropout 0.2 before the classifier unless set.',
    preprocessing: CENTRED_INPUT,
    published: zooResults(299, ['19.86/4.83', '18.46/4.08', '18.75/4.02', '18.15/3.71']),
    network: (builder, input, shape) => inceptionResnetV2(builder, input, shape, CAFFE_POOLING, 0.2),
  }),
];

/** Residual blocks of one size of map: how many, the factor of their residual, and their branches. */
interface ResidualStage {
  readonly letter: 'a' | 'b' | 'c';
  readonly blocks: number;
  readonly scale: number;
  readonly branches: readonly (readonly ConvRow[])[];
}

const STAGES: readonly [ResidualStage, ResidualStage, ResidualStage] = [
  {
    letter: 'a',
    blocks: 10,
    scale: 0.17,
    branches: [
      [['1x1', 32, 1]],
      [
        ['3x3_reduce', 32, 1],
        ['3x3', 32, 3],
      ],
      [
        ['3x3_2_reduce', 32, 1],
        ['3x3_2', 48, 3],
        ['3x3_3', 64, 3],
      ],
    ],
  },
  {
    letter: 'b',
    blocks: 20,
    scale: 0.1,
    branches: [
      [['1x1', 192, 1]],
      [
        ['1x7_reduce', 128, 1],
        ['1x7', 160, ROW],
        ['7x1', 192, COLUMN],
      ],
    ],
  },
  {
    letter: 'c',
    blocks: 10,
    scale: 0.2,
    branches: [
      [['1x1', 192, 1]],
      [
        ['1x3_reduce', 192, 1],
        ['1x3', 224, SHORT_ROW],
        ['3x1', 256, SHORT_COLUMN],
      ],
    ],
  },
];

function inceptionResnetV2<V extends Value>(
  builder: Builder<V>,
  input: V,
  shape: NetworkShape,
  pooling: InceptionPooling,
  dropout: number,
): V {
  const layers = inceptionLayers(builder, shape, pooling);
  const { branch, reducingPool } = layers;
  const [stageA, stageB, stageC] = STAGES;
  const dropPath = stochasticDepth(
    builder,
    shape.options,
    totalBlocks(
      STAGES.map(({ blocks }) => blocks),
      shape.options,
    ),
  );
  let x = stem(builder, layers, input, shape.options.smallInput ?? false);
  x = residualStage(builder, layers, x, shape, stageA, dropPath);
  x = builder.concat([
    branch(x, 'reduction_a_', ['3x3', 384, 3, REDUCE]),
    branch(x, 'reduction_a_', ['3x3_2_reduce', 256, 1], ['3x3_2', 256, 3], ['3x3_3', 384, 3, REDUCE]),
    reducingPool(x),
  ]);
  x = residualStage(builder, layers, x, shape, stageB, dropPath);
  x = builder.concat([
    branch(x, 'reduction_b_', ['3x3_reduce', 256, 1], ['3x3', 384, 3, REDUCE]),
    branch(x, 'reduction_b_', ['3x3_2_reduce', 256, 1], ['3x3_2', 288, 3, REDUCE]),
    branch(x, 'reduction_b_', ['3x3_3_reduce', 256, 1], ['3x3_3', 288, 3], ['3x3_4', 320, 3, REDUCE]),
    reducingPool(x),
  ]);
  x = branch(residualStage(builder, layers, x, shape, stageC, dropPath), '', ['conv6_1x1', 1536, 1]);
  return averageHead(builder, x, shape, shape.options.dropout ?? dropout);
}

function stem<V extends Value>(
  builder: Builder<V>,
  { branch, maxPool, avgPool }: InceptionLayers<V>,
  input: V,
  smallInput: boolean,
): V {
  let x = branch(
    input,
    '',
    ['conv1_3x3_s2', 32, 3, { stride: smallInput ? 1 : 2, padding: 'valid' }],
    ['conv2_3x3_s1', 32, 3, VALID],
    ['conv3_3x3_s1', 64, 3],
  );
  if (!smallInput) x = maxPool(x);
  x = branch(x, '', ['conv4_3x3_reduce', 80, 1], ['conv4_3x3', 192, 3, VALID]);
  if (!smallInput) x = maxPool(x);
  return builder.concat([
    branch(x, 'conv5_', ['1x1', 96, 1]),
    branch(x, 'conv5_', ['5x5_reduce', 48, 1], ['5x5', 64, 5]),
    branch(x, 'conv5_', ['3x3_reduce', 64, 1], ['3x3', 96, 3], ['3x3_2', 96, 3]),
    branch(avgPool(x), 'conv5_', ['1x1_ave', 64, 1]),
  ]);
}

/**
 * Each block adds `scale` times a 1×1 convolution with bias over its joined branches; ReLU after every sum but the very
 * last, whose residual counts in full.
 */
function residualStage<V extends Value>(
  builder: Builder<V>,
  { branch }: InceptionLayers<V>,
  input: V,
  shape: NetworkShape,
  { letter, blocks, scale, branches }: ResidualStage,
  dropPath: (branch: V) => V,
): V {
  const count = scaledDepth(blocks, shape.options);
  let x = input;
  for (let n = 1; n <= count; n++) {
    const name = `inception_resnet_v2_${letter}${n}_`;
    const joined = builder.concat(branches.map((rows) => branch(x, name, ...rows)));
    const up = dropPath(builder.conv(joined, `${name}up`, { filters: x.shape.at(-1) ?? 0, kernel: 1 }));
    const last = letter === 'c' && n === count;
    x = last ? builder.add(x, up) : builder.relu(builder.add(x, up, scale));
  }
  return x;
}
