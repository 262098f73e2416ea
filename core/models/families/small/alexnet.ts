/** AlexNet as torchvision has it: one tower (Krizhevsky 2014, arXiv:1404.5997), without response normalisation. */
import type { Builder, Value } from '../../builder.ts';
import { defineModel } from '../../defineModel.ts';
import type { Model, NetworkShape } from '../../family.ts';
import { TORCHVISION_INPUT, TORCHVISION_SOURCE, torchvisionResult } from '../../published.ts';
import { scaledWidth } from '../widths.ts';

/** Place in torchvision's list, filters, and whether the map is halved behind it. */
const CONVS = [
  { place: 3, filters: 192, kernel: 5, halves: true },
  { place: 6, filters: 384, kernel: 3, halves: false },
  { place: 8, filters: 256, kernel: 3, halves: false },
  { place: 10, filters: 256, kernel: 3, halves: true },
] as const;
const POOL = { kernel: 3, stride: 2 } as const;
const GRID = 6;
const HEAD_WIDTH = 4096;
const DROPOUT = 0.5;

export const alexnetModels: readonly Model[] = [
  defineModel({
    name: 'alexnet',
    title: 'AlexNet',
    aliases: [],
    family: 'alexnet',
    paper: 'https://arxiv.org/abs/1404.5997',
    source: TORCHVISION_SOURCE,
    license: 'BSD-3-Clause (torchvision)',
    notes: `No normalisation; dropout ${DROPOUT} before each hidden dense layer unless set.`,
    preprocessing: TORCHVISION_INPUT,
    published: [torchvisionResult(56.522, 79.066)],
    nativeSize: 224,
    minSize: 63,
    minSizeSmallInput: null,
    supports: ['poolGrid', 'headWidth', 'dropout', 'widthFactor'],
    network: alexnet,
  }),
];

/** Layers `features.0` … `features.10`, `classifier.1`, `classifier.4`, `classifier.6`: torchvision's names. */
function alexnet<V extends Value>(builder: Builder<V>, input: V, { options, classes }: NetworkShape): V {
  const { headWidth = HEAD_WIDTH, dropout = DROPOUT, poolGrid = GRID } = options;
  const first = { filters: scaledWidth(64, options), kernel: 11, stride: 4, padding: 2 };
  let x = builder.maxPool(builder.relu(builder.conv(input, 'features.0', first)), POOL);
  for (const { place, filters, kernel, halves } of CONVS) {
    const own = { filters: scaledWidth(filters, options), kernel, padding: (kernel - 1) / 2 };
    x = builder.relu(builder.conv(x, `features.${place}`, own));
    if (halves) x = builder.maxPool(x, POOL);
  }
  x = builder.flatten(builder.adaptiveAvgPool(x, poolGrid));
  if (headWidth > 0)
    for (const place of [1, 4]) {
      if (dropout > 0) x = builder.dropout(x, `dropout${place}`, dropout);
      x = builder.relu(builder.dense(x, `classifier.${place}`, { units: headWidth }));
    }
  return builder.dense(x, 'classifier.6', { units: classes, init: { kind: 'glorot' } });
}
