/**
 * GoogLeNet (Szegedy et al. 2014, arXiv:1409.4842) as torchvision has it: with BatchNorm, and 3×3 where the paper has
 * 5×5; without the auxiliary heads.
 */
import type { Builder, Value } from '../../builder.ts';
import { defineModel } from '../../defineModel.ts';
import type { Model, NetworkShape } from '../../family.ts';
import { TORCHVISION_INPUT, TORCHVISION_SOURCE, torchvisionResult } from '../../published.ts';
import { convBlock } from '../convBlock.ts';
import { scaledWidth } from '../widths.ts';

/** Filters: 1×1; 3×3 and what reduces before it; the second 3×3 and what reduces before it; behind the pooling. */
type Module = readonly [
  name: string,
  one: number,
  reduce: number,
  three: number,
  secondReduce: number,
  second: number,
  pooled: number,
];

const STAGES: readonly (readonly Module[])[] = [
  [
    ['inception3a', 64, 96, 128, 16, 32, 32],
    ['inception3b', 128, 128, 192, 32, 96, 64],
  ],
  [
    ['inception4a', 192, 96, 208, 16, 48, 64],
    ['inception4b', 160, 112, 224, 24, 64, 64],
    ['inception4c', 128, 128, 256, 24, 64, 64],
    ['inception4d', 112, 144, 288, 32, 64, 64],
    ['inception4e', 256, 160, 320, 32, 128, 128],
  ],
  [
    ['inception5a', 256, 160, 320, 32, 128, 128],
    ['inception5b', 384, 192, 384, 48, 128, 128],
  ],
];
const EPSILON = 1e-3;
const DROPOUT = 0.2;
const HALVE = { kernel: 3, stride: 2, ceil: true } as const;

export const googlenetModels: readonly Model[] = [
  defineModel({
    name: 'googlenet',
    title: 'GoogLeNet',
    aliases: ['inception_v1'],
    family: 'googlenet',
    paper: 'https://arxiv.org/abs/1409.4842',
    source: TORCHVISION_SOURCE,
    license: 'BSD-3-Clause (torchvision)',
    notes: `With BatchNorm, without the auxiliary heads; dropout ${DROPOUT} before the classifier unless set.`,
    // Its weights come from TensorFlow and take values from −1 to 1.
    preprocessing: { ...TORCHVISION_INPUT, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
    published: [torchvisionResult(69.778, 89.53)],
    nativeSize: 224,
    minSize: 32,
    minSizeSmallInput: 8,
    supports: ['widthFactor', 'smallInput', 'dropout'],
    network: googlenet,
  }),
];

/**
 * Layers `conv1.conv`, `conv1.bn`, …, `inception3a.branch1.conv`, `inception3a.branch2.0.conv`, …, `fc`: torchvision's
 * names.
 */
function googlenet<V extends Value>(builder: Builder<V>, input: V, { options, classes }: NetworkShape): V {
  const { smallInput = false, dropout = DROPOUT } = options;
  const conv = (x: V, name: string, filters: number, kernel: 1 | 3 | 7, stride = 1): V =>
    convBlock(builder, x, `${name}.conv`, {
      filters: scaledWidth(filters, options),
      kernel,
      stride,
      bnName: `${name}.bn`,
      epsilon: EPSILON,
    });
  let x = smallInput ? conv(input, 'conv1', 64, 3) : builder.maxPool(conv(input, 'conv1', 64, 7, 2), HALVE);
  x = builder.maxPool(conv(conv(x, 'conv2', 64, 1), 'conv3', 192, 3), HALVE);
  STAGES.forEach((modules, stage) => {
    if (stage > 0) x = builder.maxPool(x, stage === 1 ? HALVE : { kernel: 2, stride: 2, ceil: true });
    for (const [name, one, reduce, three, secondReduce, second, pooled] of modules)
      x = builder.concat([
        conv(x, `${name}.branch1`, one, 1),
        conv(conv(x, `${name}.branch2.0`, reduce, 1), `${name}.branch2.1`, three, 3),
        conv(conv(x, `${name}.branch3.0`, secondReduce, 1), `${name}.branch3.1`, second, 3),
        conv(builder.maxPool(x, { kernel: 3, stride: 1, padding: 1 }), `${name}.branch4.1`, pooled, 1),
      ]);
  });
  x = builder.globalAvgPool(x);
  if (dropout > 0) x = builder.dropout(x, 'dropout', dropout);
  return builder.dense(x, 'fc', { units: classes, init: { kind: 'glorot' } });
}
