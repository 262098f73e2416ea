/** Inception v3 (Szegedy et al. 2015, arXiv:1512.00567), without the auxiliary classifier. */
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
  type InceptionLayers,
  type InceptionPooling,
} from './inceptionLayers.ts';
import { CAFFE_ZOO_SOURCE, CENTRED_2015_INPUT, timmResult, zooResults } from '../../published.ts';
import { averageHead } from '../residual/residualNetwork.ts';

interface V3Variant extends InceptionPooling {
  /** Pooling in the very last block: maximum in the weights of 2015, average in everything since. */
  readonly lastPool: 'max' | 'avg';
  readonly dropout: number;
}

const PUBLISHED: V3Variant = { ...CAFFE_POOLING, lastPool: 'max', dropout: 0.2 };
const KERAS: V3Variant = { ceil: false, countPadding: false, lastPool: 'avg', dropout: 0 };
const TORCHVISION: V3Variant = { ceil: false, countPadding: true, lastPool: 'avg', dropout: 0 };

const card = {
  family: 'inception',
  paper: 'https://arxiv.org/abs/1512.00567',
  nativeSize: 299,
  minSize: 75,
  minSizeSmallInput: 32,
  supports: ['widthFactor', 'smallInput', 'dropout'],
} as const;

export const inceptionV3Models: readonly Model[] = [
  defineModel({
    ...card,
    name: 'inception_v3',
    title: 'Inception v3',
    aliases: [],
    source: 'https://github.com/huggingface/pytorch-image-models',
    license: 'Apache-2.0 (timm)',
    notes: 'As torchvision and timm: average pooling in every block, poolings rounded down. No auxiliary classifier.',
    preprocessing: {
      size: 299,
      resize: 341,
      interpolation: 'cubic',
      color: 'rgb',
      scale: 255,
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
      labels: 'ilsvrc2012',
    },
    published: [timmResult(299, 341, 22.566, 6.526)],
    network: (builder, input, shape) => inceptionV3(builder, input, shape, TORCHVISION),
  }),
  defineModel({
    ...card,
    name: 'inception_v3.keras',
    title: 'Inception v3 (Keras)',
    aliases: [],
    source: 'https://github.com/keras-team/keras-applications',
    license: 'MIT (keras-applications)',
    notes:
      'As Keras and TF-Slim: average pooling in every block, averages over the border divide by the cells inside, ' +
      'poolings rounded down.',
    preprocessing: {
      size: 299,
      resize: 342,
      interpolation: 'linear',
      color: 'rgb',
      scale: 255,
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
      labels: 'ilsvrc2012',
    },
    published: [
      {
        dataset: 'ImageNet-1k val',
        protocol: 'single centre crop 299 (keras-applications)',
        top1ErrorPct: 22.102,
        top5ErrorPct: 6.28,
      },
    ],
    network: (builder, input, shape) => inceptionV3(builder, input, shape, KERAS),
  }),
  defineModel({
    ...card,
    name: 'inception_v3.caffe',
    title: 'Inception v3 (weights of 2015)',
    aliases: ['inception-v3'],
    source: CAFFE_ZOO_SOURCE,
    license: 'MIT (soeaver/caffe-model)',
    notes:
      'Maximum pooling in the last block, poolings rounded up; dropout 0.2 before the classifier unless set. ' +
      'Classes numbered as ILSVRC 2015.',
    preprocessing: CENTRED_2015_INPUT,
    published: zooResults(299, ['21.67/5.75', '19.60/4.73', '20.10/4.82', '19.25/4.24']),
    network: (builder, input, shape) => inceptionV3(builder, input, shape, PUBLISHED),
  }),
];

function inceptionV3<V extends Value>(builder: Builder<V>, input: V, shape: NetworkShape, variant: V3Variant): V {
  const layers = inceptionLayers(builder, shape, variant);
  const { branch, maxPool, reducingPool } = layers;
  const { smallInput = false } = shape.options;
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
  [32, 64, 64].forEach((projected, i) => {
    x = blockA(builder, layers, x, `inception_a${i + 1}_`, projected);
  });
  x = builder.concat([
    branch(x, 'reduction_a_', ['3x3', 384, 3, REDUCE]),
    branch(x, 'reduction_a_', ['3x3_2_reduce', 64, 1], ['3x3_2', 96, 3], ['3x3_3', 96, 3, REDUCE]),
    reducingPool(x),
  ]);
  [128, 160, 160, 192].forEach((width, i) => {
    x = blockB(builder, layers, x, `inception_b${i + 1}_`, width);
  });
  x = builder.concat([
    branch(x, 'reduction_b_', ['3x3_reduce', 192, 1], ['3x3', 320, 3, REDUCE]),
    branch(
      x,
      'reduction_b_',
      ['1x7_reduce', 192, 1],
      ['1x7', 192, ROW],
      ['7x1', 192, COLUMN],
      ['3x3_2', 192, 3, REDUCE],
    ),
    reducingPool(x),
  ]);
  x = blockC(builder, layers, x, 'inception_c1_', 'avg');
  x = blockC(builder, layers, x, 'inception_c2_', variant.lastPool);
  return averageHead(builder, x, shape, shape.options.dropout ?? variant.dropout);
}

function blockA<V extends Value>(
  builder: Builder<V>,
  { branch, avgPool }: InceptionLayers<V>,
  x: V,
  name: string,
  projected: number,
): V {
  return builder.concat([
    branch(x, name, ['1x1', 64, 1]),
    branch(x, name, ['5x5_reduce', 48, 1], ['5x5', 64, 5]),
    branch(x, name, ['3x3_reduce', 64, 1], ['3x3_1', 96, 3], ['3x3_2', 96, 3]),
    branch(avgPool(x), name, ['pool_proj', projected, 1]),
  ]);
}

function blockB<V extends Value>(
  builder: Builder<V>,
  { branch, avgPool }: InceptionLayers<V>,
  x: V,
  name: string,
  width: number,
): V {
  return builder.concat([
    branch(x, name, ['1x1_2', 192, 1]),
    branch(x, name, ['1x7_reduce', width, 1], ['1x7', width, ROW], ['7x1', 192, COLUMN]),
    branch(
      x,
      name,
      ['7x1_reduce', width, 1],
      ['7x1_2', width, COLUMN],
      ['1x7_2', width, ROW],
      ['7x1_3', width, COLUMN],
      ['1x7_3', 192, ROW],
    ),
    branch(avgPool(x), name, ['1x1', 192, 1]),
  ]);
}

function blockC<V extends Value>(
  builder: Builder<V>,
  { branch, avgPool }: InceptionLayers<V>,
  x: V,
  name: string,
  pool: 'max' | 'avg',
): V {
  const single = branch(x, name, ['1x1_2', 320, 1]);
  const split = branch(x, name, ['1x3_reduce', 384, 1]);
  const splitHalves = [branch(split, name, ['1x3', 384, SHORT_ROW]), branch(split, name, ['3x1', 384, SHORT_COLUMN])];
  const deep = branch(x, name, ['3x3_reduce', 448, 1], ['3x3', 384, 3]);
  const deepHalves = [branch(deep, name, ['1x3_2', 384, SHORT_ROW]), branch(deep, name, ['3x1_2', 384, SHORT_COLUMN])];
  const pooled = pool === 'avg' ? avgPool(x) : builder.maxPool(x, { kernel: 3, stride: 1, padding: 1 });
  return builder.concat([single, ...splitHalves, ...deepHalves, branch(pooled, name, ['1x1', 192, 1])]);
}
