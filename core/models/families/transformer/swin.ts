/**
 * Swin Transformer (Liu et al. 2021, arXiv:2103.14030): attention inside windows that move by half their side from
 * block to block.
 */
import type { PublishedResult } from '../../../../contract/network.ts';
import type { Builder, Value } from '../../builder.ts';
import { defineModel } from '../../defineModel.ts';
import type { Model, NetworkShape } from '../../family.ts';
import { TIMM_SOURCE, timmInput, timmResult } from '../../published.ts';
import { stochasticDepth, totalBlocks } from '../../stochasticDepth.ts';
import { scaledDepth, scaledWidth } from '../widths.ts';
import { perceptron, TRANSFORMER_INIT } from './perceptron.ts';

interface SwinVariant {
  readonly name: string;
  readonly title: string;
  readonly aliases: readonly string[];
  readonly blocks: readonly [number, number, number, number];
  readonly published: readonly PublishedResult[];
}

const WIDTH = 96;
const HEADS = [3, 6, 12, 24] as const;
const PATCH = 4;
const WINDOW = 7;
const EXPAND = 4;
const EPSILON = 1e-5;

const variants: readonly SwinVariant[] = [
  {
    name: 'swin_tiny_patch4_window7_224',
    title: 'Swin-T',
    aliases: ['swin-t', 'swin_t'],
    blocks: [2, 2, 6, 2],
    published: [timmResult(224, 248, 18.612, 4.46)],
  },
  {
    name: 'swin_small_patch4_window7_224',
    title: 'Swin-S',
    aliases: ['swin-s', 'swin_s'],
    blocks: [2, 2, 18, 2],
    published: [timmResult(224, 248, 16.772, 3.674)],
  },
];

export const swinModels: readonly Model[] = variants.map(({ blocks, ...card }) =>
  defineModel({
    ...card,
    family: 'swin',
    paper: 'https://arxiv.org/abs/2103.14030',
    source: TIMM_SOURCE,
    license: 'MIT (microsoft/Swin-Transformer), Apache-2.0 (timm)',
    notes: 'A map no larger than a window is one window, and its windows do not move.',
    preprocessing: timmInput(224, 0.9),
    nativeSize: 224,
    minSize: 32,
    minSizeSmallInput: null,
    supports: ['widthFactor', 'depthFactor', 'dropout', 'dropPath'],
    network: (builder, input, shape) => swin(builder, input, shape, blocks),
  }),
);

/**
 * Layers `patch_embed.proj`, `patch_embed.norm`, `layers.<stage>.downsample.norm`, `.reduction`,
 * `layers.<stage>.blocks.<block>.…`, `norm`, `head.fc`: timm's names.
 */
function swin<V extends Value>(
  builder: Builder<V>,
  input: V,
  { options, classes }: NetworkShape,
  blocks: SwinVariant['blocks'],
): V {
  const { dropout = 0 } = options;
  const width = scaledWidth(WIDTH, options, 8 * HEADS[0]);
  const norm = (x: V, name: string): V => builder.layerNorm(x, name, { epsilon: EPSILON });
  let x = builder.conv(input, 'patch_embed.proj', { filters: width, kernel: PATCH, stride: PATCH });
  x = norm(x, 'patch_embed.norm');
  const dropPath = stochasticDepth(builder, options, totalBlocks(blocks, options), 2);
  blocks.forEach((count, stage) => {
    const name = `layers.${stage}`;
    const units = width * 2 ** stage;
    if (stage > 0) {
      const merged = norm(quarters(builder, x), `${name}.downsample.norm`);
      x = builder.dense(merged, `${name}.downsample.reduction`, { units, bias: false, init: TRANSFORMER_INIT });
    }
    for (let block = 0; block < scaledDepth(count, options); block++)
      x = swinBlock(builder, x, `${name}.blocks.${block}`, HEADS[stage]!, block % 2 === 1, dropPath);
  });
  x = builder.globalAvgPool(norm(x, 'norm'));
  if (dropout > 0) x = builder.dropout(x, 'dropout', dropout);
  return builder.dense(x, 'head.fc', { units: classes, init: TRANSFORMER_INIT });
}

/** Each two by two cells as one, the left column's first as timm and the authors join them; zeros beside an odd map. */
function quarters<V extends Value>(builder: Builder<V>, input: V): V {
  const even = 2 * Math.ceil(input.shape[0]! / 2);
  const x = even > input.shape[0]! ? builder.extendMap(input, even, even) : input;
  const places = [
    [0, 0],
    [1, 0],
    [0, 1],
    [1, 1],
  ] as const;
  return builder.concat(places.map((place) => builder.subsample(x, 2, place)));
}

function swinBlock<V extends Value>(
  builder: Builder<V>,
  x: V,
  name: string,
  heads: number,
  moves: boolean,
  dropPath: (branch: V) => V,
): V {
  const [side, , channels] = x.shape as [number, number, number];
  const isOne = side <= WINDOW;
  const window = isOne ? side : WINDOW;
  const shift = moves && !isOne ? Math.floor(WINDOW / 2) : 0;
  const norm = (value: V, layer: string): V => builder.layerNorm(value, `${name}.${layer}`, { epsilon: EPSILON });
  const whole = Math.ceil(side / window) * window;
  let map = norm(x, 'norm1');
  if (shift > 0) map = builder.roll(map, shift);
  if (whole > side) map = builder.extendMap(map, whole, whole);
  const triple = builder.dense(map, `${name}.attn.qkv`, { units: 3 * channels, init: TRANSFORMER_INIT });
  let seen = builder.windowAttention(triple, `${name}.attn`, { heads, window, shift });
  if (whole > side) seen = builder.cropMap(seen, side, side);
  if (shift > 0) seen = builder.roll(seen, -shift);
  const own = builder.dense(seen, `${name}.attn.proj`, { units: channels, init: TRANSFORMER_INIT });
  const y = builder.add(x, dropPath(own));
  return builder.add(y, dropPath(perceptron(builder, norm(y, 'norm2'), `${name}.mlp`, EXPAND * channels)));
}
