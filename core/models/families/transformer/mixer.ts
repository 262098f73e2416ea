/**
 * MLP-Mixer (Tolstikhin et al. 2021, arXiv:2105.01601): dense layers over the patches and over the channels in turn.
 */
import type { PublishedResult } from '../../../../contract/network.ts';
import type { Builder, Value } from '../../builder.ts';
import { defineModel } from '../../defineModel.ts';
import type { Model, NetworkShape } from '../../family.ts';
import { TIMM_SOURCE, timmInput, timmResult } from '../../published.ts';
import { stochasticDepth } from '../../stochasticDepth.ts';
import { scaledDepth, scaledWidth } from '../widths.ts';
import { perceptron, TRANSFORMER_INIT } from './perceptron.ts';

interface MixerVariant {
  readonly name: string;
  readonly title: string;
  readonly aliases: readonly string[];
  readonly width: number;
  readonly depth: number;
  readonly published: readonly PublishedResult[];
}

const PATCH = 16;
/** For pictures of 32 and 64 pixels. */
const SMALL_PATCH = 4;

const variants: readonly MixerVariant[] = [
  { name: 'mixer_s16_224', title: 'Mixer-S/16', aliases: ['mixer-s16'], width: 512, depth: 8, published: [] },
  {
    name: 'mixer_b16_224',
    title: 'Mixer-B/16',
    aliases: ['mixer-b16'],
    width: 768,
    depth: 12,
    published: [timmResult(224, 256, 23.384, 7.75)],
  },
];

export const mixerModels: readonly Model[] = variants.map(({ width, depth, ...card }) =>
  defineModel({
    ...card,
    family: 'mixer',
    paper: 'https://arxiv.org/abs/2105.01601',
    source: TIMM_SOURCE,
    license: 'Apache-2.0 (timm)',
    notes: `Weights belong to one input size. With the small stem, patches of ${SMALL_PATCH} pixels.`,
    preprocessing: timmInput(224, 0.875, { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] }),
    nativeSize: 224,
    minSize: 32,
    minSizeSmallInput: 16,
    supports: ['widthFactor', 'depthFactor', 'smallInput', 'dropout', 'dropPath'],
    network: (builder, input, shape) => mixer(builder, input, shape, width, depth),
  }),
);

/** Layers `stem.proj`, `blocks.<block>.norm1`, `.mlp_tokens.fc1` …, `norm`, `head`: timm's names. */
function mixer<V extends Value>(
  builder: Builder<V>,
  input: V,
  { options, classes }: NetworkShape,
  width: number,
  depth: number,
): V {
  const { smallInput = false, dropout = 0 } = options;
  const channels = scaledWidth(width, options);
  const side = smallInput ? SMALL_PATCH : PATCH;
  let x = builder.tokens(builder.conv(input, 'stem.proj', { filters: channels, kernel: side, stride: side }));
  const blocks = scaledDepth(depth, options);
  const dropPath = stochasticDepth(builder, options, blocks, 2);
  for (let block = 0; block < blocks; block++) {
    const name = `blocks.${block}`;
    const across = builder.transpose(builder.layerNorm(x, `${name}.norm1`));
    const mixed = builder.transpose(perceptron(builder, across, `${name}.mlp_tokens`, channels / 2));
    x = builder.add(x, dropPath(mixed));
    const own = perceptron(builder, builder.layerNorm(x, `${name}.norm2`), `${name}.mlp_channels`, 4 * channels);
    x = builder.add(x, dropPath(own));
  }
  x = builder.globalAvgPool(builder.layerNorm(x, 'norm'));
  if (dropout > 0) x = builder.dropout(x, 'dropout', dropout);
  return builder.dense(x, 'head', { units: classes, init: TRANSFORMER_INIT });
}
