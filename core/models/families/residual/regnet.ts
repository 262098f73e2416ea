/**
 * RegNet (Radosavovic et al. 2020, arXiv:2003.13678): widths that a line quantises, blocks of groups; Y with
 * squeeze-and-excitation.
 */
import type { Builder, Value } from '../../builder.ts';
import { defineModel } from '../../defineModel.ts';
import type { Model, NetworkShape } from '../../family.ts';
import { TIMM_SOURCE, timmInput, timmResult } from '../../published.ts';
import { stochasticDepth, totalBlocks } from '../../stochasticDepth.ts';
import { convBlock } from '../convBlock.ts';
import { scaledDepth, scaledWidth } from '../widths.ts';

/** The paper's parameters: depth, initial width, slope, quantisation, channels a group. */
type Parameters = readonly [depth: number, start: number, slope: number, factor: number, groupWidth: number];

interface RegnetRow {
  readonly name: string;
  readonly title: string;
  readonly parameters: Parameters;
  /** timm's measurement of the authors' weights, centre crop 224 of short side 256. */
  readonly errors: readonly [top1: number, top5: number];
}

const STEM = 32;
/** Widths are multiples of this. */
const QUANTUM = 8;

const x = (name: string, title: string, parameters: Parameters, top1: number, top5: number): RegnetRow => ({
  name: `regnetx_${name}`,
  title: `RegNetX-${title}`,
  parameters,
  errors: [top1, top5],
});
const y = (name: string, title: string, parameters: Parameters, top1: number, top5: number): RegnetRow => ({
  name: `regnety_${name}`,
  title: `RegNetY-${title}`,
  parameters,
  errors: [top1, top5],
});

const rows: readonly RegnetRow[] = [
  x('002', '200MF', [13, 24, 36.44, 2.49, 8], 31.242, 11.432),
  x('004', '400MF', [22, 24, 24.48, 2.54, 16], 27.518, 9.16),
  x('006', '600MF', [16, 48, 36.97, 2.24, 24], 26.096, 8.36),
  x('008', '800MF', [16, 56, 35.73, 2.28, 16], 24.946, 7.662),
  x('016', '1.6GF', [18, 80, 34.01, 2.25, 24], 23.064, 6.568),
  x('032', '3.2GF', [25, 88, 26.31, 2.25, 48], 21.84, 5.912),
  x('040', '4GF', [23, 96, 38.65, 2.43, 40], 21.514, 5.748),
  x('064', '6.4GF', [17, 184, 60.83, 2.07, 56], 20.938, 5.532),
  x('080', '8GF', [23, 80, 49.56, 2.88, 120], 20.786, 5.458),
  y('002', '200MF', [13, 24, 36.44, 2.49, 8], 29.712, 10.456),
  y('004', '400MF', [16, 48, 27.89, 2.09, 8], 25.996, 8.244),
  y('006', '600MF', [15, 48, 32.54, 2.32, 16], 24.726, 7.468),
  y('008', '800MF', [14, 56, 38.84, 2.4, 16], 23.666, 6.94),
  y('016', '1.6GF', [27, 48, 20.71, 2.65, 24], 22.12, 6.274),
  y('032', '3.2GF', [21, 80, 42.63, 2.66, 24], 21.098, 5.574),
  y('040', '4GF', [22, 96, 31.41, 2.24, 64], 20.754, 5.334),
  y('064', '6.4GF', [25, 112, 33.22, 2.27, 72], 20.266, 5.232),
  y('080', '8GF', [17, 192, 76.82, 2.19, 56], 20.126, 5.166),
];

export const regnetModels: readonly Model[] = rows.map(({ name, title, parameters, errors }) =>
  defineModel({
    name,
    title,
    aliases: [title.toLowerCase()],
    family: 'regnet',
    paper: 'https://arxiv.org/abs/2003.13678',
    source: TIMM_SOURCE,
    license: 'MIT (facebookresearch/pycls), Apache-2.0 (timm)',
    notes: '',
    preprocessing: timmInput(224, 0.875),
    published: [timmResult(224, 256, ...errors)],
    nativeSize: 224,
    minSize: 32,
    minSizeSmallInput: 8,
    supports: ['widthFactor', 'depthFactor', 'smallInput', 'dropout', 'dropPath'],
    network: (builder, input, shape) => regnet(builder, input, shape, parameters, name.startsWith('regnety')),
  }),
);

interface Stage {
  readonly width: number;
  readonly blocks: number;
  readonly groupWidth: number;
}

/** Blocks of one width after another, the widths rounded to whole groups. */
function stagesOf([depth, start, slope, factor, groupWidth]: Parameters): Stage[] {
  const widths = Array.from({ length: depth }, (_, block) => {
    const power = roundHalfEven(Math.log((start + block * slope) / start) / Math.log(factor));
    return roundHalfEven((start * factor ** power) / QUANTUM) * QUANTUM;
  });
  return [...new Set(widths)].map((width) => {
    const group = Math.min(groupWidth, width);
    return {
      width: Math.max(group, roundHalfEven(width / group) * group),
      blocks: widths.filter((other) => other === width).length,
      groupWidth: group,
    };
  });
}

/** The authors' code rounds halves to even numbers, as Python does. */
function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded;
}

/**
 * Layers `stem`, `s1.b1.conv1` …, `s1.b1.downsample`, each `.conv` and `.bn`; `s1.b1.se.fc1`; `head.fc`: timm's names.
 */
function regnet<V extends Value>(
  builder: Builder<V>,
  input: V,
  shape: NetworkShape,
  parameters: Parameters,
  squeezes: boolean,
): V {
  const { options, classes } = shape;
  const { smallInput = false, dropout = 0 } = options;
  const stages = stagesOf(parameters);
  const blocks = totalBlocks(
    stages.map((stage) => stage.blocks),
    options,
  );
  const dropPath = stochasticDepth(builder, options, blocks);
  let value = normed(builder, input, 'stem', {
    filters: scaledWidth(STEM, options),
    kernel: 3,
    stride: smallInput ? 1 : 2,
  });
  stages.forEach(({ width, blocks: count, groupWidth }, index) => {
    const group = scaledWidth(groupWidth, options);
    const filters = scaledWidth(width, options, group);
    for (let block = 0; block < scaledDepth(count, options); block++) {
      const place = { name: `s${index + 1}.b${block + 1}`, filters, groups: filters / group };
      const stride = block > 0 || (smallInput && index === 0) ? 1 : 2;
      value = regnetBlock(builder, value, { ...place, stride, squeezes }, dropPath);
    }
  });
  const mean = builder.globalAvgPool(value);
  const dropped = dropout > 0 ? builder.dropout(mean, 'dropout', dropout) : mean;
  return builder.dense(dropped, 'head.fc', { units: classes, init: { kind: 'glorot' } });
}

interface RegnetBlock {
  readonly name: string;
  readonly filters: number;
  readonly groups: number;
  readonly stride: number;
  readonly squeezes: boolean;
}

function regnetBlock<V extends Value>(
  builder: Builder<V>,
  input: V,
  { name, filters, groups, stride, squeezes }: RegnetBlock,
  dropPath: (branch: V) => V,
): V {
  const incoming = input.shape.at(-1)!;
  let value = normed(builder, input, `${name}.conv1`, { filters, kernel: 1 });
  value = normed(builder, value, `${name}.conv2`, { filters, kernel: 3, stride, groups });
  if (squeezes) {
    const units = Math.round(incoming / 4);
    const reduced = builder.relu(builder.dense(builder.globalAvgPool(value), `${name}.se.fc1`, { units }));
    const gate = builder.dense(reduced, `${name}.se.fc2`, { units: filters, init: { kind: 'glorot' } });
    value = builder.scaleChannels(value, builder.sigmoid(gate));
  }
  value = normed(builder, value, `${name}.conv3`, { filters, kernel: 1, activation: null });
  const shortcut =
    stride === 1 && incoming === filters
      ? input
      : normed(builder, input, `${name}.downsample`, { filters, kernel: 1, stride, activation: null });
  return builder.relu(builder.add(shortcut, dropPath(value)));
}

interface Normed {
  readonly filters: number;
  readonly kernel: 1 | 3;
  readonly stride?: number;
  readonly groups?: number;
  readonly activation?: null;
}

/** `<name>.conv`, `<name>.bn`. */
function normed<V extends Value>(builder: Builder<V>, input: V, name: string, options: Normed): V {
  return convBlock(builder, input, `${name}.conv`, { ...options, bnName: `${name}.bn` });
}
