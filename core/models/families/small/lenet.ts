/**
 * LeNet as Caffe's MNIST example defines it: after LeCun et al. 1998 (Gradient-based learning applied to document
 * recognition), with ReLU and maximum pooling.
 */
import type { PublishedInput } from '../../../../contract/network.ts';
import type { Builder, Value } from '../../builder.ts';
import { defineModel } from '../../defineModel.ts';
import type { Model, NetworkShape } from '../../family.ts';
import { fromAccuracy } from '../../published.ts';
import { scaledWidth } from '../widths.ts';

/** Gray values from 0 to 255 / 256. */
const MNIST_INPUT: PublishedInput = {
  size: 28,
  resize: 28,
  interpolation: 'linear',
  color: 'gray',
  scale: 256,
  mean: [0],
  std: [1],
  labels: 'own',
};
const HALVE = { kernel: 2, stride: 2, ceil: true } as const;
const HIDDEN = 500;

export const lenetModels: readonly Model[] = [
  defineModel({
    name: 'lenet',
    title: 'LeNet (MNIST)',
    aliases: ['lenet-5', 'lenet5'],
    family: 'lenet',
    paper: 'https://doi.org/10.1109/5.726791',
    source: 'https://github.com/BVLC/caffe/tree/master/examples/mnist',
    license: 'BSD-2-Clause (BVLC/caffe)',
    notes: 'For small gray images, with ReLU and maximum pooling; poolings rounded up.',
    preprocessing: MNIST_INPUT,
    published: [
      {
        dataset: 'MNIST test',
        protocol: '28×28, whole image',
        top1ErrorPct: fromAccuracy(99.11),
        top5ErrorPct: null,
      },
    ],
    nativeSize: 28,
    minSize: 16,
    minSizeSmallInput: null,
    supports: ['widthFactor', 'headWidth', 'dropout'],
    network: lenet,
  }),
];

/** Layers `conv1`, `conv2`, `ip1`, `ip2`. */
function lenet<V extends Value>(builder: Builder<V>, input: V, { classes, options }: NetworkShape): V {
  let x = input;
  for (const [name, filters] of [
    ['conv1', 20],
    ['conv2', 50],
  ] as const)
    x = builder.maxPool(builder.conv(x, name, { filters: scaledWidth(filters, options), kernel: 5 }), HALVE);
  x = builder.relu(builder.dense(builder.flatten(x), 'ip1', { units: options.headWidth ?? HIDDEN }));
  if (options.dropout) x = builder.dropout(x, 'drop1', options.dropout);
  return builder.dense(x, 'ip2', { units: classes, init: { kind: 'glorot' } });
}
