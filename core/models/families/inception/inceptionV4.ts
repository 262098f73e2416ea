/** Inception v4 (Szegedy et al. 2016, arXiv:1602.07261). */
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
import { CAFFE_ZOO_SOURCE, CENTRED_INPUT, timmResult, zooResults } from '../../published.ts';
import { averageHead } from '../residual/residualNetwork.ts';
import { scaledDepth } from '../widths.ts';

const card = {
  family: 'inception',
  paper: 'https://arxiv.org/abs/1602.07261',
  nativeSize: 299,
  minSize: 75,
  minSizeSmallInput: 32,
  supports: ['widthFactor', 'depthFactor', 'smallInput', 'dropout'],
} as const;

export const inceptionV4Models: readonly Model[] = [
  defineModel({
    ...card,
    name: 'inception_v4',
    title: 'Inception v4',
    aliases: [],
    source: 'https://github.com/huggingface/pytorch-image-models',
    license: 'Apache-2.0 (timm)',
    notes: 'Averages over the border divide by the cells inside, poolings round down.',
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
    published: [timmResult(299, 341, 19.844, 5.032)],
    network: (builder, input, shape) => inceptionV4(builder, input, shape, { ceil: false, countPadding: false }, 0),
  }),
  defineModel({
    ...card,
    name: 'inception_v4.caffe',
    title: 'Inception v4 (Caffe)',
    aliases: ['inception-v4'],
    source: CAFFE_ZOO_SOURCE,
    license: 'MIT (soeaver/caffe-model)',
    notes:
      'Averages over the border count the padding, poolings round up; dropout 0.2 before the classifier unless set.',
    preprocessing: CENTRED_INPUT,
    published: zooResults(299, ['20.03/5.09', '18.60/4.30', '18.68/4.32', '18.12/3.92']),
    network: (builder, input, shape) => inceptionV4(builder, input, shape, CAFFE_POOLING, 0.2),
  }),
];

/** Blocks of type A, B and C. */
const BLOCKS = [4, 7, 3] as const;

function inceptionV4<V extends Value>(
  builder: Builder<V>,
  input: V,
  shape: NetworkShape,
  pooling: InceptionPooling,
  dropout: number,
): V {
  const layers = inceptionLayers(builder, shape, pooling);
  const { branch, reducingPool } = layers;
  const { options } = shape;
  let x = stem(builder, layers, input, options.smallInput ?? false);
  for (let n = 1; n <= scaledDepth(BLOCKS[0], options); n++) x = blockA(builder, layers, x, `inception_a${n}_`);
  x = builder.concat([
    branch(x, 'reduction_a_', ['3x3', 384, 3, REDUCE]),
    branch(x, 'reduction_a_', ['3x3_2_reduce', 192, 1], ['3x3_2', 224, 3], ['3x3_3', 256, 3, REDUCE]),
    reducingPool(x),
  ]);
  for (let n = 1; n <= scaledDepth(BLOCKS[1], options); n++) x = blockB(builder, layers, x, `inception_b${n}_`);
  x = builder.concat([
    branch(x, 'reduction_b_', ['3x3_reduce', 192, 1], ['3x3', 192, 3, REDUCE]),
    branch(
      x,
      'reduction_b_',
      ['1x7_reduce', 256, 1],
      ['1x7', 256, ROW],
      ['7x1', 320, COLUMN],
      ['3x3_2', 320, 3, REDUCE],
    ),
    reducingPool(x),
  ]);
  for (let n = 1; n <= scaledDepth(BLOCKS[2], options); n++) x = blockC(builder, layers, x, `inception_c${n}_`);
  return averageHead(builder, x, shape, options.dropout ?? dropout);
}

/** Small pictures keep their size through the three reductions of the stem. */
function stem<V extends Value>(
  builder: Builder<V>,
  { branch, reducingPool }: InceptionLayers<V>,
  input: V,
  smallInput: boolean,
): V {
  const reduce = smallInput ? {} : REDUCE;
  const pool = (x: V): V => (smallInput ? builder.maxPool(x, { kernel: 3, stride: 1, padding: 1 }) : reducingPool(x));
  let x = branch(
    input,
    '',
    ['conv1_3x3_s2', 32, 3, { stride: smallInput ? 1 : 2, padding: 'valid' }],
    ['conv2_3x3_s1', 32, 3, VALID],
    ['conv3_3x3_s1', 64, 3],
  );
  x = builder.concat([pool(x), branch(x, 'inception_stem1_', ['3x3_s2', 96, 3, reduce])]);
  x = builder.concat([
    branch(x, 'inception_stem2_', ['3x3_reduce', 64, 1], ['3x3', 96, 3, VALID]),
    branch(
      x,
      'inception_stem2_',
      ['1x7_reduce', 64, 1],
      ['1x7', 64, ROW],
      ['7x1', 64, COLUMN],
      ['3x3_2', 96, 3, VALID],
    ),
  ]);
  return builder.concat([branch(x, 'inception_stem3_', ['3x3_s2', 192, 3, reduce]), pool(x)]);
}

function blockA<V extends Value>(builder: Builder<V>, { branch, avgPool }: InceptionLayers<V>, x: V, name: string): V {
  return builder.concat([
    branch(x, name, ['1x1_2', 96, 1]),
    branch(x, name, ['3x3_reduce', 64, 1], ['3x3', 96, 3]),
    branch(x, name, ['3x3_2_reduce', 64, 1], ['3x3_2', 96, 3], ['3x3_3', 96, 3]),
    branch(avgPool(x), name, ['1x1', 96, 1]),
  ]);
}

function blockB<V extends Value>(builder: Builder<V>, { branch, avgPool }: InceptionLayers<V>, x: V, name: string): V {
  return builder.concat([
    branch(x, name, ['1x1_2', 384, 1]),
    branch(x, name, ['1x7_reduce', 192, 1], ['1x7', 224, ROW], ['7x1', 256, COLUMN]),
    branch(
      x,
      name,
      ['7x1_2_reduce', 192, 1],
      ['7x1_2', 192, COLUMN],
      ['1x7_2', 224, ROW],
      ['7x1_3', 224, COLUMN],
      ['1x7_3', 256, ROW],
    ),
    branch(avgPool(x), name, ['1x1', 128, 1]),
  ]);
}

function blockC<V extends Value>(builder: Builder<V>, { branch, avgPool }: InceptionLayers<V>, x: V, name: string): V {
  const single = branch(x, name, ['1x1_2', 256, 1]);
  const split = branch(x, name, ['1x1_3', 384, 1]);
  const splitHalves = [branch(split, name, ['1x3', 256, SHORT_ROW]), branch(split, name, ['3x1', 256, SHORT_COLUMN])];
  const deep = branch(x, name, ['1x1_4', 384, 1], ['3x1_2', 448, SHORT_COLUMN], ['1x3_2', 512, SHORT_ROW]);
  const deepHalves = [branch(deep, name, ['1x3_3', 256, SHORT_ROW]), branch(deep, name, ['3x1_3', 256, SHORT_COLUMN])];
  return builder.concat([single, ...splitHalves, ...deepHalves, branch(avgPool(x), name, ['1x1', 256, 1])]);
}
