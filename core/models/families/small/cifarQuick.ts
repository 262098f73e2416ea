/** The "quick" network of Caffe's CIFAR-10 example, after cuda-convnet (Krizhevsky 2009): three convolutions. */
import type { PublishedInput } from '../../../../contract/network.ts';
import type { Builder, Value } from '../../builder.ts';
import { defineModel } from '../../defineModel.ts';
import type { Model, NetworkShape } from '../../family.ts';
import { fromAccuracy } from '../../published.ts';
import { scaledWidth } from '../widths.ts';

/** Bytes minus the mean of the training images, which is given by channel here and by pixel in the example. */
const CIFAR_INPUT: PublishedInput = {
  size: 32,
  resize: 32,
  interpolation: 'linear',
  color: 'rgb',
  scale: 1,
  mean: [125.3, 123, 113.9],
  std: [1, 1, 1],
  labels: 'own',
};
const CONV = { kernel: 5, padding: 2 } as const;
/** Windows that reach over the edge count what lies inside. */
const HALVE = { kernel: 3, stride: 2, ceil: true, countPadding: false } as const;
const HIDDEN = 64;

export const cifarQuickModels: readonly Model[] = [
  defineModel({
    name: 'cifar10_quick',
    title: "Caffe's quick network for CIFAR-10",
    aliases: ['cifar10-quick'],
    family: 'cifar-quick',
    paper: 'https://www.cs.toronto.edu/~kriz/learning-features-2009-TR.pdf',
    source: 'https://github.com/BVLC/caffe/tree/master/examples/cifar10',
    license: 'BSD-2-Clause (BVLC/caffe)',
    notes: 'The example subtracts the mean image; its mean by channel is subtracted here. Poolings rounded up.',
    preprocessing: CIFAR_INPUT,
    published: [
      {
        dataset: 'CIFAR-10 test',
        protocol: '32×32, whole image',
        top1ErrorPct: fromAccuracy(75),
        top5ErrorPct: null,
      },
    ],
    nativeSize: 32,
    minSize: 16,
    minSizeSmallInput: null,
    supports: ['widthFactor', 'headWidth', 'dropout'],
    network: cifarQuick,
  }),
];

/** Layers `conv1` to `conv3`, `ip1`, `ip2`. */
function cifarQuick<V extends Value>(builder: Builder<V>, input: V, { classes, options }: NetworkShape): V {
  const conv = (x: V, name: string, filters: number): V =>
    builder.conv(x, name, { ...CONV, filters: scaledWidth(filters, options) });
  let x = builder.relu(builder.maxPool(conv(input, 'conv1', 32), HALVE));
  x = builder.avgPool(builder.relu(conv(x, 'conv2', 32)), HALVE);
  x = builder.avgPool(builder.relu(conv(x, 'conv3', 64)), HALVE);
  // no activation between the two dense layers
  x = builder.dense(builder.flatten(x), 'ip1', { units: options.headWidth ?? HIDDEN });
  if (options.dropout) x = builder.dropout(x, 'drop1', options.dropout);
  return builder.dense(x, 'ip2', { units: classes, init: { kind: 'glorot' } });
}
