/**
 * SqueezeNet (Iandola et al. 2016, arXiv:1602.07360): fire modules squeeze by 1×1 and expand by 1×1 beside 3×3; the
 * last convolution scores.
 */
import type { Builder, Value } from '../../builder.ts';
import { defineModel } from '../../defineModel.ts';
import type { Model, NetworkShape } from '../../family.ts';
import { TORCHVISION_INPUT, TORCHVISION_SOURCE, torchvisionResult } from '../../published.ts';
import { scaledWidth } from '../widths.ts';

/** A fire module's squeeze; each of its two expansions has four times as many channels. `pool` halves the map. */
type Part = number | 'pool';

interface SqueezeVersion {
  readonly stem: { readonly filters: number; readonly kernel: 3 | 7 };
  readonly parts: readonly Part[];
}

const V10: SqueezeVersion = {
  stem: { filters: 96, kernel: 7 },
  parts: ['pool', 16, 16, 32, 'pool', 32, 48, 48, 64, 'pool', 64],
};
const V11: SqueezeVersion = {
  stem: { filters: 64, kernel: 3 },
  parts: ['pool', 16, 16, 'pool', 32, 32, 'pool', 48, 48, 64, 64],
};
const HALVE = { kernel: 3, stride: 2, ceil: true } as const;
const DROPOUT = 0.5;

const card = {
  family: 'squeezenet',
  paper: 'https://arxiv.org/abs/1602.07360',
  source: TORCHVISION_SOURCE,
  license: 'BSD-3-Clause (torchvision)',
  notes: `No BatchNorm; dropout ${DROPOUT} before the last convolution unless set.`,
  preprocessing: TORCHVISION_INPUT,
  nativeSize: 224,
  minSizeSmallInput: 8,
  supports: ['widthFactor', 'smallInput', 'dropout'],
} as const;

export const squeezenetModels: readonly Model[] = [
  defineModel({
    ...card,
    name: 'squeezenet1_0',
    title: 'SqueezeNet 1.0',
    aliases: ['squeezenet'],
    minSize: 32,
    published: [torchvisionResult(58.092, 80.42)],
    network: (builder, input, shape) => squeezenet(builder, input, shape, V10),
  }),
  defineModel({
    ...card,
    name: 'squeezenet1_1',
    title: 'SqueezeNet 1.1',
    aliases: [],
    minSize: 32,
    published: [torchvisionResult(58.178, 80.624)],
    network: (builder, input, shape) => squeezenet(builder, input, shape, V11),
  }),
];

/** Layers `features.0`, `features.<n>.squeeze`, `.expand1x1`, `.expand3x3`, `classifier.1`: torchvision's names. */
function squeezenet<V extends Value>(
  builder: Builder<V>,
  input: V,
  { options, classes }: NetworkShape,
  { stem, parts }: SqueezeVersion,
): V {
  const { smallInput = false, dropout = DROPOUT } = options;
  const { filters, kernel } = stem;
  const first = { filters: scaledWidth(filters, options), kernel: smallInput ? 3 : kernel };
  let x = builder.conv(input, 'features.0', smallInput ? { ...first, padding: 1 } : { ...first, stride: 2 });
  x = builder.relu(x);
  parts.forEach((part, i) => {
    if (part !== 'pool') x = fire(builder, x, `features.${i + 2}`, scaledWidth(part, options));
    else if (!smallInput || i > 0) x = builder.maxPool(x, HALVE);
  });
  if (dropout > 0) x = builder.dropout(x, 'dropout', dropout);
  const scores = builder.conv(x, 'classifier.1', { filters: classes, kernel: 1, init: { kind: 'normal', std: 0.01 } });
  return builder.globalAvgPool(builder.relu(scores));
}

function fire<V extends Value>(builder: Builder<V>, x: V, name: string, squeeze: number): V {
  const conv = (from: V, layer: string, filters: number, kernel: 1 | 3): V =>
    builder.relu(builder.conv(from, `${name}.${layer}`, { filters, kernel, padding: (kernel - 1) / 2 }));
  const squeezed = conv(x, 'squeeze', squeeze, 1);
  return builder.concat([conv(squeezed, 'expand1x1', 4 * squeeze, 1), conv(squeezed, 'expand3x3', 4 * squeeze, 3)]);
}
